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
  await expect(page.locator(".sentence")).toContainText("during concurrency 64");
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

test("a point of any chart leads to its workers at that time, and its card stays beside it", async ({ page }) => {
  await openApp(page, `${SRC}&view=explore&f.run_id=770001`);
  await page.locator(".plot").focus();
  for (const key of ["ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
  await waitIdle(page);
  const card = page.locator(".hover-card");
  await expect(card).toBeVisible();
  expect(await card.evaluate((card) => [...card.children].every((part) => part.scrollWidth <= card.clientWidth)), "nothing is cut").toBe(true);
  const ruler = async () => (await page.locator(".ruler-y").boundingBox())?.width ?? Number.NaN;
  const before = await ruler();
  await page.keyboard.press("Enter");
  const side = page.getByRole("complementary", { name: "Details of a point" });
  await expect(side).toContainText("Warm-up");
  // The panel takes room from the plot: the card goes with its point, to the left.
  await expect.poll(ruler).toBeLessThan(before - 10);
  await side.getByRole("link", { name: "Workers during this measurement" }).click();
  await waitIdle(page);
  expect([query(page).get("view"), query(page).get("o.window")]).toEqual(["nodes", "concurrency 32"]);
  await expect(page.locator(".sentence")).toContainText("in run 770001, during concurrency 32");
  await expect(page.locator('.grid[data-grid="windows"]')).toContainText("warm-up, concurrency 32");
});
