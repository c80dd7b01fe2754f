// Server metrics: the diagnosis with its evidence, panels on one clock, GPUs, what if, and traces.
import { expect, load, openApp, openView, test, waitIdle } from "./app";

const DEMO = "v=2&src=demo/server.zip";

test("why is it slow: verdicts with their evidence, the time on the charts, limits that can be edited", async ({ page }) => {
  await openApp(page, `${DEMO}&view=server`);
  const card = page.locator(".figure-card").filter({ hasText: "KV-cache wall" });
  await expect(card).toContainText("confirmed");
  await card.locator("summary").click();
  await expect(card).toContainText("preemptions");
  // From the verdict to the time at which it was so.
  await card.getByRole("link").first().click();
  await waitIdle(page);
  await expect(page).toHaveURL(/view=server(%2F|\/)metrics/);
  await expect(page).toHaveURL(/zoom=/);
  await page.goBack();
  await waitIdle(page);
  // A limit is edited in its table, and travels in the link.
  const rule = page.getByRole("row", { name: /kv-full.*KV-cache wall/ }).first();
  await expect(rule).toContainText("confirmed");
  await page.getByRole("row", { name: /KV cache, P95/ }).getByRole("textbox").first().fill("101");
  await page.keyboard.press("Enter");
  await waitIdle(page);
  await expect(page).toHaveURL(/o\.limit-/);
  await expect(rule).not.toContainText("confirmed");
});

test("panels share the time: a span drawn on one holds for all, and its statistics are below", async ({ page }) => {
  await openApp(page, `${DEMO}&view=server/metrics`);
  const plots = page.locator(".plot");
  expect(await plots.count()).toBeGreaterThan(4);
  const table = page.getByRole("table", { name: /Statistics|statistics/ }).or(page.locator("table").filter({ hasText: "max" })).first();
  const before = await table.innerText();
  const box = (await plots.first().boundingBox()) as { x: number; y: number; width: number; height: number };
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.3, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, y, { steps: 8 });
  await page.mouse.up();
  await waitIdle(page);
  await expect(page).toHaveURL(/zoom=/);
  expect(await table.innerText()).not.toBe(before);
  await page.keyboard.press("z");
  await waitIdle(page);
  expect(await table.innerText()).toBe(before);
});

test("GPUs: each has its lines, and the one that throttles is found", async ({ page }) => {
  await openApp(page, `${DEMO}&view=server/gpus`);
  await expect(page.locator(".plot").first()).toBeVisible();
  await expect(page.locator("main")).toContainText("SM clock");
  await openView(page, "Server", "Diagnosis");
  await expect(page.locator(".figure-card").filter({ hasText: "throttling" })).toContainText("confirmed");
});

test("what if the load doubles: figures say between which levels, a limit finds its load, outside is refused", async ({ page }) => {
  await openApp(page, "v=2&src=demo/consolidated.csv&view=capacity/what-if");
  const figures = page.locator("table").first();
  await expect(figures).toContainText("Output throughput");
  await page.getByLabel(/^(Load|At load)/).first().fill("75");
  await page.keyboard.press("Enter");
  await waitIdle(page);
  await expect(figures).toContainText(/between \d+ and \d+/);
  await page.getByLabel(/^(Load|At load)/).first().fill("100000");
  await page.keyboard.press("Enter");
  await waitIdle(page);
  await expect(figures).toContainText("refused: measured from");
});

test("a trace: hit rates and arrivals over time, two compared", async ({ page }) => {
  await openApp(page, "v=2&view=data/traces");
  await load(page, "tests/fixtures/trace/made/mooncake.jsonl");
  await waitIdle(page);
  await expect(page.locator(".plot").first()).toBeVisible();
  await expect(page.locator("main")).toContainText("Hit rate of an unlimited prefix cache");
  await load(page, "tests/fixtures/trace/made/sessions.jsonl");
  await waitIdle(page);
  await expect(page.locator("main")).toContainText("sessions");
  await expect(page.locator("main")).toContainText("mooncake");
});
