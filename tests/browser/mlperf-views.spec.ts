// The MLPerf views that compare: every submission a bar with its name, figures by accelerator, what a limit on latency costs,
// one round after the other, larger systems against smaller ones. The figures ship with the page.
import type { Page } from "@playwright/test";
import { expect, openApp, query, test, waitIdle } from "./app";

/** The exact contents of a grid's column. */
async function column(page: Page, key: string, heading: string): Promise<string[]> {
  await waitIdle(page);
  return page.locator(`.grid[data-grid="${key}"] table`).evaluate((table, heading) => {
    const words = (cell: Element) => (cell.textContent ?? "").replace(/[▾▴]/g, "").replace(/\s+/g, " ").trim();
    const at = [...table.querySelectorAll("thead th")].map(words).findIndex((name) => name.startsWith(heading));
    return [...table.querySelectorAll("tbody tr")].map((row) => row.children[at]?.getAttribute("data-exact") ?? "");
  }, heading);
}

test("every submission has a bar and a row, the best first, with room for its name", async ({ page }) => {
  await openApp(page, "v=2&view=mlperf/comparison");
  await expect(page.locator(".sentence")).toContainText("36 in Offline");
  await expect(page.locator(".panels.named .panel")).toHaveCount(3);
  const first = await page.locator(".panel").first().boundingBox();
  expect(first?.height, "36 names").toBeGreaterThan(36 * 16);
  expect((await column(page, "comparison", "Result")).slice(0, 3)).toEqual(["1126850", "1042110", "888054"]);
  await expect(page.locator("main")).toContainText("MLCommons");
});

test("a bar answers wherever it is pointed at", async ({ page }) => {
  await openApp(page, "v=2&view=mlperf/comparison");
  const plot = await page.locator(".plot").first().boundingBox();
  // The first bar reaches from about the middle of the plot to its right end.
  await page.mouse.move(plot!.x + plot!.width * 0.6, plot!.y + 24);
  const card = page.locator(".hover-card");
  await expect(card).toContainText("NVIDIA");
  await expect(card).toContainText("1.13M");
});

test("the best of each system is a choice that says what it hides, and stands in the link", async ({ page }) => {
  await openApp(page, "v=2&view=mlperf/comparison&o.submissions=best");
  await expect(page.locator(".sentence")).toContainText("32 in Offline");
  await expect(page.locator("main")).toContainText("hidden");
  expect(query(page).get("o.submissions")).toBe("best");
});

test("per accelerator the divisor stands beside the figure", async ({ page }) => {
  await openApp(page, "v=2&view=mlperf/per-accelerator");
  // The rows beyond the first sixty come when they are scrolled to.
  const lines = page.locator('.grid[data-grid="normalised"] tbody tr');
  await expect(lines).toHaveCount(60);
  await page.locator('.grid[data-grid="normalised"] .grid-body').evaluate((body) => body.scrollTo(0, body.scrollHeight));
  await expect(lines).toHaveCount(86);
  const shares = (await column(page, "normalised", "Per accelerator")).map(Number);
  const results = (await column(page, "normalised", "System result")).map(Number);
  const divisors = (await column(page, "normalised", "Divided by")).map(Number);
  expect(shares.length).toBe(86);
  shares.forEach((share, row) => expect(share).toBeCloseTo(results[row] / divisors[row], 6));
  expect(shares[0]).toBeCloseTo(15650.694444, 5);
  await expect(page.locator("main")).toContainText("not verified by MLCommons");
});

test("what a limit on latency costs has its mean over every submission", async ({ page }) => {
  await openApp(page, "v=2&view=mlperf/offline-vs-server");
  const lost = (await column(page, "scenarios", "Lost")).map(Number);
  expect(lost.length).toBe(36);
  expect(lost.reduce((sum, one) => sum + one, 0) / lost.length).toBeCloseTo(6.8596, 4);
  await expect(page.locator(".panels.named .panel")).toHaveCount(1);
});

test("rounds meet under one name, and scaling names its base", async ({ page }) => {
  await openApp(page, "v=2&view=mlperf/rounds&o.benchmark=llama3.1-8b");
  await expect(page.locator(".sentence")).toContainText("llama3.1-8b, Offline");
  await expect(page.locator("main")).toContainText("llama3.1-8b-datacenter");
  expect((await column(page, "rounds", "Organization")).length).toBeGreaterThan(0);
  expect((await column(page, "unmatched", "Reason")).every((why) => why !== "")).toBe(true);
  await openApp(page, "v=2&view=mlperf/scaling");
  expect((await column(page, "scaling", "Against")).filter((base) => base === "base").length).toBeGreaterThan(5);
});
