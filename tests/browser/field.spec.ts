// A whole tree of what people in the field published, dropped at once: every tool's files are recognised, and each figure
// is the one that a script of its own, or a person, read from the same file (`../shared/cases/field/README.md`).
import { readFileSync } from "node:fs";
import { dropFiles, expect, openApp, shared, test, waitIdle } from "./app";

/** A part of the path, the load, and figures by canonical column. */
const TRUE: [string, Record<string, number>][] = [
  ["04-vllm-serve-0251/packages/protocol/tests/fixtures/bench_serve_v0", { load: 2, ttft_mean_ms: 215.54, tpot_mean_ms: 11.27, output_tps: 82.9 }],
  ["06-vllm-2024-old", { ttft_mean_ms: 405.35, tpot_mean_ms: 58.69, e2el_mean_ms: 11257.9, output_tps: 58.37, completed: 10 }],
  ["09-lmbench-csv", { ttft_mean_ms: 79.377, output_tps: 52.26, tpot_mean_ms: 13.896 }],
  ["20-mlperf-log-summary", { output_tps: 1264.46, rps: 11.07, ttft_mean_ms: 169.5 }],
  ["21-console-log/vllm", { load: 32, ttft_mean_ms: 7279.56, tpot_mean_ms: 70.14, output_tps: 434.4 }],
  ["24-trtllm-bench", { ttft_mean_ms: 402, tpot_mean_ms: 15.1, output_tps: 4000, gpus: 2 }],
  ["25-llm-load-test", { load: 20, completed: 107, ttft_mean_ms: 282.26, tpot_mean_ms: 31.49, output_tps: 624.1 }],
  ["28-evalscope", { load: 64, ttft_mean_ms: 524.7, tpot_mean_ms: 52.8, output_tps: 144.8 }],
  ["29-inferencex-csv-export", { load: 64, ttft_mean_ms: 1615.6, tpot_mean_ms: 48.8, e2el_mean_ms: 46553 }],
  ["41-sglang-pd-jsonl/agg_n100_in512_out128_c32", { load: 32, ttft_mean_ms: 42.449, tpot_mean_ms: 8.5436, output_tps: 3151.44 }],
  ["42-sglang-logs", { load: 32, ttft_mean_ms: 620, tpot_mean_ms: 11.2, output_tps: 10151.18 }],
  ["43-vllm-sweep-summary-csv", { load: 2, ttft_mean_ms: 217.273, output_tps: 93.748 }],
];

/** The cells of a CSV, quotes considered. */
function cells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}

test("a folder of forty groups of files from the field, dropped at once: ten figures and more are true", async ({ page }) => {
  test.setTimeout(300_000);
  const field = shared("../cases/field");
  // The rows themselves: all of them, not the lines of one model.
  await openApp(page, "v=2&view=data&f=none");
  await dropFiles(page, [field]);
  await waitIdle(page, 240_000);
  await page.keyboard.press("d");
  const drawer = page.getByRole("dialog");
  await expect(drawer.locator(".asides")).toContainText("Not results");
  await page.keyboard.press("Escape");
  await waitIdle(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: "Download the shown measurements" }).click();
  const [header = "", ...lines] = readFileSync(await (await download).path(), "utf8").trim().split("\n");
  const names = cells(header);
  const rows = lines.map((line) => Object.fromEntries(cells(line).map((cell, at) => [names[at] ?? "", cell])));
  for (const [part, figures] of TRUE) {
    const own = rows.filter((row) => row.path?.includes(part));
    const fits = (row: Record<string, string>) =>
      Object.entries(figures).every(([key, value]) => Math.abs(Number(row[key]) - value) <= 0.001 * value);
    expect(own.some((row) => fits(row)), `${part}: ${JSON.stringify(own.slice(0, 3).map((row) => Object.keys(figures).map((key) => row[key])))}`).toBe(true);
  }
});
