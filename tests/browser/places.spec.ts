// Results that are opened by the address of the page where they are: GitHub, GitLab, Hugging Face and Google Cloud Storage,
// whose answers a test makes up (there is no network), and a store with S3's API on the loopback.
import { readFileSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, Page, Route } from "@playwright/test";
import { expect, openApp, query, table, test, waitIdle, type Watch } from "./app";
import { listening } from "./prometheus";

// One after the other: the store has one port, which the deployment allows.
test.describe.configure({ mode: "default" });

const STORE = Number((process.env.INFERSCOPE_ALLOWED_PORTS ?? "").split(" ").at(-1));
const store = `http://127.0.0.1:${STORE}`;

/** A level of a sweep: a benchmark's result under another load, with another throughput. */
function level(concurrency: number, throughput: number): string {
  const result = JSON.parse(readFileSync("tests/fixtures/vllm/0.33.0/conc16.json", "utf8"));
  return JSON.stringify({ ...result, max_concurrency: concurrency, output_throughput: throughput });
}

type Made = { status?: number; headers?: Record<string, string>; body: string };

/** What hosts answer, by address; returns what they are asked. Anything else is 404. */
async function answering(context: BrowserContext, answers: Record<string, string | Made>): Promise<string[]> {
  const asked: string[] = [];
  const answer = async (route: Route) => {
    const address = route.request().url();
    asked.push(address);
    const found = answers[address] ?? { status: 404, body: '{"message": "Not Found"}' };
    const { status = 200, headers = {}, body } = typeof found === "string" ? { body: found } : found;
    const exposed = { "access-control-allow-origin": "*", "access-control-expose-headers": "*" };
    await route.fulfill({ status, headers: { ...exposed, ...headers }, body });
  };
  const hosts = new Set(Object.keys(answers).map((address) => new URL(address).host));
  await context.route((url) => hosts.has(url.host), answer);
  return asked;
}

/** Takes out of the watch what a test asks of other hosts on purpose. */
function meant(watch: Watch, ...hosts: string[]): void {
  watch.outside = watch.outside.filter((request) => !hosts.some((host) => request.includes(`//${host}/`)));
}

const chip = (page: Page) => page.locator(".data-name");

/** Loads and throughputs of what is shown. */
async function shown(page: Page): Promise<number[][]> {
  const rows = await table(page);
  return rows.map((row) => [row["Concurrency/rate"].exact, row["Output throughput tok/s"].exact].map(Number)).sort(([a], [b]) => a - b);
}

/** What the files drawer says. */
async function messages(page: Page) {
  await page.keyboard.press("d");
  return page.getByRole("dialog", { name: "Files and messages" });
}

const VIEW = "v=2&y=output_tps&f=none";
const src = (address: string) => `${VIEW}&src=${encodeURIComponent(address)}`;

const LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 123456789\n";

test("a folder on GitHub, opened by its page's address: what can be a result is read, the rest is counted, the link keeps the address", async ({ page, context, watch }) => {
  const blob = (path: string, size: number) => ({ path, mode: "100644", type: "blob", sha: "1", size });
  const tree = {
    truncated: false,
    tree: [
      blob("README.md", 10), { path: "runs", mode: "040000", type: "tree", sha: "2" }, blob("runs/c1 a/result.json", 900), blob("runs/c16/result.json", 900),
      blob("runs/plot.png", 9_000), blob("runs/run.py", 90), blob("runs/model.safetensors", 9_000_000_000), blob("runs/large.csv", 130), blob("runs/huge.jsonl", 2_000_000_000),
    ],
  };
  const raw = "https://raw.githubusercontent.com/team/bench/release/1.0/runs";
  const list = "https://api.github.com/repos/team/bench/git/trees";
  const asked = await answering(context, {
    [`${list}/release%2F1.0?recursive=1`]: JSON.stringify(tree),
    [`${raw}/c1%20a/result.json`]: level(1, 100),
    [`${raw}/c16/result.json`]: level(16, 800),
    [`${raw}/large.csv`]: LFS,
  });
  const address = "https://github.com/team/bench/tree/release/1.0/runs";
  await openApp(page);
  await expect(page.getByText("Synthetic demo data", { exact: true }).last()).toBeVisible();
  await page.getByRole("button", { name: "Open address" }).click();
  const dialog = page.getByRole("dialog", { name: "Open an address" });
  const field = dialog.getByLabel(/^Address/);
  await expect(field).toBeFocused();
  for (const [wrong, why] of [
    ["github.com/team/bench", "begins with https://"],
    ["https://me:word@github.com/team/bench", "user name or password"],
  ]) {
    await field.fill(wrong);
    await field.press("Enter");
    await expect(dialog.getByRole("alert")).toContainText(why);
  }
  await field.fill(` ${address} `);
  await field.press("Enter");
  await expect(dialog).toHaveCount(0);
  await waitIdle(page);
  await expect(chip(page)).toHaveText("runs · 2 rows");
  await expect(page.locator("strong.demo"), "the demo data made room").toHaveCount(0);
  expect(query(page).getAll("src")).toEqual([address]);
  // The branch's name is tried without its slash first.
  expect(asked.slice(0, 2)).toEqual([`${list}/release?recursive=1`, `${list}/release%2F1.0?recursive=1`]);
  expect(asked.slice(2).sort()).toEqual([`${raw}/c1%20a/result.json`, `${raw}/c16/result.json`, `${raw}/large.csv`]);

  const drawer = await messages(page);
  await expect(drawer).toContainText("Not results: 3 files (1 picture, 1 program or its data, 1 script). They were not fetched.");
  await expect(drawer).toContainText("runs/c1 a/result.json");
  await expect(drawer).toContainText("This is a Git LFS pointer: the file of 123.5 MB itself lies outside the repository.");
  await expect(drawer).toContainText("The file is 1.9 GiB; the limit is 1 GiB.");
  await page.keyboard.press("Escape");

  // As a link, in the same view.
  await openApp(page, src(address));
  expect(await shown(page)).toEqual([[1, 100], [16, 800]]);
  meant(watch, "api.github.com", "raw.githubusercontent.com");
});

test("a file on GitHub, pasted; GitHub's limit of requests; what GitHub sends to nobody", async ({ page, context, watch }) => {
  const reset = Math.floor(Date.now() / 1000) + 1800;
  const limited = { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) }, body: '{"message": "API rate limit exceeded"}' };
  await answering(context, {
    "https://raw.githubusercontent.com/team/bench/main/c16.json": level(16, 800),
    "https://api.github.com/repos/team/bench/git/trees/HEAD?recursive=1": limited,
  });
  await openApp(page);
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "https://github.com/team/bench/blob/main/c16.json#L1\n");
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  });
  await waitIdle(page);
  await expect(chip(page)).toHaveText("c16.json · 1 row");
  const at = new Date(reset * 1000).toISOString().slice(0, 19).replace("T", " ");
  for (const [address, said] of [
    ["https://github.com/team/bench", `api.github.com has had too many requests from here. It answers again from ${at} UTC on.`],
    ["https://github.com/team/bench/releases/download/v1/all.zip", "GitHub sends releases, archives and artifacts to no other page"],
    ["https://github.com/team/bench/pull/7", "This page of GitHub is neither a file nor a folder."],
    ["https://raw.githubusercontent.com/team/bench/main/gone.json", "raw.githubusercontent.com has nothing at this address (404: Not Found)."],
  ]) {
    await openApp(page, src(address));
    await expect(page.locator(".toasts")).toContainText(said);
  }
  meant(watch, "api.github.com", "raw.githubusercontent.com");
});

test("GitLab's folders come in pages", async ({ page, context, watch }) => {
  const project = "https://gitlab.com/api/v4/projects/team%2Finfra%2Fbench/repository";
  const node = (path: string) => ({ id: "1", name: "x", type: "blob", path, mode: "100644" });
  const many = Array.from({ length: 99 }, (_, at) => node(`runs/pictures/${at}.png`));
  const page1 = [{ ...node("runs/c1"), type: "tree" }, ...many];
  const list = (number: number) => `${project}/tree?recursive=true&per_page=100&page=${number}&ref=main&path=runs`;
  await answering(context, {
    [list(1)]: JSON.stringify(page1),
    [list(2)]: JSON.stringify([node("runs/c1/result.json")]),
    [`${project}/files/runs%2Fc1%2Fresult.json/raw?ref=main`]: level(1, 100),
    [`${project}/files/c16.json/raw?ref=main`]: level(16, 800),
  });
  await openApp(page, src("https://gitlab.com/team/infra/bench/-/tree/main/runs?ref_type=heads"));
  expect(await shown(page)).toEqual([[1, 100]]);
  await openApp(page, src("https://gitlab.com/team/infra/bench/-/blob/main/c16.json"));
  expect(await shown(page)).toEqual([[16, 800]]);
  meant(watch, "gitlab.com");
});

test("Hugging Face's folders come in pages, too, and its files resolved; so do Google's buckets", async ({ page, context, watch }) => {
  const tree = "https://huggingface.co/api/datasets/team/bench/tree/main/runs";
  const file = "https://huggingface.co/datasets/team/bench/resolve/main/runs";
  const node = (path: string) => ({ type: "file", path, size: 900, oid: "1" });
  const bucket = "https://storage.googleapis.com/storage/v1/b/bench/o";
  const list = `${bucket}?maxResults=1000&fields=nextPageToken%2Citems%28name%2Csize%29&prefix=runs%2F`;
  await answering(context, {
    [`${tree}?recursive=true`]: { headers: { link: `<${tree}?recursive=true&cursor=abc>; rel="next"` }, body: JSON.stringify([node("runs/c1.json")]) },
    [`${tree}?recursive=true&cursor=abc`]: JSON.stringify([node("runs/c16.json")]),
    [`${file}/c1.json`]: level(1, 100),
    [`${file}/c16.json`]: level(16, 800),
    [list]: JSON.stringify({ nextPageToken: "t", items: [{ name: "runs/c2.json", size: "900" }] }),
    [`${list}&pageToken=t`]: JSON.stringify({ items: [{ name: "runs/c 4.json", size: "900" }] }),
    [`${bucket}/runs%2Fc2.json?alt=media`]: level(2, 200),
    [`${bucket}/runs%2Fc%204.json?alt=media`]: level(4, 400),
  });
  await openApp(page, src("https://huggingface.co/datasets/team/bench/tree/main/runs"));
  expect(await shown(page)).toEqual([[1, 100], [16, 800]]);
  for (const address of ["gs://bench/runs", "https://console.cloud.google.com/storage/browser/bench/runs;tab=objects?project=p"]) {
    await openApp(page, src(address));
    expect(await shown(page)).toEqual([[2, 200], [4, 400]]);
  }
  meant(watch, "huggingface.co", "storage.googleapis.com");
});

test.describe("a store with S3's API", () => {
  /** Its objects, by key. */
  const objects: Record<string, string> = {
    "nightly/a b+ü#?%.json": level(1, 100),
    "nightly/2026-11-30/c16.json": level(16, 800),
    "nightly/2026-11-30/page.json": "<!DOCTYPE html><title>Sign in</title>",
    "nightly/plot.png": "\x89PNG",
    "other/c32.json": level(32, 1200),
  };
  const PER_PAGE = 2;

  /** As S3 does it, keys encoded as in a form, with so few objects in an answer. */
  function list(parameters: URLSearchParams): string {
    expect(parameters.get("list-type")).toBe("2");
    expect(parameters.get("encoding-type")).toBe("url");
    const keys = Object.keys(objects).sort().filter((key) => key.startsWith(parameters.get("prefix") ?? ""));
    const start = Number((parameters.get("continuation-token") ?? "+/=0").slice(3));
    const some = keys.slice(start, start + PER_PAGE);
    const more = start + PER_PAGE < keys.length;
    const encoded = (key: string) => encodeURIComponent(key).replace(/%20/g, "+").replace(/%2F/g, "/");
    const contents = some.map((key) => `<Contents><Key>${encoded(key)}</Key><Size>${objects[key].length}</Size></Contents>`);
    const next = more ? `<NextContinuationToken>+/=${start + PER_PAGE}</NextContinuationToken>` : "";
    return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`;
  }

  /** Whether its rules allow other pages to read, and what it answers instead of what it has. */
  let allows = true;
  let instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url as string, store);
    asked.push(decodeURIComponent(pathname));
    if (allows) response.setHeader("access-control-allow-origin", "*");
    if (instead?.(request, response)) return;
    if (pathname === "/bench/" && searchParams.size > 0) return response.end(list(searchParams));
    const found = objects[decodeURIComponent(pathname).replace("/bench/", "")];
    if (found !== undefined) return response.end(found);
    response.statusCode = 404;
    response.end("<Error><Code>NoSuchKey</Code></Error>");
  });
  test.beforeAll(async () => void (await listening(server, STORE)));
  test.beforeEach(() => {
    [allows, instead] = [true, undefined];
    asked.length = 0;
  });
  test.afterEach(({ watch }) => meant(watch, `127.0.0.1:${STORE}`));
  test.afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("a prefix is read whole, page by page, whatever its keys are; a page to sign in is said to be one", async ({ page }) => {
    await openApp(page, src(`${store}/bench/?prefix=nightly/`));
    expect(await shown(page)).toEqual([[1, 100], [16, 800]]);
    expect([...asked].sort()).toEqual(["/bench/", "/bench/", "/bench/nightly/2026-11-30/c16.json", "/bench/nightly/2026-11-30/page.json", "/bench/nightly/a b+ü#?%.json"]);
    const drawer = await messages(page);
    await expect(drawer).toContainText("nightly/a b+ü#?%.json");
    await expect(drawer).toContainText("This is a web page, not a file.");
    await expect(drawer).toContainText("Not results: 1 file (1 picture).");
    await page.keyboard.press("Escape");
    await openApp(page, src(`${store}/bench?list-type=2&prefix=other/`));
    expect(await shown(page)).toEqual([[32, 1200]]);
    // An object's own address is a file.
    await openApp(page, src(`${store}/bench/other/c32.json`));
    expect(await shown(page)).toEqual([[32, 1200]]);
  });

  test("what refuses is said in words, and nothing too large is read", async ({ page }) => {
    const refused = async (said: string, address = `${store}/bench/?prefix=nightly/`) => {
      await openApp(page, src(address));
      await expect(page.locator(".toasts")).toContainText(said);
    };
    allows = false;
    await refused(`No answer: 127.0.0.1:${STORE} is not reachable, or it does not allow this page to read it (CORS).`);
    allows = true;
    const answer = (status: number, body: string) => {
      instead = (_, response) => {
        response.statusCode = status;
        response.end(body);
        return true;
      };
    };
    answer(403, "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
    await refused(`127.0.0.1:${STORE} refuses to send this (403: AccessDenied).`);
    answer(401, "");
    await refused(`127.0.0.1:${STORE} wants a sign-in (401).`);
    answer(200, "<!doctype html><title>MinIO Console</title>");
    await refused(`The answer of 127.0.0.1:${STORE} is not a list of a bucket.`);
    await refused("This is a web page, not a file.", `${store}/bench/other/c32.json`);
    let sent = 0;
    instead = (_, response) => {
      response.setHeader("content-length", 3 * 2 ** 30);
      const more = () => {
        sent += 65_536;
        if (!response.destroyed) response.write(Buffer.alloc(65_536), () => setTimeout(more, 5));
      };
      more();
      return true;
    };
    await refused("The file is 3.0 GiB; the limit is 1 GiB.", `${store}/bench/other/c32.json`);
    const before = sent;
    await page.waitForTimeout(300);
    expect(sent, "the rest is not sent").toBeLessThan(before + 2 ** 20);
  });

  test("the page of a Prometheus connects it", async ({ page }) => {
    instead = (_, response) => {
      response.end(JSON.stringify({ status: "success", data: [] }));
      return true;
    };
    await openApp(page, `v=2&src=${encodeURIComponent(`${store}/graph?g0.expr=up&g0.tab=0`)}`);
    await expect(page.getByRole("region", { name: "Connected server" })).toContainText("has no series of vLLM");
    expect(query(page).get("prom")).toBe(store);
    expect(query(page).get("src")).toBeNull();
  });
});

test("a host that the deployment does not allow is named with the setting, and is not asked", async ({ page, watch }) => {
  let requests = 0;
  const server = await listening(createServer((_, response) => response.end(String(++requests))), 0);
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await openApp(page, src(`http://${host}/bench/?prefix=nightly/`));
  await expect(page.locator(".toasts")).toContainText(`This page's deployment does not allow it to ask ${host} (Content-Security-Policy, connect-src).`);
  await expect(await messages(page)).toContainText(`Add http://${host} to connect-src.conf of the deployment.`);
  expect(requests).toBe(0);
  meant(watch, host);
  watch.problems = watch.problems.filter((problem) => !problem.includes(host));
  server.close();
});
