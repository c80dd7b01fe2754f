// A consolidated CSV of 100,000 rows and 75 MB: progress, cancel, and a main thread that is never busy for long.
import { execFileSync } from "node:child_process";
import { appendFileSync, closeSync, copyFileSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { type LongTask, corpus, dropFiles, expect, load, longTasks, openApp, table, test, waitIdle } from "./app";

const ROWS = 100_000;

/** Written once by the native program: INFERSCOPE_BIN, else the one that was built last, else built now. */
let written: string | undefined;
function largeFile(): string {
  written ??= write();
  return written;
}
function write(): string {
  const target = process.env.CARGO_TARGET_DIR ?? "target";
  const built = [process.env.INFERSCOPE_BIN, join(target, "release/inferscope"), join(target, "debug/inferscope")].find((path) => path && existsSync(path));
  const [command, ...first] = built ? [built] : ["cargo", "run", "--quiet", "--bin", "inferscope", "--"];
  const path = test.info().outputPath("large.csv");
  const out = openSync(path, "w");
  execFileSync(command, [...first, "demo", "--rows", String(ROWS)], { stdio: ["ignore", out, "inherit"] });
  closeSync(out);
  expect(statSync(path).size, "about 75 MB").toBeGreaterThan(70e6);
  return path;
}

/** The same rows several times over: so large that there is time to look at it being read. */
function hugeFile(large: string): string {
  const path = test.info().outputPath("huge.csv");
  copyFileSync(large, path);
  const bytes = readFileSync(large);
  const body = bytes.subarray(bytes.indexOf("\n") + 1);
  for (let i = 1; i < 5; i++) appendFileSync(path, body);
  return path;
}

/** Records, by the page's own clock, when the data chip first says what `pattern` says. */
async function watchChip(page: Page, pattern: RegExp): Promise<() => Promise<number>> {
  await page.evaluate((source) => {
    const chip = document.querySelector(".data-chip") as HTMLElement;
    const pattern = new RegExp(source);
    (window as unknown as { seen: Promise<number> }).seen = new Promise((done) => {
      const observer = new MutationObserver(() => {
        if (!pattern.test(chip.textContent ?? "")) return;
        observer.disconnect();
        done(performance.now());
      });
      observer.observe(chip, { subtree: true, childList: true, characterData: true });
    });
  }, pattern.source);
  return () => page.evaluate(() => (window as unknown as { seen: Promise<number> }).seen);
}

test("a file of 390 MB: progress shows, the page stays usable, cancel keeps what was there", async ({ page }) => {
  test.setTimeout(180_000);
  const huge = hugeFile(largeFile());
  await openApp(page);
  await load(page, corpus("guidellm-0.8.1/concurrent-1-16.json"));
  const before = await table(page);
  await dropFiles(page, [huge]);
  await expect(page.locator(".data-chip progress")).toBeVisible();

  // The page stays usable while it reads.
  await page.keyboard.press("y");
  await page.keyboard.type("p95 ttft");
  await page.keyboard.press("Enter");
  await expect(page.locator("#pick-y")).toContainText("P95 TTFT");
  await expect(page.locator(".data-chip progress"), "still reading").toBeVisible();

  // Cancelled: the earlier file is still there, the huge one says that it was cancelled.
  await page.keyboard.press("d");
  const file = page.getByRole("dialog").locator('.file[data-path="huge.csv"]');
  await file.getByRole("button", { name: "Cancel" }).click();
  await expect(file).toContainText("Cancelled.");
  await waitIdle(page);
  await page.keyboard.press("Escape");
  await expect(page.locator(".data-chip progress")).toHaveCount(0);
  await page.goBack();
  await waitIdle(page);
  expect(await table(page)).toEqual(before);
});

test("75 MB: read off the main thread, whose long tasks are reported", async ({ page }) => {
  test.setTimeout(180_000);
  const large = largeFile();
  await openApp(page);
  await load(page, corpus("guidellm-0.8.1/concurrent-1-16.json"));
  const seen = await watchChip(page, new RegExp(`${(ROWS + 5).toLocaleString("en-US")} rows`));
  const start = await page.evaluate(() => performance.now());
  await dropFiles(page, [large]);
  const loaded = await seen();
  await waitIdle(page, 60_000);
  const shown = await page.evaluate(() => performance.now());

  const tasks = await longTasks(page, start);
  const [during, after] = [tasks.filter((task) => task.startTime <= loaded), tasks.filter((task) => task.startTime > loaded)];
  const at = (time: number) => `${((time - start) / 1000).toFixed(1)} s`;
  const told = (tasks: LongTask[]) => tasks.map((task) => `${Math.round(task.duration)} ms at ${at(task.startTime)}`).join(", ") || "none";
  for (const [type, description] of [
    ["read in", at(loaded)],
    ["shown after", `${((shown - loaded) / 1000).toFixed(1)} s`],
    ["tasks over 50 ms while loading", told(during)],
    ["tasks over 50 ms after load", told(after)],
  ]) {
    test.info().annotations.push({ type, description });
    console.log(`  large file: ${type}: ${description}`);
  }
  // The budget is 50 ms and is reported above; what must not happen on any machine, however busy, is that reading
  // itself takes place on this thread: then one task would last nearly as long as the load.
  const longest = Math.max(0, ...during.map((task) => task.duration));
  expect(longest / (loaded - start), "the longest task as a share of the load").toBeLessThan(0.3);

  // It can be seen.
  await expect(page.locator(".data-name")).toHaveText(`2 files · ${(ROWS + 5).toLocaleString("en-US")} rows`);
  await expect(page.locator(".plot")).toBeVisible();
});

test("a long join says how far it is; ended, the new file is gone, and Undo brings it back", async ({ page }) => {
  test.setTimeout(180_000);
  const first = largeFile();
  const second = test.info().outputPath("again.csv");
  // The same configurations and levels under another run's name: every row meets another.
  const [head, ...rows] = readFileSync(first, "utf8").split("\n");
  writeFileSync(second, [head, ...rows.map((row) => row && `again-${row}`)].join("\n"));
  await openApp(page);
  await load(page, first);
  const chip = page.locator(".data-chip .data-name");
  const before = await chip.textContent();

  await dropFiles(page, [second]);
  const joining = page.locator(".notice", { hasText: "Joining the files" });
  await expect(joining.locator("progress")).toHaveAttribute("aria-label", "Joining the files", { timeout: 90_000 });
  await joining.getByRole("button", { name: "Remove the new files" }).click();
  await waitIdle(page);
  await expect(chip).toHaveText(before as string);
  await expect(joining).toHaveCount(0);
  await page.locator(".toasts").getByRole("button", { name: "Undo" }).click();
  await waitIdle(page, 90_000);
  await expect(chip).toHaveText("2 files · 200,000 rows");
});
