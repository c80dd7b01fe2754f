// The explore view: filters that count, axes, lines, panels, legend, zoom, table; each in the link.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { DEMO, box, expect, facet, facetValues, hoverCard, legend, openApp, query, screen, table, test, waitIdle } from "./app";

const SRC = "v=2&src=demo/consolidated.csv";

/** The demo's rows as the file has them: run, accelerator, model, version. */
const rows = readFileSync(DEMO, "utf8").trim().split("\n").slice(1).map((line) => line.split(","));
const count = (keep: (row: string[]) => boolean) => rows.filter(keep).length;

test.describe("filters", () => {
  test("each count says what the choice would give, zeros included", async ({ page }) => {
    await openApp(page, `${SRC}&f=none`);
    const [version, model] = ["vLLM-0.19.1", "meta-llama/Llama-3.3-70B-Instruct"];
    const counts = async (key: string) => Object.fromEntries((await facetValues(page, key)).map(([value, count]) => [value, count]));
    const expected = (column: number, keep: (row: string[]) => boolean) =>
      Object.fromEntries([...new Set(rows.map((row) => row[column]))].map((value) => [value, count((row) => row[column] === value && keep(row))]));
    const all = expected(1, () => true);
    expect(await counts("accelerator")).toEqual(all);

    await box(page, "version", version).click();
    await waitIdle(page);
    expect(await counts("accelerator")).toEqual(expected(1, (row) => row[3] === version));
    expect(await counts("model")).toEqual(expected(2, (row) => row[3] === version));
    expect(await counts("version"), "a facet does not narrow itself").toEqual(expected(3, () => true));

    await box(page, "model", model).click();
    await waitIdle(page);
    expect(await counts("accelerator")).toEqual(expected(1, (row) => row[3] === version && row[2] === model));
    expect(Object.values(await counts("accelerator")), "nothing is hidden").toContain(0);
    expect(Object.keys(await counts("accelerator")).sort()).toEqual(Object.keys(all).sort());
  });

  test("a choice that gives nothing says why, and one click helps", async ({ page }) => {
    await openApp(page, SRC);
    expect((await facetValues(page, "accelerator")).find(([value]) => value === "TPU")).toEqual(["TPU", 0, false]);
    await box(page, "accelerator", "TPU").click();
    await waitIdle(page);
    await expect(page.locator(".empty")).toContainText(`exclude all ${rows.length} measurements`);
    await expect(page.locator(".plot")).toHaveCount(0);
    const remedy = page.locator(".empty").getByRole("button");
    await expect(remedy).toContainText(/Clear .+ \(\d+ measurements\)/);
    const promised = Number((await remedy.innerText()).match(/\((\d+)/)?.[1]);
    expect(promised).toBeGreaterThan(0);
    await remedy.click();
    await waitIdle(page);
    await expect(page.locator(".plot")).toBeVisible();
    await expect(page.locator(".chip")).toHaveCount(2);
    await page.goBack();
    await expect(page.locator(".empty")).toBeVisible();
  });

  test("search, only, all, chips, clear all; none at all survives a reload", async ({ page }) => {
    await openApp(page, SRC);
    await facet(page, "version").getByRole("searchbox").fill("sgl");
    await waitIdle(page);
    expect((await facetValues(page, "version")).map(([value]) => value)).toEqual(["sglang-0.5.11"]);
    await facet(page, "version").getByRole("searchbox").fill("");
    await waitIdle(page);
    await expect(facet(page, "version").locator(".facet-line")).toHaveCount(new Set(rows.map((row) => row[3])).size);

    await box(page, "version", "RHAIIS-3.4-GA").click();
    const line = facet(page, "version").locator(".facet-line").filter({ hasText: "RHAIIS-3.5-EA1" });
    await line.hover();
    await line.getByRole("button", { name: "only" }).click();
    await waitIdle(page);
    expect(query(page).getAll("f.version")).toEqual(["RHAIIS-3.5-EA1"]);
    await page.getByRole("button", { name: "All values of Version" }).click();
    await waitIdle(page);
    expect(query(page).getAll("f.version")).toEqual([]);
    await page.getByRole("button", { name: /^Remove filter Workload/ }).click();
    await waitIdle(page);
    expect([...query(page).keys()].filter((key) => key.startsWith("f."))).toEqual(["f.model"]);
    await page.getByRole("button", { name: "clear all" }).click();
    await waitIdle(page);
    expect(query(page).get("f")).toBe("none");
    await expect(page.locator(".chip")).toHaveCount(0);
    const before = await screen(page);
    await page.reload();
    expect(await screen(page)).toEqual(before);
  });
});

/** Types into a picker that a shortcut opens, and takes the first line. */
async function pick(page: Page, shortcut: string, words: string): Promise<void> {
  await page.keyboard.press(shortcut);
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type(words);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("combobox")).toHaveCount(0);
  await waitIdle(page);
}

const plotRange = (page: Page) => page.locator(".plot").first().getAttribute("aria-label");

async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  const plot = await page.locator(".plot").first().boundingBox();
  if (!plot) throw new Error("no plot");
  const at = ([x, y]: [number, number]) => [plot.x + plot.width * x, plot.y + plot.height * y] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  await page.mouse.move(...at(to));
  await expect(page.locator(".zoom-box")).toBeVisible();
  await page.mouse.up();
  await waitIdle(page);
}

// Each is done, is then in the link, and survives a reload.
const CHANGES: [what: string, change: (page: Page) => Promise<void>, key: string, value: RegExp, seen: (page: Page) => Promise<void>][] = [
  [
    "the vertical axis, by typing",
    (page) => pick(page, "y", "p99 ttft"),
    "y",
    /^ttft\.p99$/,
    async (page) => expect(page.locator("#pick-y")).toContainText("P99 TTFT (s)"),
  ],
  [
    "the horizontal axis, by typing",
    (page) => pick(page, "x", "p50 e2e"),
    "x",
    /^e2el\.p50$/,
    async (page) => expect(page.locator("#pick-x")).toContainText("P50 E2E latency"),
  ],
  [
    "a linear scale",
    async (page) => page.getByTitle("Vertical axis: linear or logarithmic scale").click(),
    "scale.y",
    /^linear$/,
    async (page) => expect(page.getByTitle("Vertical axis: linear or logarithmic scale")).toHaveText("linear"),
  ],
  [
    "lines by version",
    (page) => pick(page, "l", "version"),
    "by",
    /^version$/,
    async (page) => expect(Object.keys(await legend(page)).every((label) => /^(RHAIIS|vLLM|sglang|TRT-LLM)-[^·]*$/.test(label))).toBe(true),
  ],
  [
    "panels by accelerator",
    (page) => pick(page, "p", "accelerator"),
    "panel",
    /^accelerator$/,
    async (page) => expect(page.locator(".panel-title")).toHaveText(["B200", "B300", "H200", "MI300X"]),
  ],
  [
    "one line alone",
    async (page) => page.locator(".legend-entry").nth(2).click(),
    "show",
    /^[0-9a-f]{8}$/,
    async (page) => expect(page.locator(".legend-entry[aria-pressed=true]")).toHaveCount(1),
  ],
  [
    "all lines",
    async (page) => page.getByRole("button", { name: "show all" }).click(),
    "show",
    /^all$/,
    async (page) => expect(page.locator(".sentence")).toContainText(/: 45 lines/),
  ],
  [
    "a zoom, by dragging",
    (page) => drag(page, [0.3, 0.3], [0.7, 0.7]),
    "zoom",
    /^[-\d.e]+(,[-\d.e]+){3}$/,
    async (page) => expect(page.getByRole("button", { name: "reset zoom" })).toBeVisible(),
  ],
  [
    "the table's order",
    async (page) => {
      await table(page);
      await page.locator(".twin").getByRole("button", { name: /^P95 TTFT/ }).click();
    },
    "sort",
    /^-ttft\.p95$/,
    async (page) => {
      const values = (await table(page)).map((row) => Number.parseFloat(row["P95 TTFT s"].exact));
      expect(values.length).toBeGreaterThan(20);
      expect(values).toEqual([...values].sort((a, b) => b - a));
    },
  ],
  [
    "the limit of failed requests",
    async (page) => {
      await page.getByRole("spinbutton", { name: /Failed requests/ }).fill("0.1");
      await page.keyboard.press("Enter");
    },
    "errors",
    /^0\.1$/,
    async (page) => expect(page.getByRole("spinbutton", { name: /Failed requests/ })).toHaveValue("0.1"),
  ],
];

test.describe("a change is in the link, and a reload keeps it", () => {
  for (const [what, change, key, value, seen] of CHANGES) {
    test(what, async ({ page }) => {
      await openApp(page, SRC);
      await change(page);
      await waitIdle(page);
      expect(query(page).get(key)).toMatch(value);
      await seen(page);
      const before = await screen(page);
      await page.reload();
      await waitIdle(page);
      await seen(page);
      expect(await screen(page)).toEqual(before);
    });
  }
});

test("zoom: a double click, the key, the button and Esc each go back", async ({ page }) => {
  await openApp(page, SRC);
  const whole = await plotRange(page);
  for (const back of [
    () => page.locator(".plot").dblclick({ position: { x: 300, y: 10 } }),
    () => page.keyboard.press("z"),
    () => page.getByRole("button", { name: "reset zoom" }).click(),
    () => page.keyboard.press("Escape"),
  ]) {
    await drag(page, [0.2, 0.2], [0.6, 0.6]);
    expect(query(page).has("zoom")).toBe(true);
    expect(await plotRange(page)).not.toBe(whole);
    await back();
    await waitIdle(page);
    // A double click may have picked a point on its way; what lies on top closes first.
    if (query(page).has("zoom")) await page.keyboard.press("Escape");
    await expect.poll(() => query(page).has("zoom")).toBe(false);
    expect(await plotRange(page)).toBe(whole);
    await page.mouse.move(5, 5);
  }
});

test("the legend: alone, added, +N more, search, reset; a line keeps its colour through all of it", async ({ page }) => {
  await openApp(page, SRC);
  const first = await legend(page);
  const names = Object.keys(first);
  expect(names).toHaveLength(8);
  expect(new Set(Object.values(first)).size, "eight marks").toBe(8);
  const entry = (name: string) => page.locator(".legend-entry").filter({ has: page.getByText(name, { exact: true }) });
  const kept = async () => {
    await waitIdle(page);
    const now = await legend(page);
    for (const name of names.filter((name) => name in now)) expect(now[name], name).toBe(first[name]);
    return Object.keys(now);
  };

  await entry(names[3]).click();
  expect(await kept()).toEqual([names[3]]);
  await page.getByRole("button", { name: "+44 more" }).click();
  await entry(names[5]).click({ modifiers: ["Shift"] });
  expect(await kept()).toEqual([names[3], names[5]]);
  await entry(names[3]).click({ modifiers: ["Shift"] });
  expect(await kept()).toEqual([names[5]]);
  await entry(names[5]).click();
  expect(await kept()).toEqual(names);
  await page.getByRole("button", { name: "show all" }).click();
  expect((await kept()).length).toBe(45);
  await page.getByRole("button", { name: "reset lines" }).click();
  expect(await kept()).toEqual(names);

  const search = page.getByRole("searchbox", { name: "Search lines" });
  await search.fill("b300");
  await expect(page.locator(".legend-entry").first()).toContainText("B300");
  for (const text of await page.locator(".legend-entry").allTextContents()) expect(text).toContain("B300");
  await search.fill("");

  // Colours hold when filters change, and on the way back.
  await box(page, "accelerator", "H200").click();
  const filtered = await kept();
  expect(filtered.length).toBeGreaterThan(0);
  await box(page, "version", "RHAIIS-3.5-EA2").click();
  await kept();
  await page.goBack();
  await page.goBack();
  await expect(box(page, "accelerator", "H200")).not.toBeChecked();
  expect(await kept()).toEqual(names);
});

test("the table: sorted, sorted the other way, as it was; missing values last; rows far below are there when scrolled to", async ({ page }) => {
  await openApp(page, `${SRC}&f=none&show=all`);
  const natural = await table(page);
  const heading = page.locator(".twin th").filter({ hasText: "P95 TTFT" });
  const column = async () => (await table(page)).map((row) => row["P95 TTFT s"].exact.replace(" ms", ""));
  for (const [sort, order] of [
    ["descending", (a: number, b: number) => b - a],
    ["ascending", (a: number, b: number) => a - b],
  ] as const) {
    await heading.getByRole("button").click();
    await waitIdle(page);
    await expect(heading).toHaveAttribute("aria-sort", sort);
    const values = (await column()).map(Number);
    expect(values).toEqual([...values].sort(order));
  }
  await heading.getByRole("button").click();
  await waitIdle(page);
  expect(await table(page)).toEqual(natural);

  const total = Number((await page.locator(".twin-count").innerText()).match(/\d+/)?.[0]);
  expect(total).toBeGreaterThan(1000);
  await page.locator(".twin-body").evaluate((body) => body.scrollTo(0, body.scrollHeight));
  await expect(page.locator(`.twin tr[aria-rowindex="${total + 1}"]`)).toBeVisible();
  expect(await page.locator(".twin tbody tr").count(), "only what is in sight is in the document").toBeLessThan(200);
});

test("a point: the card at the pointer, its details kept open, filtered to", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openApp(page, SRC);
  await page.locator(".plot").focus();
  // To the highest load, where no two lines lie on each other.
  for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowRight");
  const card = await hoverCard(page);
  const [x, y] = await page.locator(".ruler-x").evaluate((ruler: HTMLElement) => {
    const plot = (ruler.closest(".plot") as HTMLElement).getBoundingClientRect();
    return [plot.x + Number.parseFloat(ruler.style.left), plot.y + Number.parseFloat(ruler.style.top)];
  });

  // The pointer at the same place finds the same point.
  await page.mouse.move(x + 1, y + 1);
  expect(await hoverCard(page)).toEqual(card);
  await page.mouse.click(x, y);
  const side = page.getByRole("complementary", { name: "Details of a point" });
  await expect(side.getByRole("heading", { level: 2 })).toHaveText(card.title);
  await expect(side.locator(".origins li").first()).toContainText(/demo\/consolidated\.csv, line \d+/);
  const [, line] = (await side.locator(".origins li").first().innerText()).match(/line (\d+)/) as RegExpMatchArray;
  const row = rows[Number(line) - 2];
  await expect(side.locator(".identity")).toContainText(row[1]);
  await expect(side.locator(".identity")).toContainText(row[3]);
  await side.getByRole("button", { name: "Copy" }).click();
  await expect(page.locator(".toasts")).toContainText("Details copied.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(row[3]);
  await side.getByRole("button", { name: "Filter to this" }).click();
  await waitIdle(page);
  expect(query(page).getAll("f.version")).toEqual([row[3]]);
  expect(query(page).getAll("f.accelerator")).toEqual([row[1]]);
  await page.keyboard.press("Escape");
  await expect(side).toHaveCount(0);
});

test("a pointer that moves in the very moment of a change does not leave the points where they were", async ({ page }) => {
  const places = async () => {
    await waitIdle(page);
    // Drawn, not only asked for.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await waitIdle(page);
    await page.locator(".plot").focus();
    const found = [];
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press("ArrowRight");
      await expect(page.locator(".hover-card")).toBeVisible();
      found.push(await page.locator(".ruler-x").evaluate((ruler: HTMLElement) => `${ruler.style.left} ${ruler.style.top}`));
    }
    return found;
  };
  await openApp(page, "v=2&src=demo/guidellm.json&y=output_tps&scale.y=log");
  const expected = await places();
  await openApp(page, "v=2&src=demo/guidellm.json&y=output_tps");
  expect(await places()).not.toEqual(expected);
  // Before the next frame: as soon as the document says that the scale changed.
  await page.evaluate(() => {
    const plot = document.querySelector(".plot") as HTMLElement;
    const button = document.querySelector(".panel-head .scale") as HTMLElement;
    const observer = new MutationObserver(() => {
      observer.disconnect();
      const { x, y } = plot.getBoundingClientRect();
      plot.dispatchEvent(new PointerEvent("pointermove", { clientX: x + 200, clientY: y + 100, bubbles: true }));
      plot.dispatchEvent(new PointerEvent("pointerleave"));
    });
    observer.observe(button, { childList: true, characterData: true, subtree: true });
    observer.observe(plot, { attributes: true });
  });
  await page.locator(".panel-head .scale").click();
  await expect(page.locator(".panel-head .scale")).toHaveText("log");
  expect(await places()).toEqual(expected);
});
