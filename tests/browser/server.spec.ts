// Server metrics: the diagnosis with its evidence, panels on one clock, GPUs, what if, and traces.
import { readFileSync } from "node:fs";
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
  await page.getByRole("row", { name: /^KV cache high from/ }).getByRole("textbox").fill("101");
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
  // Nine panels, and what follows begins below them.
  const last = (await plots.last().boundingBox()) as { y: number; height: number };
  const below = (await table.boundingBox()) as { y: number };
  expect(below.y).toBeGreaterThan(last.y + last.height);
});

test("GPUs: each has its lines, and the one that throttles is found", async ({ page }) => {
  await openApp(page, `${DEMO}&view=server/gpus`);
  await expect(page.locator(".plot").first()).toBeVisible();
  await expect(page.locator("main")).toContainText("Clocks, SM (MHz)");
  await openView(page, "Server", "Diagnosis");
  await expect(page.locator(".figure-card").filter({ hasText: "throttling" })).toContainText("confirmed");
});

test("what if the load doubles: figures say between which levels, a limit finds its load, outside is refused", async ({ page }) => {
  await openApp(page, "v=2&src=demo/consolidated.csv&view=capacity/what-if");
  const throughput = page.getByRole("row", { name: /^Output throughput/ });
  const loadField = page.locator('input[data-control="load"]');
  await loadField.fill("75");
  await page.keyboard.press("Enter");
  await waitIdle(page);
  await expect(throughput).toContainText("between 50 and 100");
  await loadField.fill("100000");
  await page.keyboard.press("Enter");
  await waitIdle(page);
  await expect(throughput).toContainText("refused: measured from");
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

test("a trace is scaled and saved; what cannot be is said", async ({ page }) => {
  await openApp(page, "v=2&view=data/traces");
  await load(page, "tests/fixtures/trace/made/mooncake.jsonl");
  await waitIdle(page);
  await page.getByRole("button", { name: "Synthesise a scaled trace" }).click();
  const dialog = page.getByRole("dialog", { name: "Synthesise a scaled trace" });
  await dialog.getByLabel("Speed-up").fill("-2");
  await dialog.getByRole("button", { name: "Make and save" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Speed-up: -2 cannot be that");
  await dialog.getByLabel("Speed-up").fill("2");
  await dialog.getByLabel("Requests").fill("50");
  const saved = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Make and save" }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toBe("mooncake-synthetic.jsonl");
  const lines = readFileSync(await download.path(), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  expect(lines).toHaveLength(50);
  expect(lines[0]).toHaveProperty("hash_ids");
  await expect(page.locator(".toasts")).toContainText("50 requests made from mooncake.jsonl.");
});

test("models side by side: each with its ratio to the baseline, expectations beside findings", async ({ page }) => {
  await openApp(page, "v=2&src=demo/consolidated.csv&view=compare/models");
  await expect(page.locator(".headline")).toContainText("Against Llama-3.3-70B-Instruct, at 650 concurrent requests");
  const row = page.getByRole("row", { name: /Output throughput/ }).first();
  await expect(row).toContainText(/×1\.75/);
});
