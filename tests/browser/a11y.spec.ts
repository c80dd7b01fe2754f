// Accessibility (WCAG 2.2 A and AA, by axe) and looks: every state of the page, light and dark; room for the picture; narrow windows.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { corpus, expect, load, openApp, test, waitIdle } from "./app";

const SRC = "v=2&src=demo/consolidated.csv";

const STATES: [what: string, query: string, reach: (page: Page) => Promise<unknown>][] = [
  ["explore with table", SRC, async (page) => page.keyboard.press("t")],
  ["all lines in four panels", `${SRC}&panel=accelerator&show=all`, async () => {}],
  ["a point's card and details", SRC, async (page) => {
    await page.locator(".plot").focus();
    await page.keyboard.press("ArrowRight");
    await waitIdle(page);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("complementary", { name: "Details of a point" })).toBeVisible();
  }],
  ["nothing left by the filters", `${SRC}&f.accelerator=TPU&f.model=openai/gpt-oss-120b`, async (page) => expect(page.locator(".empty")).toBeVisible()],
  ["files and findings", SRC, async (page) => {
    await load(page, corpus("guidellm-0.8.1/concurrent-1-16.json"), { name: "notes.txt", contents: "nothing" });
    await page.keyboard.press("d");
  }],
  ["findings together", SRC, async (page) => {
    await load(page, { name: "notes.txt", contents: "nothing" });
    await page.keyboard.press("d");
    await page.getByRole("tab", { name: /^Messages/ }).click();
  }],
  ["describing files", SRC, async (page) => {
    await load(page, corpus("guidellm-0.8.1/concurrent-1-16.json"));
    await page.keyboard.press("d");
    await page.getByRole("button", { name: "describe", exact: true }).click();
    await expect(page.getByLabel("Accelerator", { exact: true })).toBeVisible();
  }],
  ["mapping columns", SRC, async (page) => {
    await load(page, { name: "own.csv", contents: "model,users,ttft_p95_ms\nm,1,120\n" });
    await page.keyboard.press("d");
    await page.getByRole("button", { name: "map columns" }).click();
    await expect(page.getByRole("button", { name: "Apply mapping" })).toBeVisible();
  }],
  ["requests, one of several kinds", `${SRC}&data=request`, async (page) => {
    await load(page, "tests/fixtures/aiperf/0.13.0/requests.jsonl", "tests/fixtures/vllm/0.33.0/conc16.json");
    await expect(page.getByRole("group", { name: "Kind of records" })).toBeVisible();
  }],
  ...["pareto", "compare/release-check", "compare", "compare/models", "trends", "rankings", "data/coverage", "capacity", "capacity/energy", "data/configurations", "data"].map(
    (view): (typeof STATES)[number] => [`the view ${view}`, `${SRC}&view=${view}`, async (page) => expect(page.locator(".sentence")).not.toBeEmpty()],
  ),
  ...["runs", "runs/timeline", "runs/balance", "runs/configuration", "explore/dynamo", "explore/latency", "pareto/disaggregation"].map(
    (view): (typeof STATES)[number] => [`run folders in the view ${view}`, `v=2&src=demo/runs.zip&view=${view}`, async (page) => expect(page.locator(".sentence")).not.toBeEmpty()],
  ),
  ...["mlperf", "mlperf/comparison", "mlperf/per-accelerator", "mlperf/offline-vs-server", "mlperf/rounds", "mlperf/scaling"].map(
    (view): (typeof STATES)[number] => [`published results in the view ${view}`, `v=2&view=${view}`, async (page) => expect(page.locator(".sentence")).not.toBeEmpty()],
  ),
  ["LLM-D against RHAIIS", `${SRC}&src=demo/llmd.csv&view=compare/llmd-rhaiis`, async (page) => expect(page.locator(".plot").first()).toBeVisible()],
  ["single requests", "v=2&view=requests&src=demo/requests.zip&o.select=outliers", async (page) => expect(page.locator(".plot").first()).toBeVisible()],
  ["a plan for an SLO", "v=2&src=demo/profile.zip&view=capacity/planner", async (page) => expect(page.locator(".plot").first()).toBeVisible()],
  ...["server", "server/metrics", "server/gpus"].map(
    (view): (typeof STATES)[number] => [`server metrics in the view ${view}`, `v=2&src=demo/server.zip&view=${view}`, async (page) => expect(page.locator(".sentence")).not.toBeEmpty()],
  ),
  ["what if", `${SRC}&view=capacity/what-if`, async (page) => expect(page.locator(".plot").first()).toBeVisible()],
  ["connecting a server", SRC, async (page) => {
    await page.keyboard.press("n");
    await expect(page.getByLabel(/^Bearer token/)).toBeVisible();
  }],
  ["a server that cannot be asked", "v=2&view=server&prom=http://127.0.0.1:1", async (page) => expect(page.getByRole("region", { name: "Connected server" }).getByRole("alert")).toBeVisible()],
  ["request traces", "v=2&view=data/traces", async (page) => {
    await load(page, "tests/fixtures/trace/made/mooncake.jsonl");
    await expect(page.locator(".plot").first()).toBeVisible();
    await page.getByRole("button", { name: "Synthesise a scaled trace" }).click();
  }],
  ["lengths of a data set", "v=2&view=data/workloads", async (page) => {
    await load(page, "tests/fixtures/lengths/made/two-columns.csv");
    await expect(page.locator(".plot").first()).toBeVisible();
  }],
  ["a card opened, a control's menu", `${SRC}&view=compare/release-check`, async (page) => {
    await page.locator(".figure-card summary").first().click();
    await page.locator("#control-baseline").click();
  }],
  ["a view without data", `${SRC}&view=runs/timeline`, async (page) => expect(page.getByRole("link", { name: /^Example: / })).toBeVisible()],
  ["an axis' menu", SRC, async (page) => page.keyboard.press("y")],
  ["palette", SRC, async (page) => page.keyboard.press("k")],
  ["share", SRC, async (page) => page.keyboard.press("s")],
  ["shortcuts", SRC, async (page) => page.keyboard.press("?")],
  ["the empty page", "v=2&f.model=x", async () => {}],
  ["a notice", `${SRC}&frobnicate=1`, async () => {}],
];

for (const [what, query, reach] of STATES) {
  test(`no violation of WCAG A and AA, light and dark: ${what}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await openApp(page, query);
    await reach(page);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await waitIdle(page);
      const builder = new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).setLegacyMode();
      const { violations } = await builder.analyze();
      const told = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")} (${nodes.length})`);
      expect.soft(told, colorScheme).toEqual([]);
    }
  });
}

for (const view of ["explore", "pareto", "compare", "trends", "rankings", "capacity", "capacity/energy", "mlperf/rounds", "mlperf/scaling"]) {
  test(`at 1440 × 900 the plot covers at least 55 % of the screen: ${view}`, async ({ page }) => {
    await openApp(page, view.startsWith("mlperf") ? `v=2&view=${view}` : `${SRC}&view=${view}`);
    const plot = await page.locator(".plot").boundingBox();
    const share = ((plot?.width ?? 0) * (plot?.height ?? 0)) / (1440 * 900);
    test.info().annotations.push({ type: "the plot's share of the screen", description: `${(share * 100).toFixed(1)} %` });
    expect(share).toBeGreaterThanOrEqual(0.55);
  });
}

test("a narrow window: nothing sticks out, the filters are a sheet, a choice works by touch", async ({ browser, watch, baseURL }) => {
  const context = await browser.newContext({ baseURL, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, locale: "en-GB", timezoneId: "UTC" });
  const page = await context.newPage();
  await openApp(page, SRC);
  await expect(page.locator(".plot")).toBeVisible();
  const sticksOut = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await sticksOut()).toBeLessThanOrEqual(0);
  await expect(page.getByRole("navigation", { name: "Filters" })).toHaveCount(0);
  await page.getByRole("button", { name: "Filters" }).tap();
  const version = page.getByRole("navigation", { name: "Filters" }).locator('input[data-value="RHAIIS-3.4-GA"]');
  await version.tap();
  await waitIdle(page);
  await expect(version).toBeChecked();
  expect(await sticksOut()).toBeLessThanOrEqual(0);
  expect(watch.problems).toEqual([]);
  await context.close();
});

// Looked at by people, compared by nobody: test-results/browser/…/<name>.png
for (const [name, viewport, colorScheme] of [
  ["light", { width: 1440, height: 900 }, "light"],
  ["dark", { width: 1440, height: 900 }, "dark"],
  ["wide", { width: 1920, height: 1080 }, "light"],
  ["narrow", { width: 390, height: 844 }, "light"],
  ["narrow-dark", { width: 390, height: 844 }, "dark"],
] as const) {
  test(`a picture of the page: ${name}`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await openApp(page, `${SRC}&f.model=openai/gpt-oss-120b&f.profile=Balanced+(1k/1k)&f.accelerator=H200&f.tp=4`);
    const path = test.info().outputPath(`${name}.png`);
    await page.screenshot({ path });
    await test.info().attach(name, { path, contentType: "image/png" });
  });
}
