// Latency over load and request by request; the planner on the profiler's curves; Dynamo's benchmarks with GPUs entered by
// hand and their summary taken away.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, load, openApp, openView, query, shared, test, waitIdle } from "./app";

const SRC = "v=2&src=demo/consolidated.csv";
const CURVES = ["prefill", "decode"].map((role) => `dynamo/profiler_comparison/aic_all/${role}_raw_data.json`);

/** A grid's cells by heading. */
async function grid(page: Page, key: string): Promise<Record<string, string>[]> {
  await waitIdle(page);
  return page.locator(`.grid[data-grid="${key}"] table`).evaluate((table) => {
    const words = (cell: Element) => (cell.textContent ?? "").replace(/[▾▴]/g, "").replace(/\s+/g, " ").trim();
    const headings = [...table.querySelectorAll("thead th")].map(words);
    return [...table.querySelectorAll("tbody tr")].map((row) => Object.fromEntries([...row.children].map((cell, i) => [headings[i], words(cell)])));
  });
}

test("latencies stand side by side over load, on the statistic that is asked for", async ({ page }) => {
  await openApp(page, `${SRC}&view=explore/latency&stat=p95&slo.ttft.p95=4000`);
  await expect(page.locator(".sentence")).toContainText("P95 of TTFT, TPOT, ITL, E2E latency against concurrency");
  await expect(page.locator(".panel")).toHaveCount(4);
  const ends = await grid(page, "range");
  expect(ends.length).toBeGreaterThan(3);
  expect(Object.keys(ends[0]).some((heading) => heading.startsWith("P95 TTFT, lowest"))).toBe(true);
});

test("the load is in the terms that are chosen, where there are two", async ({ page }) => {
  await openApp(page, "v=2&f=none");
  await load(page, "tests/fixtures/guidellm/0.8.1/concurrent-1-16.json", "tests/fixtures/guidellm/0.8.1/sweep-5.csv");
  await openView(page, "Explore", "Latency");
  await page.locator("#control-load").click();
  await page.getByRole("option", { name: /fixed request rate/ }).click();
  await waitIdle(page);
  expect(query(page).get("o.load")).toBe("rate");
  await expect(page.locator(".sentence")).toContainText("against request rate");
  await page.locator("#control-load").click();
  await page.getByRole("option", { name: /fixed concurrency/ }).click();
  await expect(page.locator(".sentence")).toContainText("against concurrency");
});

test("a plan follows its targets and keeps them in the link", async ({ page }) => {
  await openApp(page, "v=2");
  await load(page, ...CURVES.map(shared));
  await openView(page, "Capacity & cost", "SLA planner");
  const taken = async () => (await grid(page, "decode")).filter((row) => /chosen/.test(row.Verdict));
  const before = await taken();
  expect(before).toHaveLength(1);
  await page.getByRole("spinbutton", { name: "ITL target" }).fill("20");
  await page.keyboard.press("Tab");
  await waitIdle(page);
  expect(query(page).get("o.itl")).toBe("20");
  const after = await taken();
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
});

test("benchmarks by folder: unknown GPUs are entered, the summary is taken away", async ({ page }) => {
  const summary = (concurrency: number) =>
    JSON.stringify({
      request_throughput: { unit: "requests/sec", avg: concurrency / 2 },
      output_token_throughput: { unit: "tokens/sec", avg: concurrency * 100 },
      time_to_first_token: { unit: "ms", avg: 100, p50: 90 },
      inter_token_latency: { unit: "ms", avg: 10, p50: 9 },
      input_config: { endpoint: { model_names: ["org/m"], type: "chat" }, loadgen: { concurrency } },
    });
  await openApp(page, "v=2");
  await load(page, { name: "profile_export_aiperf.json", contents: summary(1) }, { name: "profile_export_aiperf.json", contents: summary(8) });
  await openView(page, "Explore", "Dynamo");
  await expect(page.locator(".notes")).toContainText("unknown");
  expect((await grid(page, "levels")).length).toBe(2);

  await page.locator("#table-menu").click();
  const download = page.waitForEvent("download");
  await page.getByRole("option", { name: "Save SUMMARY.txt" }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe("SUMMARY.txt");
  expect(readFileSync(await saved.path(), "utf8")).toContain("2 concurrency levels (1-8)");
});
