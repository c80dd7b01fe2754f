// A consolidated CSV of 100,000 rows and 75 MB: progress, cancel, and a main thread that is never busy for long.
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { corpus, dropFiles, expect, load, longTasks, openApp, table, test, waitIdle } from "./app";

const ROWS = 100_000;

/** Written by the native program: INFERSCOPE_BIN, else the one that was built last, else built now. */
function largeFile(): string {
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

test("75 MB: progress shows, cancel keeps what was there, and no task of the main thread takes over 50 ms while it loads", async ({ page }) => {
  test.setTimeout(180_000);
  const large = largeFile();
  await openApp(page);
  await load(page, corpus("guidellm-0.8.1/concurrent-1-16.json"));
  const before = await table(page);

  // Begun and cancelled: the earlier file is still there, the large one says that it was cancelled.
  await dropFiles(page, [large]);
  await page.keyboard.press("d");
  const file = page.getByRole("dialog").locator('.file[data-path="large.csv"]');
  await expect(file.getByRole("progressbar")).toBeVisible();
  await expect(page.locator(".data-chip progress")).toBeVisible();
  await expect.poll(() => file.getByRole("progressbar").evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThan(0);
  await file.getByRole("button", { name: "Cancel" }).click();
  await expect(file).toContainText("Cancelled.");
  await waitIdle(page);
  await page.keyboard.press("Escape");
  await expect(page.locator(".data-chip progress")).toHaveCount(0);
  expect(await table(page)).toEqual(before);

  // Read after all.
  const seen = await watchChip(page, new RegExp(`${ROWS + 5} rows`));
  const start = await page.evaluate(() => performance.now());
  await page.keyboard.press("d");
  await file.getByRole("button", { name: "Read it" }).click();
  await expect(file.getByRole("progressbar")).toBeVisible();
  // The page stays usable while it reads.
  await page.keyboard.press("Escape");
  await page.keyboard.press("y");
  await page.keyboard.type("p95 ttft");
  await page.keyboard.press("Enter");
  await expect(page.locator("#pick-y")).toContainText("P95 TTFT");
  await expect(page.locator(".data-chip progress"), "still reading").toBeVisible();
  const loaded = await seen();
  await waitIdle(page, 60_000);
  const shown = await page.evaluate(() => performance.now());

  const tasks = await longTasks(page, start);
  const [during, after] = [tasks.filter((task) => task.startTime <= loaded), tasks.filter((task) => task.startTime > loaded)];
  const told = (tasks: { duration: number }[]) => (tasks.length ? tasks.map((task) => `${Math.round(task.duration)} ms`).join(", ") : "none");
  const report = {
    rows: ROWS,
    bytes: statSync(large).size,
    "read in (s)": (loaded - start) / 1000,
    "shown after (s)": (shown - loaded) / 1000,
    "tasks over 50 ms while loading": during,
    "tasks over 50 ms after": after,
  };
  for (const [type, description] of [
    ["read in", `${((loaded - start) / 1000).toFixed(1)} s`],
    ["shown after", `${((shown - loaded) / 1000).toFixed(1)} s`],
    ["tasks over 50 ms while loading", told(during)],
    ["tasks over 50 ms after load", told(after)],
  ]) {
    test.info().annotations.push({ type, description });
    console.log(`  large file: ${type}: ${description}`);
  }
  await test.info().attach("large-file.json", { body: JSON.stringify(report, null, 2), contentType: "application/json" });
  expect(during, "tasks over 50 ms while loading").toEqual([]);

  // It can be seen.
  await expect(page.locator(".data-name")).toHaveText(`2 files · ${ROWS + 5} rows`);
  await expect(page.locator(".plot")).toBeVisible();
});
