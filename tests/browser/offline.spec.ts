// Without a network, and between two versions: what the service worker keeps (public/sw.js), and what the page is told of it
// (public/offline.js). Each test has a server of its own that it can stop, and whose folder it can replace.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "@playwright/test";
import { test as base, expect, load, openApp, waitIdle } from "./app";
import { Site, another, copied, removed, versionOf } from "./site";

const test = base.extend<{ site: Site; newer: () => Promise<string> }>({
  // biome-ignore lint: Playwright reads the fixture's needs off this pattern.
  site: async ({}, use) => {
    const folder = copied();
    const site = new Site(folder);
    await site.start();
    await use(site);
    await site.stop();
    removed(folder);
  },
  newer: async ({ site }, use) => {
    const made: string[] = [];
    await use(async () => {
      made.push(await another(made.at(-1) ?? site.folder));
      return made.at(-1) as string;
    });
    for (const folder of made) removed(folder);
  },
  baseURL: async ({ site }, use) => use(site.url),
  context: async ({ context }, use) => {
    await context.addInitScript(() => {
      const told: [string, unknown][] = [];
      (window as unknown as { told: unknown }).told = told;
      for (const what of ["update", "offline-ready"]) {
        addEventListener(`inferscope:${what}`, (event) => told.push([what, (event as CustomEvent).detail.complete]));
      }
    });
    await use(context);
  },
});
test.use({ serviceWorkers: "allow" });

const GUIDELLM = "public/demo/guidellm.json";
const DEMO_NAME = "Synthetic demo data · 1,681 rows";

/** What the page was told, in order. */
const told = (page: Page) => page.evaluate(() => (window as unknown as { told: [string, boolean | undefined][] }).told);
const hears = (page: Page, ...what: unknown[]) => expect.poll(() => told(page), { timeout: 30_000 }).toContainEqual(what);

/** A visit after which the page works without a network. */
async function visited(page: Page, path = "/"): Promise<void> {
  await openApp(page, "", path);
  await hears(page, "offline-ready", undefined);
}

/** Every cache of the page's origin: the paths in it. */
const caches_ = (page: Page): Promise<Record<string, string[]>> =>
  page.evaluate(async () => {
    const paths = async (name: string) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname + new URL(url).search);
    return Object.fromEntries(await Promise.all((await caches.keys()).map(async (name) => [name, (await paths(name)).sort()])));
  });

const cacheOf = (site: Site, folder = site.folder, path = "") => `inferscope ${site.url}${path} ${versionOf(join(folder, path))}`;

/** The names of the programs that this page runs, as it has loaded them. */
const programs = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname.slice(1)).filter((name) => /^(inferscope|worker|keep)-/.test(name)),
  );
const isOf = (folder: string, names: string[]) => names.length > 0 && names.every((name) => readdirSync(folder).includes(name));

const stopped = {
  "the browser is offline": async (_: Site, context: BrowserContext) => context.setOffline(true),
  "the server is stopped": async (site: Site) => site.stop(),
};

for (const [what, cut] of Object.entries(stopped)) {
  test(`${what}: the second visit shows the demo and reads a dropped file`, async ({ page, context, site }) => {
    await visited(page);
    await page.close();
    await cut(site, context);
    const next = await context.newPage();
    const answers: string[] = [];
    next.on("response", (response) => response.fromServiceWorker() || answers.push(response.url()));
    await openApp(next);
    await expect(next.locator(".data-name")).toHaveText(DEMO_NAME);
    await expect(next.locator(".plot").first()).toBeVisible();
    await load(next, GUIDELLM);
    await expect(next.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
    expect(answers.filter((url) => url.startsWith(site.url)), "the worker answers, not the network").toEqual([]);
    // Kept files come back, a link opens.
    await next.keyboard.press("d");
    await expect(next.getByRole("dialog", { name: "Files and messages" })).toContainText("1 file kept in this browser");
    await next.reload();
    await waitIdle(next);
    await expect(next.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
    await openApp(next, "v=2&view=capacity&src=demo/consolidated.csv");
    await expect(next.locator(".grid").first()).toBeVisible();
  });
}

test("what is kept: this version, settings, what the page opens on; bytes of local files are in no cache", async ({ page, site }) => {
  await visited(page);
  const mark = "secret-model-4711";
  await load(page, { name: "secret-customer.csv", contents: `model,users,output_tokens_per_sec\n${mark},1,10\n${mark},2,12\n` });
  await expect(page.locator(".data-name")).toHaveText(/secret-customer.csv|2 files/);
  const found = await page.evaluate(async (mark) => {
    const found: string[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const text = await (await cache.match(request))?.text();
        if (text === undefined || text.includes(mark) || request.url.includes("secret")) found.push(request.url);
      }
    }
    return found;
  }, mark);
  expect(found).toEqual([]);

  const page_ = readdirSync(site.folder).filter((name) => /-[0-9a-f]{8,16}(_bg)?\.(js|css|wasm)$/.test(name));
  const beside = ["", "start.js", "report.js", "catalog.json", "config.json", "favicon.svg", "manifest.webmanifest", "demo/consolidated.tables", "demo/picture.json"];
  expect(await caches_(page)).toEqual({ [cacheOf(site)]: [...page_, ...beside].map((name) => `/${name}`).sort() });
});

test("it is fetched once the first picture stands, and takes nothing from the first visit twice", async ({ page, site }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  site.before = async (path) => {
    if (path.includes("inferscope-engine") && path.endsWith(".wasm")) await held;
    return false;
  };
  await page.goto("/");
  await expect.poll(() => site.asked.filter((path) => /inferscope-engine.*\.wasm/.test(path)).length).toBe(1);
  await page.waitForTimeout(1500);
  expect(site.asked.filter((path) => /sw\.js|offline-|reader/.test(path)), "the engine is not there yet").toEqual([]);
  release();
  await hears(page, "offline-ready", undefined);
  const programs = site.asked.filter((path) => /-[0-9a-f]{8,16}(_bg)?\.(js|css|wasm)/.test(path));
  expect(programs.filter((path, at) => programs.indexOf(path) !== at), "twice").toEqual([]);
});

test("under a sub-path it keeps to its folder", async ({ page, site }) => {
  const deep = copied("some/deep/path");
  site.folder = deep;
  await visited(page, "/some/deep/path/");
  expect(Object.keys(await caches_(page))).toEqual([cacheOf(site, deep, "some/deep/path/")]);
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => new URL(scope).pathname))).toEqual(["/some/deep/path/"]);
  expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await site.stop();
  await openApp(page, "", "/some/deep/path/");
  await openApp(page, "v=2&view=data", "/some/deep/path/index.html");
  await expect(page.locator(".data-name")).toHaveText(DEMO_NAME);
  await expect(page.goto("/some/")).rejects.toThrow(/ERR_CONNECTION_REFUSED/);
  removed(deep);
});

test("dist/ is replaced: the page goes on with its own version, says so, and is the newer one when told", async ({ page, context, site, newer }) => {
  const old = site.folder;
  await visited(page);
  await page.close();
  site.folder = await newer();
  const next = await context.newPage();
  await openApp(next);
  await load(next, GUIDELLM);
  await expect(next.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
  expect(isOf(old, await programs(next)), "the engine and the reader are the page's").toBe(true);
  await hears(next, "update", true);
  expect(await next.evaluate(() => typeof (globalThis as any).inferscopeOffline.update.apply)).toBe("function");
  expect(Object.keys(await caches_(next)).sort()).toEqual([cacheOf(site, old), cacheOf(site)].sort());

  // A second tab has the old version, too, and keeps it when the first takes the newer one.
  const other = await context.newPage();
  await openApp(other, "v=2&src=demo/consolidated.csv");
  const loaded = next.waitForEvent("load");
  await next.evaluate(() => (globalThis as any).inferscopeOffline.update.apply());
  await loaded;
  await waitIdle(next);
  await expect(next.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
  expect(isOf(site.folder, await programs(next)), "the newer one, whole").toBe(true);
  await hears(next, "offline-ready", undefined);

  await load(other, GUIDELLM);
  await expect(other.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
  expect(isOf(old, await programs(other)), "the reader of the old version, which the server has no longer").toBe(true);
  expect(Object.keys(await caches_(next))).toHaveLength(2);

  await other.close();
  await expect(async () => {
    await next.reload();
    await waitIdle(next);
    expect(Object.keys(await caches_(next)), "no tab has the old version any more").toEqual([cacheOf(site)]);
  }).toPass();
  expect(await told(next)).not.toContainEqual(["update", true]);
});

for (const [what, pattern, query] of [
  ["the page's program", /^\/inferscope-web.*\.wasm$/, ""],
  ["the rest of the page's program", /^\/inferscope-rest.*\.wasm$/, ""],
  ["the page's glue", /^\/inferscope-web.*\.js$/, ""],
  ["ECharts", /^\/echarts-/, ""],
  ["the style", /^\/main-.*\.css$/, ""],
  ["the engine", /^\/inferscope-engine.*\.wasm$/, "v=2&src=demo/consolidated.csv"],
  ["the engine's glue", /^\/inferscope-engine.*\.js$/, "v=2&src=demo/consolidated.csv"],
  ["the worker", /^\/worker-.*\.js$/, "v=2&src=demo/consolidated.csv"],
  ["the reader", /^\/inferscope-reader.*\.wasm$/, "v=2&src=demo/guidellm.json"],
] as const) {
  test(`dist/ is replaced during a first visit, before ${what} is fetched: the page says so, and a reload helps`, async ({ page, site, newer, watch }) => {
    const later = await newer();
    site.before = (path) => {
      if (pattern.test(path)) site.folder = later;
      return false;
    };
    await page.goto(query ? `/?${query}` : "/");
    await hears(page, "update", false);
    await expect(page.getByText(/new version of Inferscope was published/i).first()).toBeVisible();
    site.before = () => false;
    const loaded = page.waitForEvent("load");
    await page.evaluate(() => (globalThis as any).inferscopeOffline.update.apply());
    await loaded;
    await waitIdle(page);
    await expect(page.locator(".plot").first()).toBeVisible();
    expect(isOf(later, await programs(page))).toBe(true);
    watch.problems.length = 0;
  });
}

test("dist/ is replaced between the first visit's page and its worker: the worker is not of this page, and it says so", async ({ page, site, newer }) => {
  const later = await newer();
  site.before = (path) => {
    if (path === "/sw.js") site.folder = later;
    return false;
  };
  await openApp(page);
  await hears(page, "update", false);
  await page.reload();
  await waitIdle(page);
  expect(isOf(later, await programs(page))).toBe(true);
  await hears(page, "offline-ready", undefined);
});

test("a page that went past the worker is the newer one: nothing is said", async ({ page, context, site, newer }) => {
  await visited(page);
  site.folder = await newer();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Page.reload", { ignoreCache: true });
  await page.waitForEvent("load");
  await waitIdle(page);
  expect(isOf(site.folder, await programs(page))).toBe(true);
  await expect.poll(async () => Object.keys(await caches_(page))).toHaveLength(2);
  await hears(page, "offline-ready", undefined);
  expect(await told(page)).toHaveLength(1);
  await expect.poll(async () => Object.keys(await caches_(page))).toEqual([cacheOf(site)]);
  await page.reload();
  await waitIdle(page);
  expect(isOf(site.folder, await programs(page))).toBe(true);
});

test("who builds the page sees what was built, and what the server says while it builds; without it, the last one", async ({ page, site }) => {
  const first = await another(site.folder, true);
  const second = await another(first, true);
  site.folder = first;
  await visited(page);
  site.before = (_, response) => Boolean(response.writeHead(503, { "content-type": "text/html" }).end("<title>Building</title>"));
  await page.reload();
  await expect(page).toHaveTitle("Building");
  site.before = () => false;
  site.folder = second;
  await visited(page);
  expect(isOf(second, await programs(page))).toBe(true);
  await expect.poll(async () => Object.keys(await caches_(page))).toEqual([cacheOf(site)]);
  expect(await told(page)).not.toContainEqual(["update", true]);
  await site.stop();
  await openApp(page);
  expect(isOf(second, await programs(page))).toBe(true);
  for (const folder of [first, second]) removed(folder);
});

test("an upload that is half there is not kept: the next visit takes the whole one", async ({ page, site }) => {
  const name = readdirSync(site.folder).find((name) => /^inferscope-reader.*\.wasm$/.test(name)) as string;
  const whole = readFileSync(join(site.folder, name));
  writeFileSync(join(site.folder, name), whole.subarray(0, whole.length / 2));
  await openApp(page);
  await expect.poll(() => site.asked.filter((path) => path.includes(name)).length).toBeGreaterThan(0);
  await page.waitForTimeout(1000);
  expect(await told(page)).toEqual([]);
  expect(Object.keys(await caches_(page)).length, "what is there so far, for the next time").toBeLessThanOrEqual(1);
  writeFileSync(join(site.folder, name), whole);
  await visited(page);
});

test("settings and data: the server's while it answers, the last ones when it does not; other data are not kept", async ({ page, site }) => {
  const config = JSON.parse(readFileSync(join(site.folder, "config.json"), "utf8"));
  const set = (label: string) => {
    config.start[0].label = label;
    writeFileSync(join(site.folder, "config.json"), JSON.stringify(config));
  };
  await visited(page);
  set("Last night");
  await openApp(page);
  await expect(page.locator(".data-name")).toHaveText("Last night · 1,681 rows");
  // A proxy that answers for a server that is down.
  site.before = (_, response) => Boolean(response.writeHead(503).end("down"));
  await openApp(page);
  await expect(page.locator(".data-name")).toHaveText("Last night · 1,681 rows");
  site.before = () => false;

  writeFileSync(join(site.folder, "other.json"), readFileSync(GUIDELLM));
  await openApp(page, "v=2&src=other.json");
  await expect(page.locator(".data-name")).toHaveText("other.json · 5 rows");
  await openApp(page, "v=2&src=demo/guidellm.json");
  await site.stop();
  await openApp(page, "v=2&src=demo/guidellm.json");
  await expect(page.locator(".data-name"), "the settings' examples name it").toHaveText("guidellm.json · 5 rows");
  await page.goto("/?v=2&src=other.json");
  await waitIdle(page);
  await expect(page.locator(".data-name")).toHaveText("other.json · 0 rows");
  expect(Object.values(await caches_(page)).flat()).not.toContain("/other.json");
});

test("a policy that a deployment changes holds from the visit after the next on", async ({ page, site }) => {
  await visited(page);
  site.policy = site.policy.replace("connect-src 'self'", "connect-src 'self' https://data.example");
  const policy = () => page.evaluate(async () => (await caches.match("./"))?.headers.get("content-security-policy"));
  await page.reload();
  await expect.poll(policy).toContain("https://data.example");
});

test("who must sign in again gets to the server", async ({ page, site }) => {
  await visited(page);
  site.before = (path, response) => path === "/" && Boolean(response.writeHead(302, { location: "/sign-in.html" }).end());
  writeFileSync(join(site.folder, "sign-in.html"), "<!doctype html><title>Sign in</title>");
  await page.reload();
  await expect.poll(() => page.evaluate(async () => Boolean(await caches.match("./")))).toBe(false);
  await page.goto("/");
  await expect(page).toHaveTitle("Sign in");
  site.before = () => false;
  await openApp(page);
  await expect.poll(() => page.evaluate(async () => Boolean(await caches.match("./")))).toBe(true);
});

test("a version without a worker takes the place of one that has it", async ({ page, site, newer }) => {
  await visited(page);
  site.folder = await newer();
  const html = readFileSync(join(site.folder, "index.html"), "utf8");
  writeFileSync(join(site.folder, "index.html"), html.replace(/<link [^>]*data-program="offline"[^>]*>/, ""));
  site.before = (path, response) => path === "/sw.js" && Boolean(response.writeHead(404).end());
  await openApp(page);
  await expect.poll(() => page.evaluate(async () => Boolean(await caches.match("./")))).toBe(false);
  await openApp(page);
  expect(isOf(site.folder, await programs(page))).toBe(true);
  await expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
  expect(await caches_(page)).toEqual({});
});

for (const [what, script] of [
  ["data are to be saved", "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"],
  ["there are no service workers, as over HTTP", "Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined })"],
  ["storage is denied", "Object.defineProperty(window, 'caches', { get() { throw new DOMException('denied', 'SecurityError') } })"],
  ["it may not be registered", "ServiceWorkerContainer.prototype.register = () => Promise.reject(new DOMException('denied', 'SecurityError'))"],
] as const) {
  test(`${what}: everything else works`, async ({ page, site }) => {
    await page.addInitScript(script);
    await openApp(page);
    await load(page, GUIDELLM);
    await expect(page.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
    await page.waitForTimeout(500);
    expect(site.asked.filter((path) => path.includes("sw.js"))).toEqual([]);
    expect(await told(page)).toEqual([]);
  });
}

test("inside another page it does not register", async ({ page, site }) => {
  site.policy = site.policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'").replace("default-src 'none'", "default-src 'self'");
  writeFileSync(join(site.folder, "wiki.html"), '<!doctype html><title>Wiki</title><iframe src="./?embed=1" width="1200" height="800"></iframe>');
  await page.goto("/wiki.html");
  await expect(page.frameLocator("iframe").locator('html[data-ready="true"]')).toBeAttached();
  await page.waitForTimeout(1000);
  expect(site.asked.filter((path) => path.includes("sw.js"))).toEqual([]);
});

test("it can be installed: a manifest, icons, and a worker that answers", async ({ page, context, site }) => {
  await visited(page);
  const cdp = await context.newCDPSession(page);
  const { errors } = await cdp.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  const { installabilityErrors } = await cdp.send("Page.getInstallabilityErrors");
  // Playwright's contexts are incognito ones.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
  const manifest = JSON.parse(readFileSync(join(site.folder, "manifest.webmanifest"), "utf8"));
  for (const { src, sizes, type } of manifest.icons) {
    const { kind, size } = await page.evaluate(async (src) => {
      const answer = await fetch(src);
      const image = new Image();
      image.src = src;
      await image.decode();
      return { kind: answer.headers.get("content-type"), size: `${image.naturalWidth}x${image.naturalHeight}` };
    }, src);
    expect(kind).toBe(type);
    if (sizes !== "any") expect(size, src).toBe(sizes);
  }
});

const html = (title: string) => (response: import("node:http").ServerResponse) =>
  Boolean(response.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html><title>${title}</title>`));
const noted = (page: Page) => page.evaluate(async () => Boolean(await caches.match("./strange")));

test("another site at this address is let in with the second visit; a portal that is gone by then takes nothing", async ({ page, site }) => {
  await visited(page);
  const portal = html("Sign in");
  site.before = (_, response) => portal(response);
  await openApp(page);
  await expect.poll(() => noted(page)).toBe(true);
  site.before = () => false;
  await openApp(page);
  await expect.poll(() => noted(page)).toBe(false);

  const other = html("Another site");
  site.before = (_, response) => other(response);
  await openApp(page);
  await expect.poll(() => noted(page)).toBe(true);
  await page.goto("/");
  await expect(page).toHaveTitle("Another site");
  expect(await caches_(page)).toEqual({});
  await expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
});

test("a page in the place of the settings does not take theirs", async ({ page, site }) => {
  await visited(page);
  const portal = html("Sign in");
  site.before = (path, response) => path.endsWith("config.json") && portal(response);
  await openApp(page);
  await expect(page.getByText("not valid JSON")).toHaveCount(0);
  await site.stop();
  await openApp(page);
  await expect(page.getByText("not valid JSON")).toHaveCount(0);
  await expect(page.locator("strong.demo")).toBeVisible();
});
