// A first visit: what is fetched, and in which order.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { dropFiles, expect, openApp, tab, test, waitIdle } from "./app";

const GUIDELLM = "public/demo/guidellm.json";
const TABLES = "demo/consolidated.tables";
// Trunk writes its hash as a number: one in sixteen has a digit less.

const unhashed = (name: string) => name.replace(/-[0-9a-f]{8,16}/, "");

/** The names of what is fetched from now on, in order. */
function fetched(page: Page): string[] {
  const names: string[] = [];
  page.on("request", (request) => names.push(new URL(request.url()).pathname.slice(1) || "index.html"));
  return names;
}

/** What the deployed server sends for a file: the brotli beside it where there is one. */
function sent(name: string): number {
  const path = join("dist", name);
  return statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size;
}

/** Holds the requests that match until the returned function is called. */
async function hold(page: Page, pattern: string): Promise<() => void> {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(pattern, async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

const painted = (page: Page) =>
  page.waitForFunction(() => {
    const colours = (canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      const found = new Set<number>();
      for (let at = 0; at < data.length; at += 388) if (data[at + 3]) found.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
      return found.size;
    };
    return [...document.querySelectorAll("canvas")].some((canvas) => canvas.width > 100 && colours(canvas) > 6);
  });

test("a visit without a link fetches what it shows, and nothing that reads files", async ({ page }) => {
  const names = fetched(page);
  await openApp(page);
  expect(names.filter((name) => name.includes("reader")), "nothing is read, so no reader").toEqual([]);
  expect(names.filter((name) => name.endsWith(".csv")), "the table was read before").toEqual([]);
  // What is kept for visits without a network comes after the page is idle, sooner or later than we look.
  const shown = names.map(unhashed).filter((name) => name !== "offline.js");
  expect([...new Set(shown)].sort()).toEqual(
    [
      "index.html", "start.js", "worker.js", "catalog.json", "config.json", "favicon.svg", "main.css", "echarts.js",
      "inferscope-web.js", "inferscope-web_bg.wasm", "inferscope-rest.wasm", "inferscope-engine.js", "inferscope-engine_bg.wasm",
      "demo/picture.json", TABLES,
    ].sort(),
  );
});

test("the first picture is there, and labelled, before the engine and the rest of the page’s program are", async ({ page }) => {
  const release = await hold(page, "**/inferscope-rest-*.wasm");
  const names = fetched(page);
  await page.goto("/");
  await painted(page);
  await expect(page.locator("strong.demo"), "demo data are labelled from the first moment on").toBeVisible();
  const before = await page.locator(".sentence").first().textContent();
  expect(names.filter((name) => /engine.*\.wasm/.test(name)), "the engine comes after the page").toEqual([]);
  const until = names.filter((name) => !/rest|engine/.test(name));
  const bytes = until.reduce((sum, name) => sum + sent(name), 0);
  expect(bytes, `until the first chart: ${until.join(", ")}`).toBeLessThan(0.9e6);
  release();
  await waitIdle(page);
  expect(await page.locator(".sentence").first().textContent()).toBe(before);
});

test("what opens on the picture does not show the start page before it", async ({ page }) => {
  await page.addInitScript(() => {
    const look = () => document.querySelector(".welcome") && ((globalThis as any).sawWelcome = true);
    addEventListener("DOMContentLoaded", () => new MutationObserver(look).observe(document.body, { childList: true, subtree: true }));
  });
  await page.goto("/");
  await painted(page);
  await waitIdle(page);
  expect(await page.evaluate(() => (globalThis as any).sawWelcome)).toBeUndefined();
});

for (const [width, height] of [[1440, 900], [390, 844]] as const) {
  test(`nothing jumps while the page loads, ${width} pixels wide`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.addInitScript(() => {
      const shifts: string[] = [];
      (globalThis as any).shifts = shifts;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as any[]) {
          const moved = entry.sources.map(({ node }: { node?: Node }) => (node as Element)?.className ?? node?.nodeName).join(", ");
          if (entry.value > 0.01) shifts.push(`${entry.value.toFixed(3)} ${moved}`);
        }
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto("/");
    await painted(page);
    await waitIdle(page);
    expect(await page.evaluate(() => (globalThis as any).shifts)).toEqual([]);
  });
}

test("what is changed before the engine is there counts as soon as it is", async ({ page }) => {
  const release = await hold(page, "**/inferscope-engine-*.wasm");
  await page.goto("/");
  await painted(page);
  const before = await page.locator(".sentence").first().textContent();
  await page.locator(".facet input[type=checkbox]:not(:checked)").first().check();
  release();
  await waitIdle(page);
  expect(await page.locator(".sentence").first().textContent()).not.toBe(before);
});

/** Holds the rest of the page's program where it is fetched; gives how it was asked for, and what lets it come. */
async function holdRest(page: Page): Promise<{ asked: string[]; release: () => void }> {
  const asked: string[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/inferscope-rest-*.wasm", async (route) => {
    asked.push(route.request().resourceType());
    if (route.request().resourceType() === "fetch") await held;
    await route.continue();
  });
  return { asked, release };
}

test("what is done before the rest of the page’s program is there waits for it, and the page does not stand still", async ({ page }) => {
  const { asked, release } = await holdRest(page);
  await page.goto("/");
  await painted(page);
  await expect.poll(() => asked).toEqual(["fetch"]);
  await page.locator(".plot").first().hover();
  const box = page.locator(".facet input[type=checkbox]:not(:checked)").first();
  await box.click();
  await page.keyboard.press("?");
  await expect(page.locator("html"), "the page shows that something waits").toHaveClass(/held/);
  await expect(box).not.toBeChecked();
  expect(asked, "nothing has it fetched on the spot").toEqual(["fetch"]);
  const before = await page.locator(".sentence").first().textContent();
  release();
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await waitIdle(page);
  await expect(page.locator("html")).not.toHaveClass(/held/);
  expect(await page.locator(".sentence").first().textContent()).not.toBe(before);
});

test("what nobody held back has the rest of the page’s program fetched on the spot", async ({ page }) => {
  const { asked, release } = await holdRest(page);
  await page.goto("/");
  await painted(page);
  await expect.poll(() => asked).toEqual(["fetch"]);
  await page.evaluate(() => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true })));
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  expect(asked).toEqual(["fetch", "xhr"]);
  release();
  await page.keyboard.press("Escape");
  await waitIdle(page);
});

test("the rest of the page’s program is asked for again where it fails once", async ({ page }) => {
  await page.route("**/inferscope-rest-*.wasm", (route) => route.fulfill({ status: 503 }), { times: 1 });
  await page.goto("/");
  await painted(page);
  await waitIdle(page);
  await page.locator(".facet input[type=checkbox]:not(:checked)").first().check();
  await waitIdle(page);
  await expect(page.locator(".plot").first()).toBeVisible();
});

for (const [what, path] of [["without a link", "/"], ["with a link", `/?v=2&src=demo/consolidated.csv`]] as const) {
  test(`a visit ${what} says that the rest of the page’s program is gone`, async ({ page, watch }) => {
    await page.route("**/inferscope-rest-*.wasm", (route) => route.fulfill({ status: 404 }));
    await page.goto(path);
    await expect(page.getByRole("alert")).toContainText("the rest of the program could not be loaded: the server answered 404");
    // What of the page still listens asks for it, too.
    watch.problems.length = 0;
  });
}

test("the engine draws the picture that was there", async ({ page }) => {
  await page.goto("/");
  await painted(page);
  const picture = JSON.parse(readFileSync("public/demo/picture.json", "utf8")).model;
  await waitIdle(page);
  await expect(page.locator(".sentence").first()).toContainText(picture.sentence);
});

test("tables that another version prepared are of no use: the file itself is read", async ({ page }) => {
  const tables = readFileSync(join("public", TABLES)).toString("latin1").replace(/"inferscope":"[^"]+"/, '"inferscope":"0.0.1"');
  await page.route(`**/${TABLES}`, (route) => route.fulfill({ body: Buffer.from(tables, "latin1") }));
  const names = fetched(page);
  await openApp(page);
  await expect(page.locator(".data-name")).toHaveText("Synthetic demo data · 1,681 rows");
  expect(names).toContain("demo/consolidated.csv");
});

for (const [what, respond] of [
  ["missing", { status: 404 }],
  ["cut off", { body: readFileSync(join("public", TABLES)).subarray(0, 300_000) }],
] as const) {
  test(`tables that are ${what}: the file itself is read`, async ({ page }) => {
    await page.route(`**/${TABLES}`, (route) => route.fulfill(respond));
    await openApp(page);
    await expect(page.locator(".data-name")).toHaveText("Synthetic demo data · 1,681 rows");
    await expect(page.locator(".plot").first()).toBeVisible();
  });
}

test("a picture of other settings is not shown", async ({ page, watch }) => {
  await page.route("**/config.json", (route) =>
    route.fulfill({ json: { ...JSON.parse(readFileSync("public/config.json", "utf8")), threshold: 7 } }),
  );
  await page.route("**/inferscope-engine-*.wasm", (route) => route.fulfill({ status: 404 }));
  await page.goto("/");
  await expect(page.getByText("Nothing can be shown: the engine could not be loaded")).toBeVisible();
  await expect(page.locator(".plot")).toHaveCount(0);
  watch.problems.length = 0;
});

test("the reader comes with the first file", async ({ page }) => {
  await openApp(page);
  const names = fetched(page);
  await dropFiles(page, [GUIDELLM]);
  await waitIdle(page);
  await expect(page.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
  expect(names.map(unhashed).filter((name) => name === "inferscope-reader_bg.wasm")).toHaveLength(1);
});

test("a file that is dropped before the engine is there ends the picture of the demo", async ({ page }) => {
  const release = await hold(page, "**/inferscope-engine-*.wasm");
  await page.goto("/");
  await painted(page);
  await dropFiles(page, [GUIDELLM]);
  await expect(page.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
  await expect(page.locator(".sentence"), "no figure of the demo stands beside the name of another file").toHaveCount(0);
  release();
  await waitIdle(page);
  await expect(page.locator(".plot").first()).toBeVisible();
  await expect(page.locator("strong.demo")).toHaveCount(0);
});

test("what is asked for before the engine is there is said to be on its way, and Back leads to the start", async ({ page }) => {
  const release = await hold(page, "**/inferscope-engine-*.wasm");
  await page.goto("/");
  await painted(page);
  await tab(page, "Trends").click();
  await expect(page.getByRole("status").filter({ hasText: "Loading the engine" })).toBeVisible();
  release();
  await waitIdle(page);
  await expect(page.getByText("Loading the engine")).toHaveCount(0);
  await expect(tab(page, "Trends")).toHaveAttribute("aria-selected", "true");
  await page.goBack();
  await waitIdle(page);
  await expect(tab(page, "Explore")).toHaveAttribute("aria-selected", "true");
  await expect(page.locator(".data-name")).toHaveText("Synthetic demo data · 1,681 rows");
});

test("a picture that never comes keeps nobody from the engine", async ({ page }) => {
  const release = await hold(page, "**/demo/picture.json");
  await openApp(page);
  await expect(page.locator(".plot").first()).toBeVisible();
  release();
});

test("tables that never come keep no file of one's own from being read", async ({ page }) => {
  const release = await hold(page, `**/${TABLES}`);
  await page.goto("/");
  await painted(page);
  await dropFiles(page, [GUIDELLM]);
  await expect(page.locator(".sentence").first()).toContainText("5 measurements");
  release();
});

test("an engine that cannot be loaded is said until it is there, and tried again", async ({ page, watch }) => {
  await page.route("**/inferscope-engine-*.wasm", (route) => route.fulfill({ status: 404 }));
  await page.goto("/");
  const notice = page.getByRole("alert").filter({ hasText: "Nothing else can be shown: the engine could not be loaded: the server answered 404" });
  await expect(notice).toBeVisible();
  await tab(page, "Trends").click();
  await expect(notice, "it stays as long as there is none").toBeVisible();
  await page.unroute("**/inferscope-engine-*.wasm");
  await page.getByRole("button", { name: "Try again" }).click();
  await waitIdle(page);
  await expect(notice).toHaveCount(0);
  await expect(tab(page, "Trends")).toHaveAttribute("aria-selected", "true");
  watch.problems.length = 0;
});

test("a reader that cannot be loaded is said, and the file is read on request", async ({ page, watch }) => {
  await openApp(page);
  await page.route("**/inferscope-reader-*.wasm", (route) => route.fulfill({ status: 404 }));
  await dropFiles(page, [GUIDELLM]);
  await expect(page.locator(".toasts")).toContainText("could not be read: the reader could not be loaded");
  await page.unroute("**/inferscope-reader-*.wasm");
  await page.locator(".data-chip").click();
  await page.getByRole("button", { name: "Read it again" }).click();
  await expect(page.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
  watch.problems.length = 0;
});

test("exports that the reader writes end beside those that the engine writes", async ({ page }) => {
  const release = await hold(page, "**/inferscope-reader-*.wasm");
  await openApp(page);
  const saved: string[] = [];
  page.on("download", (download) => saved.push(download.suggestedFilename()));
  for (const format of ["Parquet", "CSV", "Arrow"]) {
    await page.locator("#table-menu").click();
    await page.getByRole("option", { name: `Save the table as ${format}`, exact: true }).click();
  }
  await expect.poll(() => saved).toEqual(["inferscope-explore.csv"]);
  release();
  await waitIdle(page);
  await expect.poll(() => [...saved].sort()).toEqual(["inferscope-explore.arrow", "inferscope-explore.csv", "inferscope-explore.parquet"]);
});

test("a deployment's own start data have their picture as the demo has", async ({ page }) => {
  const config = JSON.parse(readFileSync("public/config.json", "utf8"));
  config.start[0] = { ...config.start[0], demo: false, label: "Ours" };
  await page.route("**/config.json", (route) => route.fulfill({ json: config }));
  const release = await hold(page, "**/inferscope-engine-*.wasm");
  await page.goto("/");
  await painted(page);
  release();
  await waitIdle(page);
  await expect(page.locator(".data-name")).toHaveText("Ours · 1,681 rows");
});
