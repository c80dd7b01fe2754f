// Text from a file is text everywhere: no markup, no script, no formula.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { DEMO, dropFiles, expect, hoverCard, legend, load, openApp, query, table, test, waitIdle } from "./app";

const MARKUP = `<img src=x onerror="window.harmed=1">`;
const FORMULA = "=cmd|'calc'!A0";
const VERSION = "<script>window.harmed=2</script>";
const NAME = "<img src=x onerror=window.harmed=3>.csv";

/** The demo's first configuration twice, under hostile names, and a row that is broken in a hostile way. */
function hostile(): string {
  const [header, ...rows] = readFileSync(DEMO, "utf8").split("\n").slice(0, 9);
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const under = (model: string) =>
    rows.map((row) => {
      const cells = row.split(",");
      [cells[2], cells[3]] = [quoted(model), quoted(VERSION)];
      return cells.join(",");
    });
  const broken = rows[0].split(",");
  broken[8] = MARKUP.replaceAll('"', "'");
  return [header, ...under(MARKUP), ...under(FORMULA), broken.join(",")].join("\n");
}

async function harmless(page: Page): Promise<void> {
  expect(await page.evaluate(() => (window as unknown as { harmed?: number }).harmed)).toBeUndefined();
  await expect(page.locator("img, main script, .toasts script, dialog script")).toHaveCount(0);
}

test("markup and formulas from a file are shown as text, wherever they are shown", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await openApp(page, "v=2&f=none");
  asked.length = 0;
  await dropFiles(page, [{ name: NAME, contents: hostile() }]);
  await waitIdle(page);
  await expect(page.locator(".data-name")).toContainText(NAME);
  await harmless(page);

  // Facets, legend, table.
  const models = page.locator('.facet[data-facet="model"] .facet-value');
  await expect(models.filter({ hasText: MARKUP })).toHaveCount(1);
  await expect(models.filter({ hasText: FORMULA })).toHaveCount(1);
  const names = Object.keys(await legend(page));
  expect(names.filter((name) => name.includes(MARKUP))).toHaveLength(1);
  expect(names.filter((name) => name.includes(FORMULA))).toHaveLength(1);
  const rows = await table(page);
  expect(new Set(rows.map((row) => row.Model.text))).toEqual(new Set([MARKUP, FORMULA, "openai/gpt-oss-120b"].filter((model) => rows.some((row) => row.Model.text === model))));
  expect(rows.filter((row) => row.Model.text === MARKUP)).toHaveLength(8);
  expect(rows.filter((row) => row.Version.text === VERSION)).toHaveLength(16);

  // The card at the point, the details, the chip.
  await page.locator(".plot").focus();
  for (const [key, model] of [
    ["ArrowRight", names.find((name) => name.includes(MARKUP) || name.includes(FORMULA))],
    ["ArrowDown", undefined],
  ] as const) {
    await page.keyboard.press(key);
    const card = await hoverCard(page);
    expect(`${card.title} ${Object.values(card.facts).join(" ")}`).toMatch(/window\.harmed|=cmd/);
    if (model) await page.keyboard.press("Enter");
  }
  await expect(page.getByRole("complementary", { name: "Details of a point" })).toBeVisible();
  await page.getByRole("button", { name: "Close details" }).click();
  await page.locator(".facet[data-facet=model] .facet-line").filter({ hasText: MARKUP }).getByRole("checkbox").check();
  await waitIdle(page);
  await expect(page.locator(".chip").filter({ hasText: MARKUP })).toBeVisible();
  expect(query(page).get("f.model")).toBe(MARKUP);
  await page.goBack();
  await waitIdle(page);

  // Palette, drawer, toasts, share.
  await page.keyboard.press("k");
  await page.keyboard.type("onerror");
  await expect(page.getByRole("option").filter({ hasText: MARKUP }).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("d");
  await expect(page.getByRole("heading", { level: 3 })).toHaveText(NAME);
  await expect(page.locator(".finding").first()).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("s");
  await expect(page.getByRole("dialog")).toContainText(NAME);

  // What leaves the page is defused.
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: /Download/ }).click();
  const csv = readFileSync(await (await download).path(), "utf8");
  expect(csv).toContain(`'${FORMULA}`);
  expect(csv).not.toMatch(/(^|[,\n"])=cmd/);
  await page.keyboard.press("Escape");
  await page.locator("#table-menu").click();
  await page.getByRole("option", { name: "Copy the table" }).click();
  await expect(page.locator(".toasts")).toContainText("rows copied");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(`'${FORMULA}`);
  expect(copied).not.toMatch(/(^|[\t\n"])=cmd/);
  expect(copied.trim().split("\n")).toHaveLength(rows.length + 1);

  await harmless(page);
  const foreign = asked.map((url) => new URL(url).pathname).filter((path) => !/\/(favicon\.svg|(inferscope-(web|engine|reader)|worker|keep|offline)-[^/]+)$/.test(path));
  expect(foreign, "nothing was fetched because of it").toEqual([]);
});

test("an image of the chart holds the names as text", async ({ page }) => {
  await openApp(page, "v=2&f=none");
  await load(page, { name: "hostile.csv", contents: hostile() });
  for (const [line, ending] of [
    ["Save as SVG", "svg"],
    ["Save as PNG", "png"],
  ]) {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Panel menu" }).or(page.locator("#panel-menu-0")).first().click();
    await page.getByRole("option", { name: line }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(new RegExp(`\\.${ending}$`));
    const bytes = readFileSync(await file.path());
    expect(bytes.length).toBeGreaterThan(1000);
    if (ending === "svg") {
      expect(bytes.toString()).toContain("&lt;img");
      expect(bytes.toString()).not.toMatch(/<img|<script/);
    }
  }
  await harmless(page);
});
