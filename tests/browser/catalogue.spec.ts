// The deployment's catalogue (catalog.json beside the page): sources with their age, refresh by conditional requests, failures
// that say which copy is shown, and the notice. Each test has a server of its own, whose data it changes or takes away.
import { readFileSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "@playwright/test";
import { test as base, expect, load, openApp, waitIdle } from "./app";
import { freePort } from "./nginx";
import { hasPrometheus, startPrometheus } from "./prometheus";
import { Site, copied, removed } from "./site";

/** A file of the server's. */
type Served = { body: string; modified?: Date; etag?: boolean; status?: number };

/** A server of the page and of data that a test changes. */
class Data {
  /** By path. */
  files: Record<string, Served> = {};
  /** What was answered: path and status. */
  log: string[] = [];

  constructor(readonly site: Site) {
    site.before = (path, response) => this.answer(path, response);
  }

  /** What was answered of a path since the last time somebody asked. */
  answers(path: string): string[] {
    const found = this.log.filter((one) => one.startsWith(`${path} `)).map((one) => one.slice(path.length + 1));
    this.log = this.log.filter((one) => !one.startsWith(`${path} `));
    return found;
  }

  catalogue(catalogue: object): void {
    this.files["/catalog.json"] = { body: JSON.stringify(catalogue) };
  }

  private answer(path: string, response: ServerResponse): boolean {
    const file = this.files[path];
    if (!file) return false;
    const { headers } = response.req;
    const modified = file.modified?.toUTCString();
    const etag = file.etag ? `"${Buffer.from(file.body).length}-${modified}"` : undefined;
    const same = etag ? headers["if-none-match"] === etag : modified !== undefined && headers["if-modified-since"] === modified;
    const status = file.status ?? (same ? 304 : 200);
    this.log.push(`${path} ${status}`);
    response.setHeader("cache-control", "no-cache");
    if (modified) response.setHeader("last-modified", modified);
    if (etag) response.setHeader("etag", etag);
    response.writeHead(status, { "content-type": path.endsWith(".json") ? "application/json" : "text/csv" });
    response.end(status === 200 ? file.body : undefined);
    return true;
  }
}

const test = base.extend<{ data: Data }>({
  // biome-ignore lint: Playwright reads the fixture's needs off this pattern.
  data: async ({}, use) => {
    const folder = copied();
    const site = new Site(folder);
    await site.start();
    await use(new Data(site));
    await site.stop();
    removed(folder);
  },
  baseURL: async ({ data }, use) => use(data.site.url),
});

const HEADER = "run,accelerator,model,version,prompt toks,output toks,TP,intended concurrency,output_tok/sec,ttft_p95,successful_requests";

/** A table of so many measurements. */
const csv = (model: string, rows: number) =>
  [HEADER, ...Array.from({ length: rows }, (_, at) => `r,H200,org/${model},v1,1000,1000,1,${at + 1},${100 * (at + 1)},9,9`)].join("\n");

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
const chip = (page: Page) => page.locator(".data-chip");
const drawer = (page: Page) => page.getByRole("dialog", { name: "Files and messages" });
const failures = (page: Page) => page.locator(".notice.failure");
const refresh = async (page: Page) => {
  await page.getByRole("button", { name: "Look for newer data" }).click();
  await waitIdle(page);
};
const file = (page: Page, path: string) => drawer(page).locator(`.file[data-path="${path}"]`);

test("a visit opens the sources, each with label, address, age and state; others are offered", async ({ page, data }) => {
  data.catalogue({
    sources: [
      { label: "RHAIIS releases", src: "data/releases.csv" },
      { label: "Nightly sweeps", src: "data/nightly/index.json" },
      { label: "Archive", src: "data/archive.csv", title: "Last year", shown: false },
    ],
    settings: { threshold: 3 },
  });
  data.files["/data/releases.csv"] = { body: csv("Qwen3", 4), modified: ago(4.5) };
  data.files["/data/nightly/index.json"] = { body: '[{"path": "a.csv"}]', modified: ago(125) };
  data.files["/data/nightly/a.csv"] = { body: csv("Llama", 3) };
  data.files["/data/archive.csv"] = { body: csv("Old", 2), modified: ago(60 * 24 * 40) };
  await openApp(page);
  await expect(chip(page)).toHaveText("2 files · 7 rows · up to 2 h old");
  await expect(page.locator(".demo"), "no demo data").toHaveCount(0);
  await expect(page).toHaveURL(/src=data(%2F|\/)releases\.csv/);
  await page.keyboard.press("d");
  await expect(file(page, "data/releases.csv").getByRole("heading")).toHaveText("RHAIIS releases");
  await expect(file(page, "data/releases.csv")).toContainText("data/releases.csv");
  await expect(file(page, "data/releases.csv").locator(".age")).toHaveText("4 min old");
  await expect(file(page, "data/releases.csv")).toContainText("4 measurements");
  await expect(file(page, "data/nightly/index.json").locator(".age")).toHaveText("2 h old");
  await expect(drawer(page)).toContainText("Looked at every 5m");
  expect(data.answers("/data/archive.csv")).toEqual([]);

  await drawer(page).getByRole("button", { name: "Open Archive" }).click();
  await waitIdle(page);
  await expect(file(page, "data/archive.csv").locator(".age")).toHaveText("40 days old");
  await expect(drawer(page).getByText("Further sources")).toHaveCount(0);
  await expect(page).toHaveURL(/archive\.csv/);
  // The settings of the catalogue hold.
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/threshold=3/);
});

test("with every source offered the page opens empty, and says which there are; the palette has them, too", async ({ page, data }) => {
  data.catalogue({ sources: [{ label: "Archive", src: "data/archive.csv", title: "Last year", shown: false }] });
  data.files["/data/archive.csv"] = { body: csv("Old", 2) };
  await openApp(page);
  const offered = page.getByRole("region", { name: "Further sources" });
  await expect(offered).toContainText("Open Archive");
  await expect(offered).toContainText("Last year");
  await page.keyboard.press("k");
  await page.getByRole("combobox").fill("archive");
  await page.getByRole("option", { name: /Archive/ }).first().click();
  await waitIdle(page);
  await expect(chip(page)).toHaveText(/^Archive · 2 rows · read less than 1 min ago$/);
});

for (const [how, marks] of [
  ["a time", { modified: ago(10) }],
  ["an entity tag", { etag: true }],
  ["nothing", {}],
] as const) {
  test(`refresh, told by ${how}: what has not changed is not read again, what has changed appears, the view stays`, async ({ page, data }) => {
    data.catalogue({ sources: [{ label: "A", src: "data/a.csv" }, { label: "B", src: "data/b.csv" }] });
    data.files["/data/a.csv"] = { body: csv("Qwen3", 4), ...marks };
    data.files["/data/b.csv"] = { body: csv("Llama", 3), ...marks };
    await openApp(page, "");
    await expect(chip(page)).toContainText("7 rows");
    await page.getByRole("tab", { name: "Data", exact: true }).click();
    await waitIdle(page);
    const url = page.url();
    data.log = [];
    await refresh(page);
    expect(data.answers("/data/a.csv")).toEqual([how === "nothing" ? "200" : "304"]);
    expect(data.answers("/data/b.csv")).toEqual([how === "nothing" ? "200" : "304"]);

    data.files["/data/a.csv"] = { body: csv("Qwen3", 9), ...marks, ...("modified" in marks ? { modified: ago(1.5) } : {}) };
    await refresh(page);
    await expect(chip(page)).toContainText("12 rows");
    // One look, and one reading.
    expect(data.answers("/data/a.csv").length).toBe(2);
    expect(data.answers("/data/b.csv").length).toBe(1);
    expect(page.url()).toBe(url);
    await refresh(page);
    expect(data.answers("/data/a.csv").length, "it is known now").toBe(1);
  });
}

test("refresh by itself: as often as the catalogue says", async ({ page, data }) => {
  data.catalogue({ refresh_seconds: 10, sources: [{ label: "A", src: "data/a.csv" }] });
  data.files["/data/a.csv"] = { body: csv("Qwen3", 4), modified: ago(10) };
  await openApp(page);
  await expect(chip(page)).toHaveText(/^A · 4 rows · 10 min old$/);
  data.files["/data/a.csv"] = { body: csv("Qwen3", 5), modified: ago(2.2) };
  await expect(chip(page)).toHaveText(/^A · 5 rows · 2 min old$/, { timeout: 20_000 });
  expect(data.answers("/data/a.csv").filter((status) => status === "200").length).toBeLessThanOrEqual(3);
});

test("a folder: its version counts, not that its index was written again", async ({ page, data }) => {
  const index = (time: string) => JSON.stringify({ files: [{ path: "a.csv", time }] });
  data.catalogue({ sources: [{ label: "Nightly", src: "data/n/index.json" }] });
  data.files["/data/n/index.json"] = { body: index("1"), modified: ago(10) };
  data.files["/data/n/a.csv"] = { body: csv("Qwen3", 4), modified: ago(10) };
  await openApp(page);
  await expect(chip(page)).toHaveText(/^Nightly · 4 rows · 10 min old$/);
  data.log = [];
  data.files["/data/n/index.json"].modified = ago(1.5);
  await refresh(page);
  await expect(chip(page)).toHaveText(/^Nightly · 4 rows · 1 min old$/);
  expect(data.answers("/data/n/a.csv")).toEqual([]);
  data.files["/data/n/index.json"] = { body: index("2"), modified: ago(0.5) };
  data.files["/data/n/a.csv"] = { body: csv("Qwen3", 6), modified: ago(0.5) };
  await refresh(page);
  await expect(chip(page)).toContainText("6 rows");
});

test("a source that fails: which copy is shown, in the list and above the view; then it recovers", async ({ page, data }) => {
  data.catalogue({ refresh_seconds: 10, sources: [{ label: "RHAIIS releases", src: "data/a.csv" }, { label: "B", src: "data/b.csv" }] });
  data.files["/data/a.csv"] = { body: csv("Qwen3", 4), modified: ago(10) };
  data.files["/data/b.csv"] = { body: csv("Llama", 3), modified: ago(10) };
  await openApp(page);
  data.files["/data/a.csv"].status = 503;
  await refresh(page);
  const said = /^RHAIIS releases: the server answered 503 at \d\d:\d\d; the copy of \d\d:\d\d is shown\./;
  await expect(failures(page)).toHaveText(said);
  await expect(failures(page)).toHaveCount(1);
  await expect(chip(page)).toContainText("7 rows");
  await page.keyboard.press("d");
  await expect(file(page, "data/a.csv").locator(".finding.warning")).toContainText("the server answered 503");
  await expect(file(page, "data/b.csv").locator(".finding.warning")).toHaveCount(0);
  await page.keyboard.press("Escape");
  // By itself, without anybody's doing.
  data.files["/data/a.csv"] = { body: csv("Qwen3", 5), modified: ago(1) };
  await expect(failures(page)).toHaveCount(0, { timeout: 30_000 });
  await expect(chip(page)).toContainText("8 rows");

  // No answer at all.
  await data.site.stop();
  await refresh(page);
  await expect(failures(page)).toHaveText([/^RHAIIS releases: the server did not answer at/, /^B: the server did not answer at/]);
  await data.site.start();
  await failures(page).first().getByRole("button", { name: "Try again" }).click();
  await expect(failures(page)).toHaveText([/^B: /]);
});

test("what was a table and is a page now does not take the table away", async ({ page, data }) => {
  data.catalogue({ sources: [{ label: "A", src: "data/a.csv" }] });
  data.files["/data/a.csv"] = { body: csv("Qwen3", 4), modified: ago(10) };
  await openApp(page);
  data.files["/data/a.csv"] = { body: "<!doctype html><title>Sign in</title>", modified: ago(1) };
  await refresh(page);
  await expect(failures(page)).toHaveText(/^A: the server had a file without results at \d\d:\d\d; the copy of \d\d:\d\d is shown\./);
  await expect(chip(page)).toContainText("4 rows");
  await refresh(page);
  await expect(failures(page), "it still has").toHaveCount(1);
  data.files["/data/a.csv"] = { body: csv("Qwen3", 7), modified: ago(0) };
  await refresh(page);
  await expect(failures(page)).toHaveCount(0);
  await expect(chip(page)).toContainText("7 rows");
});

test("a source that never came is listed with the reason; the others are there; it can be tried again", async ({ page, data }) => {
  data.catalogue({ sources: [{ label: "Gone", src: "data/gone.csv" }, { label: "B", src: "data/b.csv" }] });
  data.files["/data/b.csv"] = { body: csv("Llama", 3) };
  await openApp(page);
  await expect(failures(page)).toHaveText(/^Gone could not be loaded: the server answered 404 at \d\d:\d\d\./);
  await expect(chip(page)).toContainText("3 rows");
  await page.keyboard.press("d");
  await expect(file(page, "data/gone.csv")).toContainText("The server answered 404");
  data.files["/data/gone.csv"] = { body: csv("Qwen3", 4) };
  await file(page, "data/gone.csv").getByRole("button", { name: "Try again" }).click();
  await waitIdle(page);
  await expect(file(page, "data/gone.csv")).toContainText("4 measurements");
  await expect(failures(page)).toHaveCount(0);
});

test("what a synchronisation says of itself is the age of its data", async ({ page, data }) => {
  const status = (of: object) => ({ body: JSON.stringify(of) });
  data.catalogue({ sources: [{ label: "Bucket", src: "data/a.csv", status: "data/status.json" }] });
  data.files["/data/a.csv"] = { body: csv("Qwen3", 4), modified: ago(600) };
  data.files["/data/status.json"] = status({ synced: ago(4.5).toISOString(), failed: null });
  await openApp(page);
  await expect(chip(page)).toHaveText(/^Bucket · 4 rows · synced 4 min ago$/);
  data.files["/data/status.json"] = status({ synced: ago(4.5).toISOString(), failed: "AccessDenied <b>", since: ago(2).toISOString() });
  await page.waitForTimeout(5_100);
  await refresh(page);
  await expect(failures(page)).toHaveText(/^Bucket: sync failed since \d\d:\d\d: AccessDenied <b>; the copy of \d\d:\d\d is shown\./);
  data.files["/data/status.json"] = { body: "", status: 404 };
  await page.waitForTimeout(5_100);
  await refresh(page);
  await expect(failures(page)).toHaveText(/^Bucket: its sync’s status \(data\/status.json\) could not be read\./);
  await expect(chip(page)).toHaveText(/10 h old$/);
});

test("hostile and wrong entries cost themselves, and are reported with their place", async ({ page, data }) => {
  const many = Array.from({ length: 10_000 }, (_, n) => ({ label: `x${n}`, src: `x${n}.csv`, shown: false }));
  data.catalogue({
    notice: "<img src=x onerror=alert(1)>",
    refresh_seconds: 1e300,
    sources: [
      { label: "Right", src: "data/a.csv", title: "<script>alert(1)</script>" },
      { label: "J", src: "javascript:alert(1)" },
      { label: "D", src: "data:text/csv,a" },
      { label: "Out", src: "../../etc/passwd" },
      { label: "Right", src: "data/b.csv" },
      { label: "x\u0000", src: "data/b.csv" },
      { label: "P", prom: "javascript:alert(1)" },
      17,
      ...many,
    ],
    settings: { threshold: "much" },
  });
  data.files["/data/a.csv"] = { body: csv("Qwen3", 4) };
  page.on("dialog", () => expect(false, "a script ran").toBe(true));
  await openApp(page);
  await expect(chip(page)).toContainText("Right · 4 rows");
  await expect(page.locator(".deployment-notice")).toHaveText("<img src=x onerror=alert(1)>");
  for (const place of ["refresh_seconds", "sources: 10008 entries", "sources[1].src", "sources[2].src", "sources[3].src", "sources[4].label", "sources[5].label", "sources[6].prom", "sources[7]", "settings: threshold"]) {
    await expect(page.locator(".notice").filter({ hasText: `catalog.json: ${place}` }), place).toHaveCount(1);
  }
  // A file that is none costs nothing.
  data.files["/catalog.json"] = { body: "<!doctype html>" };
  await openApp(page);
  await expect(page.locator(".notice")).toContainText(["catalog.json: not valid JSON"]);
  await expect(page.locator(".demo")).toBeVisible();
});

test("without a catalogue all is as before", async ({ page, data }) => {
  data.files["/catalog.json"] = { body: "", status: 404 };
  await openApp(page);
  await expect(page.locator(".demo")).toBeVisible();
  await expect(page.getByRole("button", { name: "Look for newer data" })).toHaveCount(0);
  await expect(page.locator(".deployment-notice")).toHaveCount(0);
  await expect(page.locator(".notice")).toHaveCount(0);
});

test("a link is what its sender saw: the catalogue opens nothing beside it", async ({ page, data }) => {
  data.catalogue({ sources: [{ label: "A", src: "data/a.csv" }, { label: "B", src: "data/b.csv" }] });
  data.files["/data/a.csv"] = { body: csv("Qwen3", 4), modified: ago(10) };
  data.files["/data/b.csv"] = { body: csv("Llama", 3) };
  await openApp(page, "v=2&src=data/a.csv");
  await expect(chip(page)).toHaveText(/^A · 4 rows · 10 min old$/);
  expect(data.answers("/data/b.csv")).toEqual([]);
});

test.describe("the notice", () => {
  const NOTICE = "Internal use only – <b>not</b> for customers";

  test("stands on every page, in pictures, copies, reports and bundles", async ({ page, data, freshPage, watch }) => {
    data.catalogue({ notice: NOTICE });
    await openApp(page);
    const bar = page.locator(".deployment-notice");
    await expect(bar).toHaveText(NOTICE);
    await load(page, { name: "a.csv", contents: csv("Qwen3", 4) });
    const saved = async (begin: () => Promise<void>) => {
      const begun = page.waitForEvent("download");
      await begin();
      const download = await begun;
      const path = test.info().outputPath(download.suggestedFilename());
      await download.saveAs(path);
      await waitIdle(page);
      return path;
    };
    const menu = async (name: string) => {
      await page.locator(".panel-head .picker-button").last().click();
      await page.getByRole("option", { name }).click();
    };
    const svg = readFileSync(await saved(() => menu("Save as SVG")), "utf8");
    expect(svg).toContain("Internal use only – &lt;b&gt;not&lt;/b&gt; for customers");

    const share = async (name: string) => {
      await page.keyboard.press("s");
      await page.getByRole("dialog").getByRole("button", { name }).click();
    };
    const report = await saved(() => share("Save as a page (HTML)"));
    await page.keyboard.press("Escape");
    const bundle = await saved(() => share("Save bundle (.zip)"));
    await page.keyboard.press("Escape");
    await page.goto(pathToFileURL(report).href);
    await expect(page.locator("p.notice")).toHaveText(NOTICE);
    expect(watch.outside.splice(0), "the report itself").toEqual([expect.stringMatching(/^GET file:/)]);

    // Whoever gets them sees it, without this deployment.
    data.catalogue({});
    for (const path of [report, bundle]) {
      const other = await freshPage();
      await openApp(other);
      await expect(other.locator(".deployment-notice")).toHaveCount(0);
      await load(other, path);
      await expect(other.locator(".deployment-notice")).toHaveText(NOTICE);
    }
  });

  for (const [name, width, scheme] of [["light", 1440, "light"], ["dark", 1440, "dark"], ["narrow", 700, "light"]] as const) {
    test(`is seen ${name}, with a failed source, and on paper`, async ({ page, data }) => {
      data.catalogue({ notice: NOTICE, sources: [{ label: "RHAIIS releases", src: "data/a.csv" }, { label: "Gone", src: "data/gone.csv" }, { label: "Archive", src: "x.csv", title: "Last year", shown: false }] });
      data.files["/data/a.csv"] = { body: csv("Qwen3", 4), modified: ago(10) };
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      await openApp(page);
      await expect(page.locator(".deployment-notice")).toBeInViewport();
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      await page.screenshot({ path: test.info().outputPath(`${name}.png`) });
      await page.keyboard.press("d");
      await page.screenshot({ path: test.info().outputPath(`${name}-drawer.png`) });
      await page.keyboard.press("Escape");
      await page.emulateMedia({ media: "print", colorScheme: scheme });
      await expect(page.locator(".deployment-notice")).toBeVisible();
    });
  }
});

test("servers: the first is connected, another is offered and takes its place", async ({ page, data, watch }) => {
  test.skip(!hasPrometheus(), "prometheus is not installed (Debian: apt-get install prometheus)");
  test.setTimeout(120_000);
  const port = await freePort();
  const prometheus = await startPrometheus(port, 4);
  try {
    const other = `http://127.0.0.1:${await freePort()}`;
    data.site.policy = data.site.policy.replace("connect-src 'self'", `connect-src 'self' ${prometheus.url} ${other}`);
    data.catalogue({ refresh_seconds: 60, sources: [{ label: "Cluster", prom: prometheus.url }, { label: "Other cluster", prom: other }] });
    await openApp(page);
    const bar = page.getByRole("region", { name: "Connected server" });
    await expect(bar).toContainText(/series, every 1 s as scraped; read at/);
    await expect(bar).toContainText("Refresh: 1m");
    await expect(page).toHaveURL(/prom=/);
    await expect(chip(page)).toContainText("Cluster · ");
    await page.keyboard.press("d");
    await drawer(page).getByRole("button", { name: "Connect Other cluster" }).click();
    await waitIdle(page);
    await expect(drawer(page).getByRole("button", { name: "Connect Cluster" })).toBeVisible();
    await expect(bar.getByRole("alert")).toBeAttached();
    const asked = watch.outside.filter((request) => request.includes(` ${prometheus.url}/`) || request.includes(` ${other}/`));
    expect(asked.length).toBeGreaterThan(0);
    watch.outside = watch.outside.filter((request) => !asked.includes(request));
  } finally {
    await prometheus.stop();
  }
});

test.describe("without a network", () => {
  test.use({ serviceWorkers: "allow" });

  test("the copy that the browser keeps is said to be one, with its time", async ({ page, data, context }) => {
    data.catalogue({ sources: [{ label: "A", src: "data/a.csv" }] });
    data.files["/data/a.csv"] = { body: csv("Qwen3", 4), modified: ago(10) };
    writeFileSync(join(data.site.folder, "catalog.json"), data.files["/catalog.json"].body);
    await context.addInitScript(() => addEventListener("inferscope:offline-ready", () => document.documentElement.setAttribute("data-kept", "")));
    await openApp(page);
    await expect(page.locator("html[data-kept]")).toBeAttached({ timeout: 30_000 });
    // A visit that the worker answers: it has the data from now on.
    await page.reload();
    await waitIdle(page);
    await expect(chip(page)).toHaveText(/^A · 4 rows · 10 min old$/);
    await expect(failures(page)).toHaveCount(0);

    data.files["/data/a.csv"].status = 503;
    await page.goto(data.site.url);
    await waitIdle(page);
    await expect(failures(page)).toHaveText(/^A: the server answered 503 at \d\d:\d\d; the copy of \d\d:\d\d is shown\./);
    await data.site.stop();
    await page.goto(data.site.url);
    await waitIdle(page);
    await expect(failures(page)).toHaveText(/^A: the server did not answer at \d\d:\d\d; the copy of \d\d:\d\d is shown\./);
    await expect(chip(page)).toHaveText(/^A · 4 rows · 10 min old$/);
    await data.site.start();
    data.files["/data/a.csv"] = { body: csv("Qwen3", 6), modified: ago(1) };
    await refresh(page);
    await expect(failures(page)).toHaveCount(0);
    await expect(chip(page)).toContainText("6 rows");
  });
});
