// What people meet on the way: prices in fields, cards in even rows, a baseline from a point, long durations in seconds, a
// header that is narrow, and the demo tag where it belongs.
import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { box, DEMO, expect, legend, load, openApp, openView, query, table, test, waitIdle } from "./app";

const SRC = "v=2&src=demo/consolidated.csv";
const prices = (page: Page) => page.locator('.grid[data-grid="prices"]');

test("a price is entered in fields, each with its unit, and where it is missing", async ({ page }) => {
  await openApp(page, `${SRC}&view=capacity`);
  const entry = prices(page).locator("tr.entry");
  const field = (name: string) => entry.getByLabel(name, { exact: true });
  await field("Accelerator").fill("H200");
  await field("Provider").fill("Nebula");
  await field("Instance").fill("pod x4");
  await field("GPUs of the instance").fill("4");
  await entry.getByRole("button", { name: "Add price" }).click();
  expect(query(page).has("price"), "without a price nothing is added").toBe(false);
  await field("Price of the instance, $ per hour").fill("10.5");
  await field("Price of the instance, $ per hour").press("Enter");
  await waitIdle(page);
  expect(query(page).getAll("price"), "as older links write it").toEqual(["H200|Nebula pod x4|4|10.5"]);
  await expect(prices(page).locator("tbody tr", { hasText: "Nebula" })).toContainText("set on this page");
  await expect(field("Provider"), "the fields are free again").toHaveValue("");

  // An accelerator without a price is asked about above the picture.
  const ask = page.locator('input[data-ask="price-B300"]');
  await expect(page.locator(".ask", { has: ask })).toContainText("$ per GPU-hour");
  await ask.fill("six");
  await ask.press("Tab");
  await expect(page.locator(".ask", { has: ask }).getByRole("alert")).toHaveText("a number, with a point for decimals");
  await ask.fill("6");
  await ask.press("Tab");
  await waitIdle(page);
  expect(query(page).getAll("price")).toContain("B300| single GPU|1|6");
  await expect(ask).toHaveCount(0);
});

test("what was given before stays when a price is entered", async ({ page }) => {
  await openApp(page, "v=2&view=capacity");
  // A result that says neither what it ran on nor how many GPUs.
  const { gpu, tensor_parallel_size, ...run } = JSON.parse(readFileSync("tests/fixtures/vllm/0.33.0/conc16.json", "utf8"));
  const file = test.info().outputPath("run.json");
  writeFileSync(file, JSON.stringify(run));
  await load(page, file);
  for (const [ask, value] of [["accelerator", "L40S"], ["gpus", "2"], ["price-L40S", "1.25"]]) {
    const field = page.locator(`input[data-ask="${ask}"]`);
    await field.fill(value);
    await field.press("Enter");
    await waitIdle(page);
  }
  expect(query(page).getAll("price")).toEqual(["L40S| single GPU|1|1.25"]);
  const given = page.locator(".asks");
  await expect(given).toContainText("L40S (given by you)");
  await expect(given).toContainText("2 (given by you)");
});

test("no card stands alone in the last row", async ({ page }) => {
  for (const view of ["capacity", "compare", "compare/release-check"]) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await openApp(page, `${SRC}&view=${view}`);
    await expect(page.locator(".figure-card").first()).toBeVisible();
    for (const width of [500, 700, 1024, 1100, 1280, 1440, 1600, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      const rows = await page.locator(".cards-rows").evaluate((cards) => {
        const rows = new Map<number, DOMRect[]>();
        for (const card of cards.children) {
          const place = card.getBoundingClientRect();
          rows.set(Math.round(place.top), [...(rows.get(Math.round(place.top)) ?? []), place]);
        }
        const room = cards.getBoundingClientRect().width;
        return [...rows.values()].map((row) => ({ cards: row.length, fills: row[0].width > room - 1 }));
      });
      const last = rows[rows.length - 1];
      expect(rows.length === 1 || last.cards > 1 || last.fills, `${view} at ${width}: ${JSON.stringify(rows)}`).toBe(true);
    }
  }
});

test("a point's line becomes what the others are held against, by a key or a click, and the link says so", async ({ page }) => {
  await openApp(page, `${SRC}&y=output_tps`);
  await page.locator(".plot").first().focus();
  await page.keyboard.press("ArrowRight");
  await waitIdle(page);
  const lines = page.locator(".hover-card .crossed tr");
  await expect(lines.first()).toBeVisible();
  const own = await page.locator(".hover-card .crossed tr.here th").innerText();
  await page.keyboard.press("b");
  await waitIdle(page);
  expect(query(page).get("base")).toBeTruthy();
  await expect(page.locator(".legend-entry:has(.mark.baseline)")).toHaveCount(1);

  await page.locator(".plot").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await waitIdle(page);
  await expect(page.locator(".hover-card .crossed tr", { hasText: "baseline" }).locator("th")).toHaveText(own);
  expect(await page.locator(".hover-card .crossed tr.here th").innerText()).not.toBe(own);
  await page.keyboard.press("Enter");
  await waitIdle(page);
  const link = page.url();
  await page.locator(".side").getByRole("link", { name: "Set as baseline" }).click();
  await waitIdle(page);
  expect(page.url()).not.toBe(link);
  await page.goBack();
  await waitIdle(page);
  expect(page.url(), "Back undoes it").toBe(link);
});

/** Levels with a P95 TTFT from 400 ms to 35 s. */
const SLOW = [1, 8, 64, 256].map((load, at) => `m,H200,v1,1000,1000,1,${load},${100 + load},${[400, 900, 9000, 35012.25][at]},100\n`);
const HEADING = "model,accelerator,version,prompt toks,output toks,TP,intended concurrency,output_tok/sec,ttft_p95,successful_requests\n";

test("durations of ten seconds and more are in seconds: axis, card and table; links and copies keep milliseconds", async ({ page }) => {
  await openApp(page, "v=2&y=ttft.p95&scale.y=linear");
  await load(page, { name: "slow.csv", contents: HEADING + SLOW.join("") });
  await expect(page.locator(".axis-title", { hasText: "P95 TTFT" })).toContainText("(s)");
  await expect(page.locator(".plot")).toHaveAttribute("aria-label", /P95 TTFT from 0\.4 to 35 s/);
  const rows = await table(page);
  expect(rows.map((row) => row["P95 TTFT s"])).toEqual([
    { text: "0.4", exact: "400 ms" },
    { text: "0.9", exact: "900 ms" },
    { text: "9", exact: "9000 ms" },
    { text: "35.01", exact: "35012.25 ms" },
  ]);
  // A box around the upper half.
  const plot = await page.locator(".plot").boundingBox();
  if (!plot) throw new Error("no plot");
  await page.mouse.move(plot.x + plot.width * 0.3, plot.y + plot.height * 0.1);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width * 0.9, plot.y + plot.height * 0.5, { steps: 4 });
  await page.mouse.up();
  await waitIdle(page);
  const [, , low, high] = (query(page).get("zoom") ?? "").split(",").map(Number);
  expect(low, "the link is in the catalogue's unit").toBeGreaterThan(5000);
  expect(high).toBeLessThan(50_000);
  const seen = (await page.locator(".plot").getAttribute("aria-label"))?.match(/from ([\d.]+) to ([\d.]+) s/)?.slice(1).map(Number) ?? [];
  expect(seen[0] * 1000).toBeCloseTo(low, -3);
  expect(seen[1] * 1000).toBeCloseTo(high, -3);
});

test("a narrow header reaches all that a wide one does", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await openApp(page, SRC);
  const more = page.locator("details.more");
  await more.locator("summary").click();
  await expect(more.getByRole("link", { name: /Did the newest release get slower/ })).toBeVisible();
  const list = await more.locator(".more-list").boundingBox();
  expect(list && list.x >= 0 && list.x + list.width <= 390, "it is in sight").toBe(true);
  for (const [name, dialog] of [["Connect to Prometheus", /Prometheus/], ["Open address", /address/i], ["Search everything", /Search/]] as const) {
    if ((await more.getAttribute("open")) === null) await more.locator("summary").click();
    await more.getByRole("button", { name }).click();
    await expect(page.getByRole("dialog").first(), name).toBeVisible();
    await expect(page.getByRole("dialog").first()).toHaveAccessibleName(dialog);
    await expect(more, "it closes").not.toHaveAttribute("open");
    await page.keyboard.press("Escape");
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect(more).toBeHidden();
});

test("the demo tag is on what is demo and nowhere else", async ({ page }) => {
  await openApp(page);
  await expect(page.locator("strong.demo")).toHaveText("Synthetic demo data");
  // A copy of the demo data stays labelled, beside results of one's own.
  const own = HEADING + SLOW.join("").replaceAll("m,H200,v1", "openai/gpt-oss-120b,H200,own-1");
  await load(page, DEMO, { name: "own.csv", contents: own });
  await openView(page, "Explore");
  await page.keyboard.press("c");
  await waitIdle(page);
  for (const version of ["own-1", "RHAIIS-3.3"]) await box(page, "version", version).check();
  await waitIdle(page);
  await expect(page.locator("strong.demo")).toHaveText("Partly synthetic demo data");
  const labels = Object.keys(await legend(page));
  const of = (name: string) => labels.filter((label) => label.includes(name));
  expect(of("own-1").length).toBeGreaterThan(0);
  expect(of("own-1").filter((label) => label.endsWith("(synthetic)"))).toEqual([]);
  expect(of("RHAIIS-3.3").length).toBeGreaterThan(0);
  expect(of("RHAIIS-3.3").every((label) => label.endsWith("(synthetic)"))).toBe(true);
  await box(page, "version", "RHAIIS-3.3").uncheck();
  await waitIdle(page);
  await expect(page.locator("strong.demo"), "only measured rows are shown").toHaveCount(0);
});
