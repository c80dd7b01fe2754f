// Scenarios over the 114-row sweep of llm-d-benchmark, and LLM-D against RHAIIS over the demo data.
import type { Page } from "@playwright/test";
import { expect, load, openApp, query, shared, tab, test, waitIdle } from "./app";

const SWEEP = "llm-d-benchmark/history/config_explorer_df.pkl.csv";

const rows = (page: Page, key: string) => page.locator(`.grid[data-grid="${key}"] tbody tr`);

/** Takes a choice of a control. */
async function take(page: Page, control: string, option: RegExp): Promise<void> {
  await page.locator(`#control-${control}`).click();
  await page.getByRole("option", { name: option }).first().click();
  // A menu of which several can be taken stays open.
  if ((await page.locator(".lead .scrim").count()) > 0) await page.keyboard.press("Escape");
  await waitIdle(page);
}

test("the published sweep: its frontier by both definitions of a user's speed, a link, and a service level", async ({ page }) => {
  const sweep = shared(SWEEP);
  await openApp(page, "v=2&view=pareto/disaggregation&f=none");
  await load(page, sweep);
  await expect(page.locator(".sentence")).toContainText("19 configurations at 114 levels, 11 of them on the frontier");
  await expect(page.locator(".plot").first()).toBeVisible();
  await expect(rows(page, "frontier")).toHaveCount(11);
  await expect(rows(page, "configurations")).toHaveCount(19);
  await expect(rows(page, "frontier").first()).toContainText("1R TP4");

  await take(page, "user", /in flight/);
  expect(query(page).get("o.user")).toBe("in-flight");
  await expect(rows(page, "frontier")).toHaveCount(10);
  await page.reload();
  await waitIdle(page);
  await load(page, sweep);
  await expect(rows(page, "frontier"), "the link brings the definition back").toHaveCount(10);

  await take(page, "kinds", /standalone/);
  await expect(rows(page, "configurations")).toHaveCount(5);
  await rows(page, "proposals").last().getByRole("link").click();
  await waitIdle(page);
  expect([...query(page).keys()].filter((key) => key.startsWith("slo."))).toHaveLength(3);
  await expect(page.locator(".sentence")).toContainText("TTFT ≤");
});

test("LLM-D against RHAIIS over the demo data: matches, the load per GPU, and the runs behind a ratio", async ({ page }) => {
  await openApp(page, "v=2&view=compare/llmd-rhaiis&src=demo/consolidated.csv&src=demo/llmd.csv");
  await expect(page.locator(".sentence")).toContainText("RHOAI-3.4-approximate vs RHAIIS-");
  await expect(page.locator(".plot")).toHaveCount(3);
  const matched = await rows(page, "summary").count();
  expect(matched).toBeGreaterThan(5);
  expect(await rows(page, "unmatched").count(), "what has no counterpart is listed").toBeGreaterThan(0);
  await expect(page.locator(".sentence")).toContainText("at equal load per GPU");

  await take(page, "load_per", /per deployment/);
  expect(query(page).get("o.load_per")).toBe("total");
  await expect(page.locator(".sentence")).toContainText("each GPU of the larger one has less to do");
  await expect(page.locator(".notes")).toContainText("different numbers of GPUs");

  await take(page, "show", /latency/);
  await expect(page.locator(".panel").first()).toContainText("TTFT");
  await expect(rows(page, "summary")).toHaveCount(0);
  await take(page, "show", /everything/);

  await rows(page, "summary").first().locator("td:has(.better), td:has(.worse), td:has(.similar)").first().getByRole("link").click();
  await waitIdle(page);
  expect(query(page).get("view"), "Explore is what a link leaves out").toBeNull();
  await expect(page.locator(".plot").first()).toBeVisible();
  await expect(tab(page, "Explore")).toHaveAttribute("aria-selected", "true");
});
