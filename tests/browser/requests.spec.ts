// Single requests that results list beside their summary: few are loaded with the file, many when a person asks for them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { corpus, expect, load, openApp, openView, query, table, test, waitIdle } from "./app";

const FIXTURES = "tests/fixtures";

const openDrawer = async (page: Page): Promise<Locator> => {
  await page.keyboard.press("d");
  return page.getByRole("dialog", { name: "Files and messages" });
};

/** vLLM's detailed result with this many requests, each like the first. */
function detailed(requests: number): string {
  const run = JSON.parse(readFileSync(join(FIXTURES, "vllm/made/detailed.json"), "utf8"));
  for (const [key, value] of Object.entries(run)) {
    if (Array.isArray(value)) run[key] = Array(requests).fill(value[0]);
  }
  const [ttft, gaps] = [run.ttfts[0] * 1000, run.itls[0].map((gap: number) => gap * 1000)];
  const all = gaps.reduce((sum: number, gap: number) => sum + gap, 0);
  return JSON.stringify({ ...run, completed: requests, num_prompts: requests, failed: 0, mean_ttft_ms: ttft,
    mean_e2el_ms: ttft + all, mean_tpot_ms: all / gaps.length, total_input_tokens: requests * run.input_lens[0],
    total_output_tokens: requests * run.output_lens[0] });
}

test("a small file's requests come with it: distributions by load, and failures are counted", async ({ page }) => {
  await openApp(page, "v=2");
  await load(page, join(FIXTURES, "vllm/made/detailed.json"), join(FIXTURES, "sglang/made/details.jsonl"));
  const drawer = await openDrawer(page);
  await expect(drawer.locator('.file[data-path="detailed.json"] .facts')).toContainText("8 requests");
  await expect(drawer.locator('.file[data-path="details.jsonl"] .facts')).toContainText("6 requests");
  await expect(drawer.locator(".requests")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await openView(page, "Requests");
  await expect(page.locator(".sentence")).toContainText("12 requests of 2 runs: TTFT, TPOT, ITL, E2E latency");
  await expect(page.locator(".notes")).toContainText("2 requests failed: counted, but excluded from latencies.");
});

test("which requests were slow, and why: two clicks after the drop", async ({ page }) => {
  await openApp(page, "v=2");
  await load(page, corpus("aiperf-0.13.0"));
  await openView(page, "Requests");
  await expect(page.locator(".headline")).toContainText(
    "8 requests, far slower than the rest (TTFT over 79.3 ms): all started in the first 14 ms of the run; all of run concurrency-16 (70% of all are).",
  );
  await page.getByRole("link", { name: "Select them" }).click();
  await waitIdle(page);
  expect(query(page).getAll("o.select")).toEqual(["outliers"]);
  const rows = await table(page);
  expect(rows).toHaveLength(8);
  const slow = rows.map((row) => Number(row["TTFT ms"].exact));
  expect(Math.min(...slow)).toBeGreaterThan(190);
  expect(slow).toEqual([...slow].sort((a, b) => b - a));
});

test("a box drawn on a chart selects the requests in it, and a double click lets them go", async ({ page }) => {
  await openApp(page, "v=2&view=requests&src=demo/requests.zip");
  const plot = page.locator(".plot").first();
  const { x, y, width, height } = (await plot.boundingBox()) as { x: number; y: number; width: number; height: number };
  await page.mouse.move(x + width * 0.02, y + height * 0.05);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.3, y + height * 0.4, { steps: 4 });
  await page.mouse.up();
  await waitIdle(page);
  const [time, ttft] = query(page).getAll("o.select");
  expect([time.split(":")[0], ttft.split(":")[0]]).toEqual(["elapsed", "ttft"]);
  await expect(page.locator(".headline")).toContainText(/^8 requests, Time since start 0–.* s, TTFT .* ms: all .*of run concurrency-16/);
  expect(await table(page)).toHaveLength(8);
  const shared = page.url();
  await plot.dblclick({ position: { x: width / 2, y: height / 2 } });
  await waitIdle(page);
  expect(query(page).getAll("o.select")).toEqual([]);
  await page.goto(shared);
  await waitIdle(page);
  await expect(page.locator(".headline")).toContainText("8 requests, Time since start");
});

test("many requests are offered, and loaded when asked for", async ({ page }) => {
  await openApp(page, "v=2");
  await load(page, { name: "long.json", contents: detailed(50_001) });
  const toast = page.locator(".toasts").getByText("50001 single requests beside the summaries, not loaded.");
  await expect(toast).toBeVisible();
  const drawer = await openDrawer(page);
  const file = drawer.locator('.file[data-path="long.json"]');
  await expect(file.locator(".facts")).not.toContainText("requests");
  await expect(file.locator(".requests")).toContainText("50001 single requests beside the summary.");
  await file.getByRole("button", { name: "Load them" }).click();
  await waitIdle(page);
  await expect(file.locator(".facts")).toContainText("50001 requests");
  await expect(file.locator(".facts")).toContainText("1 measurement at 1 load");
  await expect(file.locator(".requests")).toHaveCount(0);
});

/** A run whose latencies and throughputs are those of another, divided and multiplied. */
function faster_by(factor: number, run: Record<string, unknown>): Record<string, unknown> {
  const change = ([key, value]: [string, unknown]): [string, unknown] => {
    if (typeof value !== "number" || !/_ms$|_throughput$/.test(key)) return [key, value];
    return [key, key.endsWith("_ms") ? value / factor : value * factor];
  };
  return Object.fromEntries(Object.entries(run).map(change));
}

test("what a folder's files lack is said for all of them at once, or for one folder", async ({ page }) => {
  const results = test.info().outputPath("results");
  const plain = readFileSync(join(FIXTURES, "vllm/0.33.0/conc16.json"), "utf8").replace('"gpu": "mock", ', "");
  for (const [folder, faster] of [["old", 1], ["new", 1.2]] as const) {
    mkdirSync(join(results, folder), { recursive: true });
    for (const level of [4, 8]) {
      writeFileSync(join(results, folder, `c${level}.json`), JSON.stringify(faster_by(faster, { ...JSON.parse(plain), max_concurrency: level })));
    }
  }
  await openApp(page, "v=2");
  await load(page, results);
  const drawer = await openDrawer(page);
  await drawer.getByRole("button", { name: "Describe all" }).click();
  const editor = page.getByRole("dialog", { name: "Describe files" });
  await expect(editor.locator("h3").first()).toHaveText("Not stated, and needed for figures per GPU, cost and comparisons");
  const labels = await editor.locator(".field label").allTextContents();
  expect(labels.slice(0, 2)).toEqual(["Accelerator", "Version"]);
  await editor.getByLabel("Accelerator", { exact: true }).fill("H200");
  await editor.getByRole("button", { name: "Apply" }).click();
  await waitIdle(page);
  expect(query(page).get("given.accelerator")).toBe("results/|H200");

  await drawer.getByRole("button", { name: "Describe all" }).click();
  await editor.getByRole("button", { name: "a folder or all files" }).click();
  await page.getByRole("option", { name: "results/old/ (2 files)" }).click();
  await expect(editor.locator(".described")).toContainText("For 2 files: results/old/c4.json and results/old/c8.json.");
  await editor.getByLabel("Version", { exact: true }).fill("vLLM-0.9");
  await editor.getByRole("button", { name: "Apply" }).click();
  await waitIdle(page);
  expect(query(page).get("given.version")).toBe("results/old/|vLLM-0.9");
});
