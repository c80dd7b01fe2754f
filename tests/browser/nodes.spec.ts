// Workers over time and the match of prefill and decode, on the run folders that ship: panels share their time, a load window
// limits it and stands in the link, and the verdict leads back to the time it is about.
import { expect, openApp, openView, query, test, waitIdle } from "./app";

const SRC = "v=1&src=demo/runs.zip";

test("nodes: panels of one run, limited to a load window by the link", async ({ page }) => {
  await openApp(page, `${SRC}&view=nodes`);
  await expect(page.locator(".panel")).toHaveCount(6);
  await expect(page.locator(".sentence")).toContainText("over the whole run");
  await expect(page.locator(".legend")).toContainText("Prefill w0");
  await page.locator('.grid[data-grid="windows"] a', { hasText: "concurrency 64" }).first().click();
  await waitIdle(page);
  expect(query(page).get("o.window")).toBe("concurrency 64");
  await expect(page.locator(".sentence")).toContainText("while concurrency 64 was measured");
  await expect(page.locator(".panel")).toHaveCount(6);
});

test("rate match: a verdict for every run with both sides, the others are skipped with a reason", async ({ page }) => {
  await openApp(page, `${SRC}&view=nodes`);
  await openView(page, "Rate match");
  await expect(page.locator('.grid[data-grid="rates"] tbody tr').first()).toContainText("balanced");
  await expect(page.locator('.grid[data-grid="skipped"]')).toContainText("Aggregated");
  await page.locator('.grid[data-grid="rates"] a', { hasText: "concurrency" }).first().click();
  await waitIdle(page);
  expect(query(page).get("view")).toBe("nodes");
});
