// Everything by keyboard: the shortcuts, the palette, the way of the Tab key, the walk along the points.
import type { Page } from "@playwright/test";
import { box, dropFiles, expect, openApp, query, test, waitIdle } from "./app";

const SRC = "v=2&src=demo/consolidated.csv";

const dialog = (name: string) => async (page: Page) => {
  await expect(page.getByRole("dialog", { name })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
};
const picker = (button: string, label: string) => async (page: Page) => {
  await expect(page.getByRole("combobox", { name: label })).toBeFocused();
  await expect(page.getByRole("option").nth(1)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("combobox")).toHaveCount(0);
  await expect(page.locator(button), "the focus goes back").toBeFocused();
  await page.locator(button).blur();
};

/** Every shortcut of the help, and what it is seen to do. */
const SHORTCUTS: Record<string, (page: Page) => Promise<void>> = {
  k: dialog("Search"),
  o: async () => {},
  n: dialog("Connect to a Prometheus server"),
  a: dialog("Open an address"),
  d: dialog("Files and messages"),
  // Without a point at the pointer nothing happens: people.spec.ts has one.
  b: async (page) => expect(query(page).has("base")).toBe(false),
  y: picker("#pick-y", "Vertical axis"),
  x: picker("#pick-x", "Horizontal axis"),
  l: picker("#pick-lines", "Lines by"),
  p: picker("#pick-panels", "Panels by"),
  f: async (page) => {
    await expect(page.getByRole("navigation", { name: "Filters" })).toHaveCount(0);
    await page.keyboard.press("f");
    await expect(page.getByRole("navigation", { name: "Filters" })).toBeVisible();
  },
  t: async (page) => {
    await expect(page.locator(".twin table")).toBeVisible();
    await page.keyboard.press("t");
    await expect(page.locator(".twin table")).toHaveCount(0);
  },
  c: async (page) => {
    await expect(page.locator(".chip")).toHaveCount(0);
    expect(query(page).get("f")).toBe("none");
  },
  z: async (page) => {
    await expect.poll(() => query(page).has("zoom")).toBe(false);
  },
  s: dialog("Share"),
  u: async (page) => {
    await expect(page.locator(".toasts")).toContainText("Link copied.");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
  },
  m: async (page) => {
    const scheme = () => page.locator("html").evaluate((root) => root.style.colorScheme);
    expect(await scheme()).toBe("light");
    await page.keyboard.press("m");
    await expect.poll(scheme).toBe("dark");
    await page.keyboard.press("m");
    await expect.poll(scheme).toBe("light dark");
  },
  "?": dialog("Keyboard shortcuts"),
};

test("the help lists every shortcut, and each does what it says", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  // Listened for from the start: a chooser is only caught once the browser has been told to hand it over.
  let choosers = 0;
  page.on("filechooser", () => choosers++);
  await openApp(page, `${SRC}&zoom=10,400,1000,20000`);
  await page.keyboard.press("?");
  const listed = await page.getByRole("dialog", { name: "Keyboard shortcuts" }).locator("kbd").allTextContents();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  const single = listed.filter((key) => key.length === 1);
  expect(single.sort(), "a shortcut that this test does not know").toEqual(Object.keys(SHORTCUTS).sort());
  expect(query(page).has("zoom"), "Esc closed the help and nothing else").toBe(true);
  for (const [key, seen] of Object.entries(SHORTCUTS)) {
    await test.step(key, async () => {
      await page.keyboard.press(key);
      await waitIdle(page);
      await seen(page);
      if (key === "o") await expect.poll(() => choosers).toBe(1);
    });
  }
});

test("letters typed into a field are letters", async ({ page }) => {
  await openApp(page, SRC);
  await page.locator('.facet[data-facet="version"]').getByRole("searchbox").fill("");
  await page.keyboard.type("dskf?");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("navigation", { name: "Filters" })).toBeVisible();
  await expect(page.locator('.facet[data-facet="version"]').getByRole("searchbox")).toHaveValue("dskf?");
});

test("the palette: a filter, a metric, a file, a command", async ({ page }) => {
  await openApp(page, SRC);
  const say = async (words: string, ...more: string[]) => {
    await page.keyboard.press("ControlOrMeta+k");
    await expect(page.getByRole("combobox")).toBeFocused();
    await page.keyboard.type(words);
    await expect(page.getByRole("option").first()).toBeVisible();
    for (const key of [...more, "Enter"]) await page.keyboard.press(key);
    await waitIdle(page);
  };
  await say("rhaiis-3.4-ga");
  expect(query(page).getAll("f.version")).toEqual(["RHAIIS-3.4-GA"]);
  await expect(box(page, "version", "RHAIIS-3.4-GA")).toBeChecked();
  await say("p99 ttft");
  expect(query(page).get("y")).toBe("ttft.p99");
  // The file as a filter comes first; then the file itself, and views of it.
  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.type("consolidated.csv");
  await page.locator('[role="option"][data-key="file:"]').click();
  await expect(page.getByRole("dialog", { name: "Files and messages" })).toBeVisible();
  await page.keyboard.press("Escape");
  await say("show or hide the table");
  await expect(page.locator(".twin table")).toBeVisible();
  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.type("nothing is called this");
  await expect(page.getByText("Nothing matches.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("Tab reaches the filters, the axes, the chart, the legend and the table, in this order, and every stop shows", async ({ page }) => {
  await openApp(page, SRC);
  await page.keyboard.press("t");
  await waitIdle(page);
  const stops: string[] = [];
  const where = () =>
    page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return "";
      const visible = getComputedStyle(at).outlineStyle !== "none";
      const place = at.matches(".plot") ? "chart" : at.id || (["rail", "legend", "twin", "top"].find((name) => at.closest(`.${name}`)) ?? at.tagName);
      return visible ? place : `${place}: no focus ring`;
    });
  for (let i = 0; i < 400; i++) {
    await page.keyboard.press("Tab");
    const stop = await where();
    if (stop === "" && stops.length > 0) break;
    stops.push(stop);
    if (stop === "twin" && stops.filter((stop) => stop === "twin").length > 3) break;
  }
  test.info().annotations.push({ type: "tab stops before the chart", description: String(stops.indexOf("chart")) });
  const order = ["top", "rail", "pick-lines", "pick-panels", "pick-y", "chart", "pick-x", "legend", "toggle-table", "twin"];
  expect(order.filter((place) => stops.includes(place))).toEqual(order);
  const first = order.map((place) => stops.indexOf(place));
  expect(first).toEqual([...first].sort((a, b) => a - b));
  expect(stops.filter((stop) => stop.includes("no focus ring"))).toEqual([]);
});

test("Esc closes what lies on top, one thing at a time", async ({ page }) => {
  await openApp(page, `${SRC}&zoom=10,400,1000,20000`);
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowRight");
  await waitIdle(page);
  await page.keyboard.press("Enter");
  const side = page.getByRole("complementary", { name: "Details of a point" });
  await expect(side).toBeVisible();
  await page.keyboard.press("d");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(side).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(side).toHaveCount(0);
  expect(query(page).has("zoom")).toBe(true);
  await page.keyboard.press("Escape");
  await expect.poll(() => query(page).has("zoom")).toBe(false);
});

test("a drop onto an open drawer is welcome", async ({ page }) => {
  await openApp(page, SRC);
  await page.keyboard.press("d");
  await dropFiles(page, ["public/demo/guidellm.json"]);
  await waitIdle(page);
  await expect(page.getByRole("dialog").locator(".file"), "the demo data made room").toHaveCount(1);
  await expect(page.getByRole("heading", { level: 3 })).toHaveText("guidellm.json");
});

test("sheets that follow each other at once: the last one stays", async ({ page }) => {
  await openApp(page, SRC);
  for (const key of ["d", "Escape", "s", "Escape", "?"]) await page.keyboard.press(key);
  await waitIdle(page);
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
