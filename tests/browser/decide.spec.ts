// The views that decide: an SLO in the link, the frontier and the cost table; a price overwritten, shared and
// reopened; from Overview's worst cell to the runs behind it; two configurations key by key; a table taken away.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, load, openApp, query, test, waitIdle, openView } from "./app";

const SRC = "v=2&src=demo/consolidated.csv";

type Cells = Record<string, { text: string; exact: string }>;

/** A grid's rows, by the columns' headings. */
async function grid(page: Page, key: string): Promise<Cells[]> {
  await waitIdle(page);
  return page.locator(`.grid[data-grid="${key}"] table`).evaluate((table) => {
    const words = (cell: Element) => (cell.textContent ?? "").replace(/[▾▴]/g, "").replace(/\s+/g, " ").trim();
    const headings = [...table.querySelectorAll("thead th")].map(words);
    const cell = (cell: Element) => ({ text: words(cell), exact: cell.getAttribute("data-exact") ?? "" });
    return [...table.querySelectorAll("tbody tr")].map((row) => Object.fromEntries([...row.children].map((one, i) => [headings[i], cell(one)])));
  });
}


test("an SLO set once stands in the link and holds on the frontier and in the cost table", async ({ page }) => {
  await openApp(page, `${SRC}&view=pareto`);
  const free = await grid(page, "frontier");
  expect(free.length).toBeGreaterThan(3);

  await page.locator("#add-limit").click();
  await page.keyboard.type("p95 ttft");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await waitIdle(page);
  await page.getByRole("spinbutton", { name: "Limit of P95 TTFT" }).fill("120");
  await page.keyboard.press("Tab");
  await waitIdle(page);
  expect(query(page).get("slo.ttft.p95")).toBe("120");
  await expect(page.locator(".sentence")).toContainText("P95 TTFT ≤ 120 ms");
  const bound = await grid(page, "frontier");
  expect(bound.length).toBeGreaterThan(0);
  expect(bound.map((row) => row.Load.exact)).not.toEqual(free.map((row) => row.Load.exact));

  await openView(page, "Capacity & cost", "Cost");
  expect(query(page).get("slo.ttft.p95"), "the limit goes along").toBe("120");
  const ranked = await grid(page, "cost");
  expect(ranked.length).toBeGreaterThan(3);
  for (const row of ranked) expect(Number(row["P95 TTFT ms"].exact)).toBeLessThanOrEqual(120);

  await page.getByRole("button", { name: "Remove the limit of P95 TTFT" }).click();
  await waitIdle(page);
  expect(query(page).has("slo.ttft.p95")).toBe(false);
  await page.goBack();
  await waitIdle(page);
  expect(await grid(page, "cost"), "Back brings the limit again").toEqual(ranked);
});

test("a price overwritten changes the ranking, is shared by the link, and is still there on the next visit", async ({ page, browser }) => {
  await openApp(page, `${SRC}&view=capacity`);
  const before = await grid(page, "cost");
  const price = page.locator('.grid[data-grid="prices"] tr', { hasText: "p5en.48xlarge" }).locator("input").first();
  await expect(price).toHaveValue("41.62");
  await price.fill("83.24");
  await page.keyboard.press("Tab");
  await waitIdle(page);
  expect(query(page).getAll("price")).toHaveLength(1);
  const after = await grid(page, "cost");
  const perMillion = (rows: Cells[], model: string) => {
    const row = rows.find((row) => row.Accelerator.text === "H200" && row.Model.exact === model);
    return Number(row?.["Cost per 1M output $"].exact);
  };
  const model = before.find((row) => row.Accelerator.text === "H200")?.Model.exact ?? "";
  expect(perMillion(after, model) / perMillion(before, model)).toBeCloseTo(2, 9);

  const other = await (await browser.newContext()).newPage();
  await other.goto(page.url());
  await waitIdle(other);
  expect(await grid(other, "cost"), "whoever gets the link sees the same").toEqual(after);
  await other.context().close();

  await openApp(page, `${SRC}&view=capacity`);
  expect(perMillion(await grid(page, "cost"), model), "a link without prices shows what its sender saw").toBeCloseTo(perMillion(before, model), 9);
  await openApp(page);
  await openView(page, "Capacity & cost", "Cost");
  expect(perMillion(await grid(page, "cost"), model), "the browser keeps it").toBeCloseTo(perMillion(after, model), 9);
  expect(query(page).getAll("price"), "and the link says so").toHaveLength(1);
  await expect(page.locator('.grid[data-grid="prices"] tr', { hasText: "p5en.48xlarge" })).toContainText("set on this page");
});

test("a result table is taken away as CSV without formulas, the rows as CSV that reads back", async ({ page }) => {
  await openApp(page, `${SRC}&view=pareto`);
  const shown = await grid(page, "frontier");
  const saved = async (format: string) => {
    await page.locator('.grid[data-grid="frontier"]').getByRole("button", { name: "save", exact: true }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("option", { name: format, exact: true }).click()]);
    return download;
  };
  const download = await saved("CSV");
  expect(download.suggestedFilename()).toBe("inferscope-pareto-frontier.csv");
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n");
  expect(lines).toHaveLength(shown.length + 1);
  expect(lines[1]).toContain(shown[0]["Load"].exact);
  const written: Record<string, unknown>[] = JSON.parse(readFileSync(await (await saved("JSON")).path(), "utf8"));
  expect(written.map((row) => row.Load)).toEqual(shown.map((row) => Number(row.Load.exact)));
  const parquet = await saved("Parquet");
  expect(parquet.suggestedFilename()).toBe("inferscope-pareto-frontier.parquet");
  expect(readFileSync(await parquet.path()).subarray(0, 4).toString()).toBe("PAR1");

  await openApp(page, `${SRC}&view=data&f.accelerator=B300`);
  const rows = await page.locator(".twin-count").innerText();
  await page.locator("#table-menu").click();
  const [table] = await Promise.all([page.waitForEvent("download"), page.getByRole("option", { name: "Save the table as CSV" }).click()]);
  const text = readFileSync(await table.path(), "utf8");
  await openApp(page, "v=2&view=data&f=none");
  await load(page, { name: "again.csv", contents: text });
  await expect(page.locator(".twin-count")).toHaveText(rows);
});

test("from the worst cell of the overview to the runs behind it in two clicks", async ({ page }) => {
  await openApp(page, `${SRC}&view=compare/release-check`);
  const cells = page.locator('.grid[data-grid^="heat"] td:has(.worse)');
  const changes = await cells.evaluateAll((cells) => cells.map((cell) => Math.abs(Number(cell.getAttribute("data-exact")))));
  const worst = changes.indexOf(Math.max(...changes));
  expect(worst).toBeGreaterThanOrEqual(0);
  const shown = (await cells.nth(worst).innerText()).trim();
  const [candidate, baseline] = (await page.locator(".sentence").innerText()).match(/^(\S+) vs (\S+)/)?.slice(1) ?? [];

  await cells.nth(worst).getByRole("link").click();
  await waitIdle(page);
  expect(query(page).get("view")).toBe("compare");
  const there = page.locator('.grid[data-grid="pairs"] tbody tr').first().locator("td:has(.worse)", { hasText: shown });
  await expect(there.first(), "Compare says the same").toBeVisible();

  await there.first().getByRole("link").click();
  await waitIdle(page);
  expect(query(page).get("view"), "Explore is what a link leaves out").toBeNull();
  const chosen = query(page).getAll("f.version");
  expect([...chosen].sort()).toEqual([candidate, baseline].sort());
  await expect(page.locator(".plot")).toBeVisible();
  expect(Number((await page.locator(".twin-count").innerText()).match(/\d+/)?.[0])).toBeGreaterThan(1);
  await page.goBack();
  await page.goBack();
  await waitIdle(page);
  await expect(cells.nth(worst)).toHaveText(shown);
});

test("two runs side by side: settings that differ, and the effect on metrics", async ({ page }) => {
  const row = (args: string, tps: number, load: number) => ["r", "H200", "org/m", "v1", 1000, 1000, 4, load, load, tps, tps * 2, `"${args}"`].join(",");
  const header = "run,accelerator,model,version,prompt toks,output toks,TP,measured concurrency,intended concurrency,output_tok/sec,total_tok/sec,runtime_args";
  const a = "max-num-seqs: 256; kv-cache-dtype: fp8; <img src=x onerror=alert(1)>: 1";
  const b = "max-num-seqs: 1024; kv-cache-dtype: fp8; <img src=x onerror=alert(1)>: 1";
  const rows = [row(a, 1000, 50), row(a, 2000, 100), row(b, 1100, 50), row(b, 2200, 100)];
  await openApp(page, "v=2&view=data/configurations&f=none");
  await load(page, { name: "consolidated_dashboard.csv", contents: [header, ...rows].join("\n") });
  const difference = await grid(page, "difference");
  expect(difference.map((row) => row.Setting.text)).toEqual(["max-num-seqs"]);
  const values = Object.values(difference[0]).map((cell) => cell.exact);
  expect(values).toEqual(expect.arrayContaining(["256", "1024"]));
  const effect = await grid(page, "effect");
  const change = effect.find((row) => row.Metric.text === "Output throughput")?.["Change %"];
  expect(Math.abs(Number(change?.exact) - 10) < 1e-9 || Math.abs(Number(change?.exact) + 100 / 11) < 1e-9, change?.exact).toBe(true);

  await page.locator("#control-show").click();
  await page.getByRole("option", { name: /all/ }).click();
  await waitIdle(page);
  expect((await grid(page, "difference")).length).toBeGreaterThan(1);
  expect(query(page).getAll("o.show")).toHaveLength(1);
  await page.reload();
  await expect(page.locator("img[src=x]")).toHaveCount(0);
});
