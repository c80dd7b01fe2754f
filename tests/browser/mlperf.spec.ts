// Published MLPerf results: full on the first visit without any data, beside the demo data, and beside a table of the
// reader's own; the link names the view and no file.
import { readFileSync } from "node:fs";
import { dropFiles, expect, openApp, query, test, waitIdle } from "./app";

const rows = 'section.grid[data-grid="systems"] tbody tr, .grid[data-grid="systems"] tbody tr';

test("the results are there on a first visit by link, with their source", async ({ page }) => {
  await openApp(page, "v=2&view=mlperf");
  await expect(page.locator(rows)).toHaveCount(36);
  await expect(page.locator(".sentence")).toContainText("llama2-70b-99.9");
  await expect(page.locator("main")).toContainText("MLCommons");
  await expect(page.locator("strong.demo")).toHaveCount(0);
  expect(query(page).getAll("src")).toEqual([]);
});

test("beside the demo data the tab brings them, and the demo data stay", async ({ page }) => {
  await openApp(page);
  const before = query(page).getAll("src");
  await openApp(page, `${query(page).toString()}&view=mlperf`);
  await expect(page.locator(rows)).toHaveCount(36);
  expect(query(page).getAll("src")).toEqual(before);
  await expect(page.locator(".data-chip")).toContainText("3 files");
  await page.goto("/");
  await waitIdle(page);
  await expect(page.locator(".data-chip"), "Explore alone does not ask for them").not.toContainText("3 files");
});

test("a published table of the reader's own adds to them, and what both have is shown once", async ({ page }) => {
  await openApp(page, "v=2&view=mlperf&f.round=6.0&f.model=llama2-70b-99.9");
  const shipped = readFileSync("public/figures/mlperf.csv", "utf8").split("\n");
  const own = shipped.filter((line, at) => at === 0 || line.startsWith("6.0,v6.0-0001,") || line.startsWith("6.0,v6.0-0002,"));
  const contents = own.map((line) => line.replace("6.0,v6.0-0002,AMD,", "6.0,v6.0-9002,Somebody,")).join("\n") + "\n";
  await dropFiles(page, [{ name: "mine.csv", contents }]);
  await waitIdle(page);
  await expect(page.locator(rows)).toHaveCount(37);
  await expect(page.locator(rows, { hasText: "Somebody" })).toHaveCount(1);
});

test("searching, another round and a result a row stand in the link", async ({ page }) => {
  await openApp(page, "v=2&view=mlperf&o.find=nvl72");
  const found = await page.locator(rows).count();
  expect(found).toBeGreaterThan(0);
  expect(found).toBeLessThan(36);
  await openApp(page, "v=2&view=mlperf&f.round=5.1&f.model=whisper&o.form=results");
  const results = page.locator('.grid[data-grid="results"] tbody tr');
  await expect(results.first()).toContainText("Printed as Samples/s");
  await expect(results).toHaveCount(34);
});

test("what is filtered among published results does not empty the views of one's own", async ({ page }) => {
  await openApp(page);
  const sentence = await page.locator(".sentence").textContent();
  await page.goto(`/?${query(page).toString()}&view=mlperf&f.round=5.1&f.model=whisper`);
  await waitIdle(page);
  await page.keyboard.press("k");
  await page.keyboard.type("Explore");
  await page.keyboard.press("Enter");
  await waitIdle(page);
  await expect(page.locator(".empty")).toHaveCount(0);
  await expect(page.locator(".sentence")).toHaveText(sentence as string);
});
