// What every browser test starts from: `import { expect, test } from "./app"` in place of @playwright/test.
// Every test fails by itself when a request leaves the page's origin, when the page throws or
// panics, or when the CSP refuses something; none of that needs an assertion in the test.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type BrowserContext, type Page, test as base, expect } from "@playwright/test";

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

/** A file for `dropFiles`: a path (of a file or a folder), or a name with contents. */
export type Dropped = string | { name: string; contents: string | Buffer };

/**
 * Drops files onto the page as a person does: the browser itself makes the drag, so the page gets trusted
 * events, real files read from disk (of any size) and folders as entries. Does not wait: see `waitIdle`.
 */
export async function dropFiles(page: Page, files: Dropped[]): Promise<void> {
  const paths = files.map((file) => (typeof file === "string" ? resolve(file) : written(file)));
  for (const path of paths) statSync(path);
  const { width, height } = page.viewportSize() as { width: number; height: number };
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  const cdp = await page.context().newCDPSession(page);
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await cdp.send("Input.dispatchDragEvent", { type, x: width / 2, y: height / 2, data });
  }
  await cdp.detach();
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
