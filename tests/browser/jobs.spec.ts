// What people come for, as they do it: few clicks from the files to the answer. The other jobs are in specs of their own:
// two versions and a plan (verdict), slow requests (requests), junk (hostile, load), links and Back (link, opening),
// the keyboard (keyboard), a phone (a11y), a first visit (visit).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, load, openApp, openView, query, tab, test, waitIdle } from "./app";

const words = async (page: Page, selector: string) => ((await page.locator(selector).first().textContent()) ?? "").replace(/\s+/g, " ").trim();

/** A folder of vLLM results that do not say how many GPUs served them. */
function sweep(): string {
  const plain = JSON.parse(readFileSync("tests/fixtures/vllm/0.33.0/conc16.json", "utf8"));
  const folder = test.info().outputPath("sweep");
  mkdirSync(folder, { recursive: true });
  for (const level of [1, 4, 16]) {
    const { gpu, tensor_parallel_size, ...run } = plain;
    const faster = { ...run, max_concurrency: level, output_throughput: 100 * level, mean_tpot_ms: 10 + level };
    writeFileSync(join(folder, `c${level}.json`), JSON.stringify(faster));
  }
  return folder;
}

test("job 2: a folder of results, throughput per GPU against speed; the missing GPU count is asked for in place", async ({ page }) => {
  await openApp(page, "v=2");
  await load(page, sweep());
  await openView(page, "Pareto");
  const gpus = page.getByLabel("GPUs?");
  await expect(gpus).toBeVisible();
  // What cannot be is refused, and the field stays.
  await gpus.fill("-1");
  await gpus.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "a whole number from 1 on" })).toBeVisible();
  expect(query(page).get("given.gpus")).toBeNull();
  await gpus.fill("4");
  await gpus.press("Enter");
  await waitIdle(page);
  expect(query(page).getAll("given.gpus")).toEqual(["sweep/c1.json|4", "sweep/c16.json|4", "sweep/c4.json|4"]);
  await expect(gpus).toHaveCount(0);
  await expect(page.getByText("4 (given by you)")).toBeVisible();
  await expect(page.locator(".panel-head .axis-title").first()).toContainText("per GPU");
  // 1600 tok/s of four GPUs.
  await expect(page.locator('.grid[data-grid="frontier"], .grid').first()).toContainText("400");
});

test("job 3: did the newest release regress, where, why: three clicks", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openApp(page, "v=2&src=demo/consolidated.csv");
  await tab(page, "Compare").click();
  await tab(page, "Release check").click();
  await waitIdle(page);
  expect(await words(page, ".headline")).toMatch(/^\d+ of 21 configurations regressed from RHAIIS-3.5-EA1 to RHAIIS-3.5-EA2, in \d+ of 105 figures\. Worst: /);
  const worst = page.locator('.grid[data-grid="regressions"] tbody tr').first();
  await expect(worst).toContainText("MI300X");
  await expect(worst).toContainText("attention-backend: ROCM_AITER_FA → TRITON_ATTN");
  await worst.getByRole("link").first().click();
  await waitIdle(page);
  expect(query(page).get("view")).toBe("compare");
  await expect(page.locator(".headline")).toContainText(/^RHAIIS-3.5-EA2 has 2\d% higher P50 E2E latency than RHAIIS-3.5-EA1/);
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: "Copy for chat (Markdown)" }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain("RHAIIS-3.5-EA1");
});

test("job 5: of a disaggregated run, prefill or decode: two clicks, and the run stays the same in every mode", async ({ page }) => {
  await openApp(page, "v=2&src=demo/runs.zip");
  await tab(page, "Runs").click();
  await waitIdle(page);
  await page.locator('.grid[data-grid="runs"] tbody tr', { hasText: "770001" }).first().getByRole("link", { name: "balance" }).click();
  await waitIdle(page);
  await expect(tab(page, "Prefill/decode balance")).toHaveAttribute("aria-selected", "true");
  await expect(page.locator('.grid[data-grid="rates"] tbody tr').first()).toContainText("concurrency");
  const runs = query(page).getAll("o.runs");
  expect(runs).toHaveLength(1);
  await tab(page, "Configuration").click();
  await waitIdle(page);
  await expect(page.locator(".sentence")).toContainText("770001");
  await tab(page, "Timeline").click();
  await waitIdle(page);
  expect(query(page).getAll("o.runs")).toEqual(runs);
});

test("job 6: MLPerf per accelerator over rounds: two clicks", async ({ page }) => {
  await openApp(page, "v=2&src=demo/consolidated.csv");
  await tab(page, "MLPerf").click();
  await waitIdle(page);
  await tab(page, "Rounds").click();
  await waitIdle(page);
  await expect(page.locator(".sentence")).toContainText("per accelerator, over rounds");
  await expect(page.locator(".plot").first()).toBeVisible();
});

test("tabs never move, and one without data says what it needs and shows an example", async ({ page }) => {
  await openApp(page, "v=2&src=demo/consolidated.csv");
  const places = () => page.locator('nav [role="tab"]').evaluateAll((tabs) => tabs.map((tab) => [tab.textContent, tab.getBoundingClientRect().left]));
  const before = await places();
  expect(before).toHaveLength(11);
  for (const name of ["Pareto", "Capacity & cost", "Data"]) {
    await openView(page, name);
    const now = await places();
    expect(now.map(([name]) => name)).toEqual(before.map(([name]) => name));
  }
  await expect(tab(page, "Requests")).toHaveAttribute("title", /^No requests loaded\. They come from AIPerf/);
  await tab(page, "Requests").click();
  await waitIdle(page);
  await page.getByRole("link", { name: /^Example: Which requests were slow/ }).click();
  await waitIdle(page);
  await expect(page.locator(".headline")).toContainText("8 requests, far slower than the rest");
});

test("by keyboard: arrows move among tabs, Enter opens one", async ({ page }) => {
  await openApp(page, "v=2&src=demo/consolidated.csv");
  await tab(page, "Explore").focus();
  await page.keyboard.press("ArrowRight");
  await expect(tab(page, "Pareto")).toBeFocused();
  await page.keyboard.press("End");
  await expect(tab(page, "Data")).toBeFocused();
  await page.keyboard.press("Enter");
  await waitIdle(page);
  await expect(tab(page, "Data")).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Home");
  await expect(tab(page, "Explore")).toBeFocused();
});
