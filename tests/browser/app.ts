// What every browser test starts from: `import { expect, test } from "./app"` in place of @playwright/test.
// Every test fails by itself when a request leaves the page's origin, when the page throws or
// panics, or when the CSP refuses something; none of that needs an assertion in the test.
import { existsSync, mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type BrowserContext, type Locator, type Page, test as base, expect } from "@playwright/test";

export { expect };

/** What happened that should not have. A test that provokes one on purpose takes it out of the list. */
export type Watch = {
  /** Requests to any other origin, as `METHOD url`. */
  outside: string[];
  /** Uncaught errors, panics and CSP violations, of the page and its workers. */
  problems: string[];
};

type Fixtures = {
  watch: Watch;
  /** A page in a context of its own (nothing stored, nothing cached), watched like the first. */
  freshPage: () => Promise<Page>;
};

export const test = base.extend<Fixtures>({
  // biome-ignore lint: Playwright reads the fixture's needs off this pattern.
  baseURL: async ({}, use) => use(process.env.INFERSCOPE_URL),

  watch: [
    async ({ context, baseURL }, use) => {
      const watch: Watch = { outside: [], problems: [] };
      await observe(context, watch, baseURL as string);
      await use(watch);
      expect(watch, "requests that left the origin, and problems of the page").toEqual({ outside: [], problems: [] });
    },
    { auto: true },
  ],

  freshPage: async ({ browser, watch, baseURL, contextOptions }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ ...contextOptions, baseURL });
      contexts.push(context);
      await observe(context, watch, baseURL as string);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
});

async function observe(context: BrowserContext, watch: Watch, origin: string): Promise<void> {
  context.on("request", (request) => {
    const url = new URL(request.url());
    const here = url.origin === new URL(origin).origin || url.protocol === "data:" || url.protocol === "blob:";
    if (!here) watch.outside.push(`${request.method()} ${url.href}`);
  });
  context.on("weberror", (error) => watch.problems.push(`uncaught: ${error.error().message}`));
  context.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|panicked at/.test(message.text())) {
      watch.problems.push(message.text());
    }
  });
  await context.addInitScript(recordLongTasks);
}

/** Runs in the page, before anything of the page's own. */
function recordLongTasks(): void {
  const tasks: LongTask[] = [];
  (window as unknown as { longTasks: LongTask[] }).longTasks = tasks;
  const record = (list: PerformanceEntry[]) => tasks.push(...list.map(({ startTime, duration }) => ({ startTime, duration })));
  const observer = new PerformanceObserver((list) => record(list.getEntries()));
  observer.observe({ type: "longtask", buffered: true });
  (window as unknown as { flushLongTasks: () => void }).flushLongTasks = () => record(observer.takeRecords());
}

export type LongTask = { startTime: number; duration: number };

/** The main thread's tasks over 50 ms since the page was opened, or since `since` (a `performance.now()` of the page). */
export async function longTasks(page: Page, since = 0): Promise<LongTask[]> {
  return page.evaluate((since) => {
    const recorder = window as unknown as { longTasks: LongTask[]; flushLongTasks: () => void };
    recorder.flushLongTasks();
    return recorder.longTasks.filter((task) => task.startTime >= since);
  }, since);
}

/** Waits until the page shows a view or the empty state and nothing is under way. */
export async function waitIdle(page: Page, timeout?: number): Promise<void> {
  const idle = page.locator('html[data-ready="true"]:not([data-busy]), html[data-ready="true"][data-busy="0"]');
  await expect(idle, "the page is ready and idle").toBeAttached({ timeout });
}

/** Opens the app (`query` without "?"; `path` for the copy under a sub-path) and waits until it is ready. */
export async function openApp(page: Page, query = "", path = "/"): Promise<void> {
  await page.goto(path + (query && `?${query}`));
  await waitIdle(page);
}

/** A tab, or a mode of the current one. */
export const tab = (page: Page, name: string): Locator => page.getByRole("tab", { name, exact: true });

/** Opens a view as a person does: its tab, then its mode where the tab has several. */
export async function openView(page: Page, name: string, mode?: string): Promise<void> {
  for (const step of mode ? [name, mode] : [name]) {
    await tab(page, step).click();
    await waitIdle(page);
    await expect(tab(page, step)).toHaveAttribute("aria-selected", "true");
  }
}

/** A file for `dropFiles`: a path (of a file or a folder), or a name with contents. */
export type Dropped = string | { name: string; contents: string | Buffer };

/**
 * Drops files onto the page as a person does: the browser itself makes the drag, so the page gets trusted
 * events, real files read from disk (of any size) and folders as entries. Returns once the page has heard the drop;
 * `waitIdle` waits until it has read the files.
 */
export async function dropFiles(page: Page, files: Dropped[]): Promise<void> {
  const paths = files.map((file) => (typeof file === "string" ? resolve(file) : written(file)));
  for (const path of paths) statSync(path);
  const { width, height } = page.viewportSize() as { width: number; height: number };
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  await page.evaluate(() => {
    const heard = new Promise<void>((done) => addEventListener("drop", () => setTimeout(done), { once: true }));
    (window as unknown as { heard: Promise<void> }).heard = heard;
  });
  const cdp = await page.context().newCDPSession(page);
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await cdp.send("Input.dispatchDragEvent", { type, x: width / 2, y: height / 2, data });
  }
  await cdp.detach();
  await page.evaluate(() => (window as unknown as { heard: Promise<void> }).heard);
}

/** Drops files and waits until they are read and shown. */
export async function load(page: Page, ...files: Dropped[]): Promise<void> {
  await dropFiles(page, files);
  await waitIdle(page);
}

/** Each in a folder of its own, so that two may have one name. */
function written({ name, contents }: { name: string; contents: string | Buffer }): string {
  if (basename(name) !== name) throw new Error(`a dropped file's name has no folders: ${name}`);
  const dir = test.info().outputPath("dropped", String(drops++));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, name), contents);
  return join(dir, name);
}
let drops = 0;

/** The consolidated CSV that the page opens on. */
export const DEMO = "public/demo/consolidated.csv";

/**
 * A file of the corpus of authentic results: INFERSCOPE_CORPUS, else the neighbour of the repository. A clone without
 * that neighbour has the reduced copy among the fixtures, with the same figures; what has none is not run, by name.
 */
export function corpus(path: string): string {
  const named = process.env.INFERSCOPE_CORPUS;
  const full = join(named ?? "../shared/data", "authentic", path);
  if (existsSync(full)) return realpathSync(full);
  if (named) throw new Error(`${full} is missing: INFERSCOPE_CORPUS must name the folder that holds authentic/${path}`);
  const reduced = join("tests/fixtures", path.replace("guidellm-", "guidellm/"));
  test.skip(!existsSync(reduced), `NOT RUN: no ${full} (set INFERSCOPE_CORPUS) and no ${reduced}`);
  return reduced;
}

/** A file of the corpus that may not enter the repository; without the corpus the test is not run, by name. */
export function shared(path: string): string {
  const full = join(process.env.INFERSCOPE_CORPUS ?? "../shared/data", path);
  test.skip(!existsSync(full), `NOT RUN: no ${full} (set INFERSCOPE_CORPUS)`);
  // Chromium reads dropped files through a link several times as slowly.
  return realpathSync(full);
}

// ---- what is on the screen ----

export const facet = (page: Page, key: string): Locator => page.locator(`.facet[data-facet="${key}"]`);
export const box = (page: Page, key: string, value: string): Locator => facet(page, key).locator(`input[data-value="${value}"]`);
export const query = (page: Page): URLSearchParams => {
  const { search, hash } = new URL(page.url());
  return new URLSearchParams([search.slice(1), hash.slice(1)].filter(Boolean).join("&"));
};

/** A facet's value: its name, its count, whether it is chosen. */
export type FacetValue = [value: string, count: number, chosen: boolean];

/** The values of every facet, or of one, as listed: a folded one lists none. */
async function allFacets(page: Page, selector = ".facet"): Promise<Record<string, FacetValue[]>> {
  return page.locator(selector).evaluateAll((facets) => {
    const value = (line: Element): [string, number, boolean] => [
      line.querySelector(".facet-value")?.textContent ?? "",
      Number(line.querySelector(".facet-count")?.textContent),
      (line.querySelector("input") as HTMLInputElement).checked,
    ];
    return Object.fromEntries(facets.map((facet) => [facet.getAttribute("data-facet"), [...facet.querySelectorAll(".facet-line")].map(value)]));
  });
}

/** A facet's values, as listed; opens it where it is folded away. A browser says some time later that it is open. */
export async function facetValues(page: Page, key: string): Promise<FacetValue[]> {
  for (const details of [page.locator(".rail-more").filter({ has: facet(page, key) }), facet(page, key)]) {
    for (const folded of await details.and(page.locator(":not([open])")).all()) await folded.locator("summary").first().click();
  }
  await expect(facet(page, key).locator(".facet-line").first(), `${key} lists its values`).toBeAttached();
  return (await allFacets(page, `.facet[data-facet="${key}"]`))[key];
}

/** The legend's entries that are drawn: label and mark, which is colour and shape. */
export async function legend(page: Page): Promise<Record<string, string>> {
  return page.locator('.legend-entry[aria-pressed="true"]').evaluateAll((entries) =>
    Object.fromEntries(
      entries.map((entry) => {
        const mark = entry.querySelector(".mark");
        return [entry.textContent?.trim(), `${mark?.getAttribute("class")} ${mark?.lastElementChild?.getAttribute("d")}`];
      }),
    ),
  );
}

/** Cells as shown (`text`) and with every digit (`exact`), by the column's heading with its unit. */
export type Row = Record<string, { text: string; exact: string }>;

/** The table twin's rows in sight; opens it. */
export async function table(page: Page): Promise<Row[]> {
  const toggle = page.locator("#toggle-table");
  if ((await toggle.getAttribute("aria-expanded")) !== "true") await toggle.click();
  await waitIdle(page);
  return page.locator(".twin table").evaluate((table) => {
    const words = (cell: Element) => (cell.textContent ?? "").replace(/[▾▴]/g, "").replace(/\s+/g, " ").trim();
    const headings = [...table.querySelectorAll("thead th")].map(words);
    return [...table.querySelectorAll("tbody tr:not(.spacer)")].map((row) =>
      Object.fromEntries([...row.children].map((cell, i) => [headings[i], { text: words(cell), exact: cell.getAttribute("title") ?? "" }])),
    );
  });
}

/** Everything that a link must bring back. */
export async function screen(page: Page) {
  await waitIdle(page);
  const texts = (selector: string) => page.locator(selector).allTextContents();
  return {
    query: new URL(page.url()).search + new URL(page.url()).hash,
    sentence: await texts(".sentence"),
    notes: await texts(".notes li"),
    chips: await texts(".chip"),
    axes: await texts(".axis-title"),
    panels: await texts(".panel-title"),
    plots: await page.locator(".plot").evaluateAll((plots) => plots.map((plot) => plot.getAttribute("aria-label"))),
    facets: await allFacets(page),
    legend: await legend(page),
    table: await table(page),
  };
}

/** The card beside the point that the keyboard or the pointer is on. */
export async function hoverCard(page: Page): Promise<{ title: string; facts: Record<string, string>; origin: string }> {
  await waitIdle(page);
  return page.locator(".hover-card").evaluate((card) => ({
    title: card.querySelector(".card-title")?.textContent ?? "",
    facts: Object.fromEntries([...card.querySelectorAll("dt")].map((dt) => [dt.textContent ?? "", dt.nextElementSibling?.textContent ?? ""])),
    origin: card.querySelector(".origin")?.textContent ?? "",
  }));
}
