// Results in an S3 bucket: deploy/s3/sync.py copies them below the root of an nginx with the deployed configuration, and the page
// shows them, what changes and what fails; and a public bucket that the page reads itself.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { expect, openApp, table, test as base, waitIdle, type Watch } from "./app";
import { DIST, type Nginx, serve } from "./nginx";
import { freePort, MISSING, Moto, Sync } from "./s3";

/** The servers of this file: a bucket's, another way to it, and an nginx whose page may ask both. */
type Servers = { moto: Moto; direct: string; nginx: Nginx };

const test = base.extend<object, { servers: Servers }>({
  servers: [
    // biome-ignore lint: Playwright reads the fixture's needs off this pattern.
    async ({}, use) => {
      const moto = new Moto(await freePort());
      await moto.start();
      const port = await freePort();
      const direct = `http://127.0.0.1:${port}`;
      const nginx = await serve([moto.url, direct]);
      const amazon = await likeAmazon(moto, port, new URL(nginx.url).origin);
      await use({ moto, direct, nginx });
      amazon.close();
      await nginx.stop();
      await moto.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ servers }, use) => use(servers.nginx.url),
});

// One server, whose bucket each test has for itself.
test.describe.configure({ mode: "default" });
test.skip(MISSING !== undefined, `NOT RUN: ${MISSING}`);

const LEVEL = JSON.parse(readFileSync("tests/fixtures/vllm/0.33.0/conc16.json", "utf8"));
/** A level of a sweep under another load, with another throughput. */
const level = (concurrency: number, throughput: number) => JSON.stringify({ ...LEVEL, max_concurrency: concurrency, output_throughput: throughput });

const chip = (page: Page) => page.locator(".data-name");
const shown = async (page: Page) =>
  (await table(page)).map((row) => [row["Concurrency/rate"].exact, row["Output throughput tok/s"].exact].map(Number));

let sync: Sync | undefined;
test.beforeEach(async ({ servers }) => servers.moto.start());
test.afterEach(async () => {
  await sync?.stop();
  sync = undefined;
});

/** Takes out of the watch what the page asks of a bucket on purpose. */
function asked(watch: Watch, origin: string): string[] {
  const own = watch.outside.filter((request) => request.includes(` ${origin}/`));
  watch.outside = watch.outside.filter((request) => !own.includes(request));
  return own;
}

/** A bucket of its own for a test, with results of one sweep, copied into a folder of the page's own name. */
async function copied({ moto, nginx }: Servers, bucket: string): Promise<Sync> {
  await moto.ask("PUT", bucket);
  await moto.ask("PUT", `${bucket}/nightly/c16/result.json`, level(16, 817));
  rmSync(join(nginx.root, "data"), { recursive: true, force: true });
  sync = new Sync(join(nginx.root, "data"), {
    S3_BUCKET: bucket,
    S3_PREFIXES: "nightly",
    S3_ENDPOINT_URL: moto.url,
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    SYNC_SECONDS: "1",
  });
  await sync.start();
  return sync;
}

/**
 * moto answers lists of a bucket without the headers of the bucket's CORS rule, which Amazon sends as with an object. This is a
 * line to moto that adds them.
 */
async function likeAmazon(to: Moto, port: number, origin: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const headers = request.headers.origin ? { origin: request.headers.origin } : undefined;
    const answer = await fetch(to.url + request.url, { method: request.method, headers });
    for (const [name, value] of answer.headers) if (!/^(connection|transfer-encoding|content-encoding|content-length)$/.test(name)) response.setHeader(name, value);
    if (/^\/[^/]+\/?\?/.test(request.url ?? "") && request.headers.origin === origin) {
      response.setHeader("access-control-allow-origin", origin);
    }
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  return server;
}

test("a folder of the bucket opens by its index; what changes in the bucket appears by itself; a failure takes nothing away", async ({ page, servers }) => {
  const { moto } = servers;
  const copy = await copied(servers, "results");
  await openApp(page, "v=2&y=output_tps&src=data/nightly/index.json");
  await expect(chip(page)).toContainText("1 row");
  expect(await shown(page)).toEqual([[16, 817]]);

  await moto.ask("PUT", "results/nightly/c32/result.json", level(32, 1200.5));
  await expect.poll(() => shown(page)).toEqual([[16, 817], [32, 1200.5]]);
  await moto.ask("PUT", "results/nightly/c32/result.json", level(32, 1300.5));
  await expect.poll(() => shown(page)).toEqual([[16, 817], [32, 1300.5]]);
  await moto.ask("DELETE", "results/nightly/c16/result.json");
  await expect.poll(() => shown(page)).toEqual([[32, 1300.5]]);

  await moto.stop();
  await copy.state(false);
  expect(copy.status()?.failed).toBe("nightly/: the bucket's server cannot be reached");
  await page.reload();
  await waitIdle(page);
  expect(await shown(page), "the last copy").toEqual([[32, 1300.5]]);
  const status = await page.evaluate(() => fetch("data/status.json").then((answer) => answer.json()));
  expect(status.failed).toBe(copy.status()?.failed);

  // It comes back, empty as moto is then: the folder is what the bucket says again.
  await moto.start();
  await moto.ask("PUT", "results");
  await moto.ask("PUT", "results/nightly/c64/result.json", level(64, 2000));
  await copy.state(true);
  await expect.poll(() => shown(page)).toEqual([[64, 2000]]);
  expect(copy.said).not.toContain("Traceback");
});

test("what nginx says of the copy: the bucket's time, no pages or scripts, no compressed neighbour in a file's place", async ({ page, request, servers }) => {
  const { moto } = servers;
  await copied(servers, "kinds");
  for (const [name, body] of [
    ["a.csv", "x,y\n1,2\n"],
    ["a.csv.gz", "another file"],
    ["evil.html", "<script src=evil.js></script>"],
    ["evil.js", "document.title = 'taken over'"],
    ["evil.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"],
  ]) {
    await moto.ask("PUT", `kinds/nightly/${name}`, body);
  }
  const at = (name: string) => `/data/nightly/${name}`;
  await expect.poll(async () => (await request.get(at("evil.svg"))).status()).toBe(200);
  const csv = await request.get(at("a.csv"), { headers: { "accept-encoding": "gzip" } });
  expect(await csv.text()).toBe("x,y\n1,2\n");
  expect(csv.headers()["content-type"]).toBe("text/csv");
  expect(csv.headers()["cache-control"]).toBe("no-cache");
  const stored = await fetch(`${moto.url}/kinds/nightly/a.csv`);
  expect(csv.headers()["last-modified"]).toBe(stored.headers.get("last-modified"));
  expect((await request.get(at("a.csv"), { headers: { "if-none-match": csv.headers().etag } })).status()).toBe(304);
  for (const name of ["evil.html", "evil.js", "evil.svg"]) {
    const answer = await request.get(at(name));
    expect(answer.headers(), name).toMatchObject({
      "content-type": "application/octet-stream",
      "x-content-type-options": "nosniff",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
    });
  }
  // No script of the bucket runs in the page.
  await openApp(page);
  const ran = await page.evaluate(
    () =>
      new Promise((done) => {
        const script = document.createElement("script");
        script.src = "data/nightly/evil.js";
        script.onload = () => done("ran");
        script.onerror = () => done("refused");
        document.head.append(script);
      }),
  );
  expect(ran).toBe("refused");
});

test("a public bucket is read by the page itself, where its rule and the policy allow it", async ({ page, watch, servers }) => {
  const { moto, nginx } = servers;
  await moto.ask("PUT", "public");
  const rule = (origin: string) =>
    `<CORSConfiguration><CORSRule><AllowedOrigin>${origin}</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedHeader>*</AllowedHeader></CORSRule></CORSConfiguration>`;
  await moto.ask("PUT", "public?cors", rule(new URL(nginx.url).origin));
  await moto.ask("PUT", "public/runs/c16.json", level(16, 817));
  await moto.ask("PUT", "public/runs/c32.json", level(32, 1200.5));
  await moto.ask("PUT", "public/runs/index.json", JSON.stringify([{ path: "c16.json" }, { path: "c32.json" }]));
  const open = (src: string) => openApp(page, `v=2&y=output_tps&src=${encodeURIComponent(src)}`);
  await open(`${moto.url}/public/runs/c16.json`);
  expect(await shown(page)).toEqual([[16, 817]]);
  await open(`${moto.url}/public/runs/index.json`);
  expect(await shown(page)).toEqual([[16, 817], [32, 1200.5]]);

  await moto.ask("PUT", "public?cors", rule("https://other.example.com"));
  await moto.ask("PUT", "public/runs/c64.json", level(64, 2000));
  await open(`${moto.url}/public/runs/c64.json`);
  await expect(chip(page)).toContainText("c64.json · 0 rows");
  await page.keyboard.press("d");
  await expect(page.getByRole("dialog", { name: "Files and messages" })).toContainText("CORS");
  expect(asked(watch, moto.url)).not.toEqual([]);
});

test("the list of a public bucket is a folder", async ({ page, watch, servers }) => {
  const { moto, nginx } = servers;
  const engine = readdirSync(DIST).filter((name) => /^inferscope-.*\.wasm$/.test(name));
  test.skip(!engine.some((name) => readFileSync(join(DIST, name)).includes("list-type=2")), "NOT RUN: this build of the page does not ask a bucket for its list");
  await moto.ask("PUT", "listed");
  const origin = new URL(nginx.url).origin;
  await moto.ask("PUT", "listed?cors", `<CORSConfiguration><CORSRule><AllowedOrigin>${origin}</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>`);
  await moto.ask("PUT", "listed/runs/c16.json", level(16, 817));
  await moto.ask("PUT", "listed/runs/a%20b/c%2B32.json", level(32, 1200.5));
  await moto.ask("PUT", "listed/other/c64.json", level(64, 2000));
  await openApp(page, `v=2&y=output_tps&src=${encodeURIComponent(`${servers.direct}/listed/?prefix=runs/`)}`);
  expect(await shown(page)).toEqual([[16, 817], [32, 1200.5]]);
  expect(asked(watch, servers.direct)).not.toEqual([]);
});

test("the catalogue of what is copied opens, says its age, shows what changed and says what failed", async ({ page, servers }) => {
  const { moto, nginx } = servers;
  test.skip(!existsSync(join(DIST, "catalog.schema.json")), "NOT RUN: this build of the page has no catalogue");
  const copy = await copied(servers, "catalogued");
  writeFileSync(join(nginx.root, "catalog.json"), JSON.stringify({ ...JSON.parse(await copy.catalog()), refresh_seconds: 10 }));
  await openApp(page, "v=2&y=output_tps");
  await expect(chip(page)).toContainText("1 row");
  expect(await shown(page)).toEqual([[16, 817]]);

  await page.keyboard.press("d");
  await expect(page.getByRole("dialog", { name: "Files and messages" })).toContainText(/synced .* ago/);
  await page.keyboard.press("Escape");

  await moto.ask("PUT", "catalogued/nightly/c32/result.json", level(32, 1200.5));
  await expect.poll(() => shown(page), { timeout: 30_000 }).toEqual([[16, 817], [32, 1200.5]]);

  await moto.stop();
  await copy.state(false);
  await expect(page.locator(".notice.failure"), "the page says it by itself").toContainText(/sync failed since .*the bucket's server cannot be reached; the copy of .* is shown/, { timeout: 30_000 });
  expect(await shown(page), "the copy is shown").toEqual([[16, 817], [32, 1200.5]]);
});

test("the page itself lies in a bucket, as deploy/s3-website.sh puts it there", async ({ page, watch, servers }) => {
  test.setTimeout(180_000);
  try {
    execFileSync("aws", ["--version"], { stdio: "ignore" });
  } catch {
    test.skip(true, "NOT RUN: no aws command to publish with");
  }
  const { moto } = servers;
  await moto.ask("PUT", "site");
  const env = {
    ...process.env,
    DIST,
    AWS_ENDPOINT_URL: moto.url,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
  await promisify(execFile)("deploy/s3-website.sh", ["s3://site/page", "--acl", "public-read"], { env });
  await moto.ask("PUT", "site/page/data/c16.json", level(16, 817));
  await page.goto(`${moto.url}/site/page/index.html?v=2&y=output_tps&src=data/c16.json`);
  await waitIdle(page);
  expect(await shown(page)).toEqual([[16, 817]]);
  expect(asked(watch, moto.url).filter((request) => request.includes(".wasm"))).not.toEqual([]);
});
