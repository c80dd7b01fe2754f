// What goes wrong beside the files: site data are blocked, the engine dies, its tables are refused, two exports at once.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { dropFiles, expect, load, openApp, test, waitIdle } from "./app";

const GUIDELLM = "public/demo/guidellm.json";

/** Keeps the page's workers within reach; the first is the engine. */
const keepWorkers = (page: Page) =>
  page.addInitScript(() => {
    const kept: Worker[] = [];
    (window as unknown as { workers: Worker[] }).workers = kept;
    window.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        kept.push(this);
      }
    };
  });

/** The engine dies with these words. */
const killEngine = (page: Page) =>
  page.evaluate(() => {
    const [engine] = (window as unknown as { workers: Worker[] }).workers;
    engine.terminate();
    engine.dispatchEvent(new ErrorEvent("error", { message: "out of memory" }));
  });

for (const [what, blocked] of [
  ["asking for storage throws", "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } });"],
  ["there is no storage", "Object.defineProperty(window, 'localStorage', { value: null });"],
  ["reading and writing throw", "for (const name of ['getItem', 'setItem']) Storage.prototype[name] = () => { throw new DOMException('denied'); };"],
] as const) {
  test(`${what}: the page starts, and keeps what it can for this visit`, async ({ page }) => {
    await page.addInitScript(blocked);
    await openApp(page);
    await expect(page.locator(".plot")).toBeVisible();
    await page.keyboard.press("m");
    await expect.poll(() => page.locator("html").evaluate((root) => root.style.colorScheme)).toBe("light");
    await page.keyboard.press("t");
    await expect(page.locator(".twin table")).toBeVisible();
    await load(page, GUIDELLM);
    await expect(page.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
  });
}

test("a revived engine has the deployment's settings, the files and what was said of them", async ({ page }) => {
  const config = JSON.parse(readFileSync("public/config.json", "utf8"));
  config.prices = [{ accelerator: "H200", provider: "Own", instance: "rack", gpus: 8, usd_per_hour: 16 }];
  await page.route("**/config.json", (route) => route.fulfill({ json: config }));
  await keepWorkers(page);
  await openApp(page, "v=2&view=capacity&src=demo/guidellm.json&given.accelerator=demo/guidellm.json%7CH200&f=none");
  const seen = async () => ({
    cards: await page.locator(".cards").allTextContents(),
    grids: await page.locator(".grid").allTextContents(),
  });
  const before = await seen();
  expect(JSON.stringify(before)).toContain("rack");
  await killEngine(page);
  await expect(page.locator(".toasts")).toContainText("out of memory");
  await waitIdle(page);
  expect(await seen()).toEqual(before);
  await expect(page.locator(".data-name")).toContainText("5 rows");
});

test("an engine that dies with questions unanswered leaves the page idle, not waiting for ever", async ({ page }) => {
  await keepWorkers(page);
  await openApp(page, "v=2&src=demo/guidellm.json");
  await page.evaluate(() => {
    const [engine] = (window as unknown as { workers: Worker[] }).workers;
    engine.postMessage = () => {};
  });
  await page.keyboard.press("t");
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator("html")).not.toHaveAttribute("data-busy", "0");
  await killEngine(page);
  await waitIdle(page);
  await expect(page.locator(".plot")).toBeVisible();
});

test("tables that the engine cannot take are a finding of their file", async ({ page }) => {
  await page.addInitScript(() => {
    const post = Worker.prototype.postMessage as (this: Worker, message: unknown, transfer: Transferable[]) => void;
    Worker.prototype.postMessage = function (this: Worker, message: unknown[], transfer: Transferable[]) {
      if (typeof message[0] === "string" && message[0].startsWith('{"Add"') && message[1] instanceof ArrayBuffer) {
        return post.call(this, [message[0], message[1].slice(0, message[1].byteLength / 2)], []);
      }
      return post.call(this, message, transfer);
    } as typeof Worker.prototype.postMessage;
  });
  await openApp(page, "v=2&local=1");
  await load(page, GUIDELLM);
  await expect(page.locator(".toasts")).toContainText("guidellm.json: It was read, but its records could not be added");
  await page.keyboard.press("d");
  const file = page.getByRole("dialog").locator('.file[data-path="guidellm.json"]');
  await expect(file.locator(".finding.error")).toContainText("could not be added");
  await expect(file.locator(".finding.error .hint")).toContainText("open this file again");
  await expect(page.locator(".data-name"), "what is not there is not counted").toHaveText("guidellm.json · 0 rows");
});

const damaged = (name: string) => ({ name, contents: readFileSync(`tests/hostile/${name}`) });
const withoutWorkers = "window.Worker = class { constructor() { throw new Error('no workers here'); } }";

for (const [where, setting] of [
  ["in a worker", ""],
  ["on the page's thread", withoutWorkers],
] as const) {
  test(`files that make a decoder panic cost themselves, ${where}: archives go on, later files are read`, async ({ page }) => {
    if (setting) await page.addInitScript(setting);
    await openApp(page, "v=2&local=1");
    await dropFiles(page, [damaged("one_bad_parquet.zip"), damaged("parquet_bitchunk.parquet"), damaged("arrow_unaligned.arrow"), GUIDELLM]);
    await waitIdle(page);
    await expect(page.locator(".data-name")).toContainText("10 rows");
    await page.keyboard.press("d");
    const dialog = page.getByRole("dialog");
    const zip = dialog.locator('.file[data-path="one_bad_parquet.zip"]');
    await expect(zip).toContainText("6 files inside, 5 recognised");
    await zip.getByText("List them").click();
    await expect(zip.locator('[data-path$="z.parquet"] .finding.error')).toContainText(/The decoder of Parquet failed on this file \(.+, \w+\.rs:\d+\); nothing of it is read\./);
    for (const [name, what] of [["parquet_bitchunk.parquet", "Parquet"], ["arrow_unaligned.arrow", "Arrow"]]) {
      await expect(dialog.locator(`.file[data-path="${name}"] .finding.error`)).toContainText(`The decoder of ${what} failed on this file (`);
    }
  });
}

test("two exports at once: each ends where it was asked for", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openApp(page, "v=2&view=capacity&src=demo/consolidated.csv");
  const saved = page.waitForEvent("download");
  const head = page.locator(".grid").first().locator(".grid-head");
  await head.getByRole("button", { name: /^save/ }).click();
  await expect(head.getByRole("option", { name: "CSV", exact: true })).toBeVisible();
  await head.evaluate((head) => {
    (head.querySelector("button") as HTMLElement).click();
    (head.querySelector('[role="option"]') as HTMLElement).click();
  });
  expect((await saved).suggestedFilename()).toMatch(/^inferscope-capacity-.*\.csv$/);
  await expect(page.locator(".toasts")).toContainText("copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("\t");
});

test("the buttons remember what the keys remember", async ({ page }) => {
  await openApp(page, "v=2&src=demo/guidellm.json");
  const rail = page.getByRole("navigation", { name: "Filters" });
  await expect(rail).toBeVisible();
  // The button is there in narrow windows, which remember nothing about the rail.
  await page.locator(".top-button.narrow").evaluate((button) => (button as HTMLElement).click());
  await expect(rail).toHaveCount(0);
  await page.reload();
  await waitIdle(page);
  await expect(rail).toHaveCount(0);
  await page.keyboard.press("f");
  await expect(rail).toBeVisible();
});
