// The page as it is deployed: dist/ behind nginx with deploy/nginx.conf.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, openApp, test } from "./app";
import { SUB_PATH } from "./nginx";

const dist = (name: string) => readFileSync(join("dist", name));
const html = dist("index.html").toString();
const names = readdirSync("dist");
const built = (pattern: RegExp) => {
  const found = names.filter((name) => pattern.test(name));
  expect(found, `one file in dist/ like ${pattern}`).toHaveLength(1);
  return found[0];
};
const HASHED = [/^inferscope-web-[0-9a-f]+_bg\.wasm$/, /^inferscope-web-[0-9a-f]+\.js$/, /^inferscope-rest-[0-9a-f]+\.wasm$/, /^inferscope-engine-[0-9a-f]+_bg\.wasm$/, /^inferscope-engine-[0-9a-f]+\.js$/, /^inferscope-reader-[0-9a-f]+_bg\.wasm$/, /^inferscope-reader-[0-9a-f]+\.js$/, /^echarts-[0-9a-f]+\.js$/, /^main-[0-9a-f]+\.css$/, /^worker-[0-9a-f]+\.js$/, /^keep-[0-9a-f]+\.js$/, /^zip-[0-9a-f]+\.js$/, /^offline-[0-9a-f]+\.js$/];
/** What a visit without files does not fetch. */
const LATER = /^inferscope-reader-|^keep-|^zip-|^offline-/;
/** What the tests' own connect-src.conf adds (tests/browser/nginx.ts); the deployment's adds nothing. */
const ADDED = ` ${process.env.INFERSCOPE_ALLOWED_ORIGINS}`;
const REVALIDATED = ["", "index.html", "start.js", "sw.js", "config.json", "catalog.json", "favicon.svg", "manifest.webmanifest"];

test.describe("headers", () => {
  test("the policy allows our own origin, wasm, and nothing else", async ({ request }) => {
    const headers = (await request.get("/")).headers();
    const policy = Object.fromEntries(
      headers["content-security-policy"].split(";").map((directive) => {
        const [name, ...sources] = directive.trim().split(/\s+/);
        return [name, sources.join(" ")];
      }),
    );
    expect(policy).toEqual({
      "default-src": "'none'",
      "script-src": "'self' 'wasm-unsafe-eval'",
      "worker-src": "'self'",
      "connect-src": `'self'${ADDED}`,
      "style-src": "'self'",
      "img-src": "'self' data: blob:",
      "font-src": "'self'",
      "manifest-src": "'self'",
      "base-uri": "'none'",
      "form-action": "'none'",
      // The tests' own (tests/browser/nginx.ts); the deployment's is nobody.
      "frame-ancestors": `'self' http://localhost:${new URL(process.env.INFERSCOPE_URL as string).port}`,
    });
  });

  for (const [what, path, status] of [
    ["the page", "/", 200],
    ["a hashed file", `/${names.find((name) => HASHED[0].test(name))}`, 200],
    ["a missing file", "/no-such-file.js", 404],
    ["a missing hashed file", "/inferscope-web-0123456789abcdef.js", 404],
    ["the health check", "/healthz", 200],
    ["a redirect", SUB_PATH.slice(0, -1), 301],
  ] as const) {
    test(`${what} carries every security header`, async ({ request }) => {
      const response = await request.get(path, { maxRedirects: 0 });
      expect(response.status()).toBe(status);
      expect(response.headers()).toMatchObject({
        "content-security-policy": expect.stringContaining("default-src 'none'"),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "permissions-policy": expect.stringContaining("camera=()"),
        "cross-origin-opener-policy": "same-origin",
      });
      expect(response.headers().server).not.toMatch(/\d/);
      if (status !== 200) expect(response.headers()["cache-control"]).toBe("no-cache");
    });
  }

  test("hashed names are kept for ever, all others are asked for again", async ({ request }) => {
    for (const pattern of HASHED) {
      const response = await request.head(`/${built(pattern)}`);
      expect(response.headers()["cache-control"], built(pattern)).toBe("public, max-age=31536000, immutable");
    }
    for (const name of REVALIDATED) {
      const response = await request.head(`/${name}`);
      expect(response.status(), name).toBe(200);
      expect(response.headers()["cache-control"], name).toBe("no-cache");
      const again = await request.head(`/${name}`, { headers: { "if-none-match": response.headers().etag } });
      expect(again.status(), name).toBe(304);
    }
  });

  test("types are what a browser insists on", async ({ request }) => {
    for (const [name, type] of [
      ["", "text/html; charset=utf-8"],
      [built(HASHED[0]), "application/wasm"],
      ["sw.js", "text/javascript; charset=utf-8"],
      ["manifest.webmanifest", "application/manifest+json"],
      ["config.json", "application/json; charset=utf-8"],
      ["favicon.svg", "image/svg+xml; charset=utf-8"],
      ["healthz", "text/plain; charset=utf-8"],
    ]) {
      expect((await request.get(`/${name}`)).headers()["content-type"], name).toBe(type);
    }
  });

  test("the health check says ok; a folder redirect does not name the port", async ({ request }) => {
    expect(await (await request.get("/healthz")).text()).toBe("ok\n");
    const redirect = await request.get(SUB_PATH.slice(0, -1), { maxRedirects: 0 });
    expect(redirect.headers().location).toBe(SUB_PATH);
  });
});

test.describe("files", () => {
  for (const [encoding, extension, unpack] of [
    ["br", "br", brotliDecompressSync],
    ["gzip", "gz", gunzipSync],
  ] as const) {
    test(`${encoding}: the precompressed file is what is sent`, async ({ request }) => {
      test.skip(encoding === "br" && process.env.INFERSCOPE_BROTLI === "no", "this nginx has no brotli module");
      for (const name of [...HASHED.map(built), "index.html"]) {
        expect(unpack(dist(`${name}.${extension}`)).equals(dist(name)), `${name}.${extension} is of this build`).toBe(true);
        const response = await request.get(`/${name}`, { headers: { "accept-encoding": encoding } });
        expect(response.headers(), name).toMatchObject({
          "content-encoding": encoding,
          "content-length": String(dist(`${name}.${extension}`).length),
          vary: "Accept-Encoding",
        });
        expect((await response.body()).equals(dist(name)), name).toBe(true);
      }
    });
  }

  test("config.json: a deployment's sets nothing that the app does not know", () => {
    const known = Object.keys(JSON.parse(dist("config.json").toString()));
    for (const key of Object.keys(JSON.parse(readFileSync("deploy/config.json", "utf8")))) expect(known).toContain(key);
  });

  test("the licence and the notices of others are there", async ({ request }) => {
    expect(await (await request.get("/LICENSE")).text()).toContain("Apache License");
    expect(await (await request.get("/third-party-notices.txt")).text()).toContain("Apache ECharts");
  });

  for (const name of ["config.json", "catalog.json"]) {
    test(`${name} has no compressed sibling that would hide a mounted one`, () => {
      expect(existsSync(`dist/${name}`)).toBe(true);
      expect(names.filter((other) => other.startsWith(`${name}.`))).toEqual([]);
    });
  }
});

test.describe("connections", () => {
  const open = (baseURL: string, sent = "") =>
    new Promise<Socket>((opened, failed) => {
      const { hostname, port } = new URL(baseURL);
      const socket = connect({ host: hostname, port: Number(port) });
      socket.once("error", failed);
      socket.once("connect", () => socket.write(sent, () => opened(socket)));
    });
  /** The first line of an answer. */
  const status = (socket: Socket) =>
    new Promise<string>((told, failed) => {
      socket.once("data", (data) => told(data.toString().split("\r\n")[0]));
      socket.once("error", failed);
      socket.once("end", () => told("closed without an answer"));
    });

  test("2,000 that say nothing, or begin and stop, leave room for others, and are closed", async ({ request, baseURL }) => {
    const started = Date.now();
    const idle: Socket[] = [];
    for (const sent of ["", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "]) {
      while (idle.length < (sent ? 2_000 : 1_000)) {
        idle.push(...(await Promise.all(Array.from({ length: 250 }, () => open(baseURL as string, sent)))));
      }
    }
    // An error is a reset, which is how the server says that it has waited long enough.
    const closed = idle.map((socket) => new Promise((done) => socket.on("error", done).once("close", done).resume()));
    const asked = Date.now();
    expect((await request.get("/healthz")).status()).toBe(200);
    expect((await request.get("/index.html")).status()).toBe(200);
    expect(Date.now() - asked).toBeLessThan(2_000);
    await Promise.all(closed);
    expect(Date.now() - started, "client_header_timeout").toBeLessThan(20_000);
  });

  test("one address may ask for much at once, and does not keep others out", async ({ baseURL }) => {
    // Nobody reads these answers, so each stays on its way: the engine is larger than what the kernel holds for a reader.
    const large = `GET /${built(/^inferscope-engine-[0-9a-f]+_bg\.wasm$/)} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n\r\n`;
    const held = await Promise.all(
      Array.from({ length: 256 }, async () => {
        const socket = await open(baseURL as string, large);
        await new Promise((begun) => socket.once("readable", begun));
        return socket;
      }),
    );
    const asked = async (from: string, path: string) => {
      const socket = await open(baseURL as string, `GET ${path} HTTP/1.1\r\nHost: x\r\n${from}Connection: close\r\n\r\n`);
      return (await status(socket)).split(" ")[1];
    };
    const answers = {
      same: await asked("X-Forwarded-For: 198.51.100.7\r\n", "/index.html"),
      "the same, as the first of several": await asked("X-Forwarded-For: 198.51.100.7, 203.0.113.5\r\n", "/index.html"),
      another: await asked("X-Forwarded-For: 203.0.113.9\r\n", "/index.html"),
      router: await asked("", "/index.html"),
      probe: await asked("X-Forwarded-For: 198.51.100.7\r\n", "/healthz"),
    };
    for (const socket of held) socket.destroy();
    expect(answers).toEqual({ same: "429", "the same, as the first of several": "200", another: "200", router: "200", probe: "200" });
  });

  test("a link of 12,000 characters with cookies is answered, a body is not taken", async ({ request }) => {
    const cookie = `session=${"c".repeat(4_000)}; other=${"d".repeat(4_000)}`;
    const long = await request.get(`/?v=2&x=${"a".repeat(12_000)}`, { headers: { cookie } });
    expect(long.status()).toBe(200);
    expect((await request.get(`/?x=${"a".repeat(20_000)}`)).status()).toBe(414);
    expect((await request.post("/index.html", { data: "x".repeat(2_000) })).status()).toBe(413);
  });
});

test.describe("the page", () => {
  test("has no inline script, style or handler, and only relative addresses", () => {
    const scripts = [...html.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)];
    expect(scripts).toHaveLength(2);
    for (const [, attributes, text] of scripts) {
      expect(attributes).toMatch(/ src="/);
      expect(text.trim()).toBe("");
    }
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/i);
    for (const [, address] of html.matchAll(/\s(?:src|href)="([^"]*)"/g)) expect(address).not.toMatch(/^(\/|[a-z]+:)/i);
  });

  test("repeats the policy for hosts that send no headers", async ({ request }) => {
    const header = (await request.get("/")).headers()["content-security-policy"].replace(ADDED, "");
    const meta = html.match(/<meta http-equiv="Content-Security-Policy" content="([^"]*)">/)?.[1];
    const directives = (policy = "") => policy.split(";").map((directive) => directive.trim()).filter(Boolean);
    expect(directives(meta)).toEqual(directives(header).filter((directive) => !directive.startsWith("frame-ancestors")));
    expect(html.indexOf("http-equiv"), "before anything that loads").toBeLessThan(html.search(/<(link|script)/));
  });

  for (const path of ["/", SUB_PATH]) {
    test(`starts at ${path} and loads each program once`, async ({ page }) => {
      const asked: string[] = [];
      page.on("response", (response) => response.ok() && asked.push(new URL(response.url()).pathname));
      await openApp(page, "", path);
      await expect(page.locator("#boot")).toHaveCount(0);
      const programs = HASHED.map(built).filter((name) => !LATER.test(name));
      for (const name of programs) expect(asked).toContain(path + name);
      // The preloads are what runs: one entry each, not a second download beside it.
      const timings = await page.evaluate(() => performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname));
      expect(timings.filter((name) => name.endsWith(".wasm")).sort()).toEqual(programs.filter((name) => name.endsWith(".wasm")).map((name) => path + name).sort());
      expect(timings.filter((name) => name.endsWith("config.json"))).toHaveLength(1);
    });
  }

  test("neither the page nor its worker can reach another origin", async ({ page, watch }) => {
    await openApp(page);
    await expect.poll(() => page.workers().length, "the engine runs in a worker").toBeGreaterThan(0);
    const reach = () => fetch("https://example.com/", { method: "POST", body: "data" }).then(() => "reached", () => "refused");
    expect(await page.evaluate(reach)).toBe("refused");
    expect(await page.workers()[0].evaluate(reach)).toBe("refused");
    expect(watch.outside).toEqual([]);
    expect(watch.problems.length, "said by the policy, not by the cut network").toBeGreaterThan(1);
    watch.problems = watch.problems.filter((problem) => !problem.includes("example.com"));
  });

  test("says so when its program cannot be loaded", async ({ page, watch }) => {
    await page.route("**/*.wasm", (route) => route.fulfill({ status: 404 }));
    await page.goto("/");
    await expect(page.getByRole("alert")).toContainText("could not start");
    watch.problems.length = 0;
  });

  test("says so when its engine cannot be loaded", async ({ page, watch }) => {
    await page.route("**/inferscope-engine-*.wasm", (route) => route.fulfill({ status: 404 }));
    await page.goto("/?v=2");
    await expect(page.getByText("Nothing can be shown: the engine could not be loaded: the server answered 404")).toBeVisible();
    watch.problems.length = 0;
  });

  test("a worker refuses a program from elsewhere", async ({ page, baseURL, watch }) => {
    await openApp(page);
    for (const glue of ["https://example.com/x.js", `blob:${baseURL}x.js`, "data:text/javascript,0//.js", ""]) {
      const message = await page.evaluate(
        ([script, glue]) =>
          new Promise<string>((done) => {
            const worker = new Worker(`${script}?glue=${encodeURIComponent(glue)}&wasm=x.wasm`, { type: "module" });
            worker.onerror = (event) => {
              event.preventDefault();
              done(event.message);
            };
          }),
        [built(/^worker-[0-9a-f]+\.js$/), glue],
      );
      expect(message).toContain("refused glue=");
    }
    watch.problems = watch.problems.filter((problem) => !problem.includes("refused glue="));
  });
});
