// Workers over time and the match of prefill and decode, on the run folders that ship: panels share their time, a load window
// limits it and stands in the link, and the verdict leads back to the time it is about.
import { expect, openApp, openView, query, test, waitIdle } from "./app";

const SRC = "v=2&src=demo/runs.zip";

test("nodes: panels of one run, limited to a load window by the link", async ({ page }) => {
  await openApp(page, `${SRC}&view=runs/timeline`);
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
  await openApp(page, `${SRC}&view=runs/timeline`);
  await openView(page, "Runs", "Prefill/decode balance");
  await expect(page.locator('.grid[data-grid="rates"] tbody tr').first()).toContainText("balanced");
  await expect(page.locator('.grid[data-grid="skipped"]')).toContainText("Aggregated");
  await page.locator('.grid[data-grid="rates"] a', { hasText: "concurrency" }).first().click();
  await waitIdle(page);
  expect(query(page).get("view")).toBe("runs/timeline");
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
  expect([query(page).get("view"), query(page).get("o.window")]).toEqual(["runs/timeline", "concurrency 32"]);
  await expect(page.locator(".sentence")).toContainText("in run 770001, during concurrency 32");
  await expect(page.locator('.grid[data-grid="windows"]')).toContainText("warm-up, concurrency 32");
});

test("a band lies between its lowest and its highest value at each time", async ({ page }) => {
  // What ECharts makes of the numbers, not what it is given: the charts are kept as they are made.
  await page.addInitScript(() => {
    const charts: unknown[] = ((window as unknown as { charts: unknown[] }).charts = []);
    let echarts: Record<string, unknown>;
    Object.defineProperty(window, "echarts", {
      get: () => echarts,
      set(bundle) {
        const init = (...given: unknown[]) => charts[charts.push(bundle.init(...given)) - 1];
        echarts = new Proxy(bundle, { get: (of, key) => (key === "init" ? init : of[key]) });
      },
    });
  });
  await openApp(page, "v=2&view=runs/timeline&src=demo/runs.zip");
  const bands = await page.evaluate(() => {
    // biome-ignore lint: ECharts' inside has no types.
    const charts = (window as any).charts.filter((chart: any) => !chart.isDisposed());
    return charts.flatMap((chart: any) => {
      const series = chart.getModel().getSeries();
      return series.filter((one: any) => one.id.endsWith("^")).map((thickness: any) => {
        const lowest = series.find((one: any) => `${one.id}^` === thickness.id);
        const given = [lowest, thickness].map((one: any) => chart.getOption().series[one.seriesIndex].data as number[]);
        const wide = given[0].length / lowest.getData().count();
        const off = Array.from({ length: thickness.getData().count() }, (_, at) => {
          const [x, low, thick] = [given[0][at * wide], given[0][at * wide + 1], given[1][at * wide + 1]];
          const drawn = thickness.getData().getLayout("points").slice(2 * at, 2 * at + 2);
          const [left, top] = chart.convertToPixel({ gridIndex: 0 }, [x, low + thick]);
          return Number.isNaN(low) ? 0 : Math.hypot(drawn[0] - left, drawn[1] - top);
        });
        return { points: off.length, wide, off: Math.max(...off) };
      });
    });
  });
  expect(bands.length).toBeGreaterThan(2);
  for (const { points, wide, off } of bands) {
    expect(points).toBeGreaterThan(10);
    expect(Number.isInteger(wide)).toBe(true);
    expect(off, "pixels").toBeLessThan(1);
  }
});
