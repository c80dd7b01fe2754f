// What the page opens on, in the order of `state::Opening`: data in the link, `src`, the notice, the start data; and what
// stays when data come and go.
import { DEMO, box, corpus, expect, load, openApp, query, test, waitIdle } from "./app";

const NOTICE = "files on its sender’s computer";
const GUIDELLM = "public/demo/guidellm.json";

test("a link without data opens on the start data, labelled, with a note; the sender's file then takes their place", async ({ page }) => {
  await openApp(page, "v=2&view=data&sort=-model&threshold=2");
  await expect(page.locator(".data-name")).toHaveText("Synthetic demo data · 1,681 rows");
  await expect(page.locator("strong.demo")).toBeVisible();
  await expect(page.getByRole("tab", { name: "Data", exact: true })).toHaveAttribute("aria-selected", "true");
  await expect(page.locator(".notice")).toContainText("This link names no data, so you see Synthetic demo data.");
  expect(query(page).getAll("src"), "the address equals the screen").toEqual(["demo/consolidated.csv"]);

  await load(page, GUIDELLM);
  await expect(page.locator(".data-name")).toHaveText("guidellm.json · 5 rows");
  await expect(page.locator(".notice")).toHaveCount(0);
  expect(page.url().split("?")[1]).toBe("v=2&view=data&local=1&sort=-model&threshold=2");
});

test("what is changed on the start data is not taken along into a link of one's own file", async ({ page }) => {
  await openApp(page, "v=2&view=data");
  await box(page, "version", "RHAIIS-3.4-GA").click();
  await waitIdle(page);
  await expect(page.locator(".notice")).toHaveCount(0);
  await load(page, GUIDELLM);
  expect(page.url().split("?")[1]).toBe("v=2&local=1");
});

test("a link made from a local file says so; without the file there is the notice, never the demo", async ({ page, freshPage }) => {
  await openApp(page);
  await load(page, GUIDELLM);
  expect(query(page).get("local")).toBe("1");
  const link = page.url();

  const other = await freshPage();
  await other.goto(link);
  await waitIdle(other);
  await expect(other.locator(".welcome .notice")).toContainText(NOTICE);
  await expect(other.locator(".data-name")).toHaveText("no data");
  expect(other.url()).toBe(link);
  await load(other, GUIDELLM);
  await expect(other.locator(".notice")).toHaveCount(0);
  expect(other.url()).toBe(link);

  // The last local file removed: nothing is missing any more.
  await other.keyboard.press("d");
  await other.getByRole("dialog").getByRole("button", { name: "remove" }).click();
  await waitIdle(other);
  expect(query(other).has("local")).toBe(false);
});

test("a link with an address and local files shows what it can and says what is missing", async ({ page }) => {
  await openApp(page, "v=2&src=demo/guidellm.json&local=1");
  await expect(page.locator(".plot")).toBeVisible();
  await expect(page.locator(".notice")).toContainText(NOTICE);
  await page.getByRole("button", { name: "Go on without them" }).click();
  await expect(page.locator(".notice")).toHaveCount(0);
  await expect.poll(() => query(page).has("local")).toBe(false);
});

test("a link that carries the data misses no file", async ({ page, freshPage }) => {
  await openApp(page);
  await load(page, corpus("guidellm-0.8.1/concurrent-1-16.json"));
  await page.keyboard.press("s");
  const field = page.getByRole("dialog").getByRole("textbox", { name: "Link" });
  await expect(field).toHaveValue(/#d=/);
  const link = await field.inputValue();
  expect(link).not.toContain("local=");
  const other = await freshPage();
  await other.goto(link);
  await waitIdle(other);
  await expect(other.locator(".plot")).toBeVisible();
  await expect(other.locator(".notice")).toHaveCount(0);
});

test("limits, threshold, SLO, statistic and prices stay when the demo makes room; filters and axes of the demo go", async ({ page }) => {
  const set = "errors=3&slo.ttft.p95=4000&threshold=2&stat=p99&price=H200%7CAWS+p5en.48xlarge%7C8%7C40";
  const chosen = "f.version=RHAIIS-3.4-GA&x=load:concurrency&y=ttft.p95&scale.y=log&by=version&o.target=7";
  await openApp(page, `v=2&src=demo/consolidated.csv&${set}&${chosen}`);
  await load(page, GUIDELLM);
  const expected = `v=2&local=1&${set.replaceAll("%7C", "|")}`;
  expect(decodeURIComponent(page.url().split("?")[1])).toBe(expected);
});

test("showing only one file keeps them too", async ({ page }) => {
  await openApp(page, "v=2&local=1&errors=3&threshold=2&slo.ttft.p95=4000&f.model=nobody");
  await load(page, GUIDELLM);
  await page.locator(".toasts").getByRole("button", { name: "Only guidellm.json" }).click();
  await waitIdle(page);
  expect([query(page).get("f.path"), query(page).get("errors"), query(page).get("threshold"), query(page).get("slo.ttft.p95")]).toEqual([
    "guidellm.json",
    "3",
    "2",
    "4000",
  ]);
});

test("Back after a drop does not bring the demo beside one's own data", async ({ page }) => {
  await openApp(page);
  await box(page, "version", "RHAIIS-3.4-GA").click();
  await waitIdle(page);
  await load(page, DEMO);
  await expect(page.locator(".data-name")).toHaveText("consolidated.csv · 1,681 rows");
  await page.goBack();
  await waitIdle(page);
  await expect(page.locator(".data-name")).toHaveText("consolidated.csv · 1,681 rows");
  await expect(page.locator("strong.demo")).toHaveCount(1); // the dropped copy is synthetic, too
  expect(query(page).getAll("src")).toEqual([]);
});

test("the start page's “clear all” and the key c do the same: filters and zoom go", async ({ page }) => {
  const query0 = "v=2&src=demo/consolidated.csv&f.version=RHAIIS-3.4-GA&zoom=1,100,1,5000";
  for (const clear of ["key", "button"]) {
    await openApp(page, query0);
    if (clear === "key") await page.keyboard.press("c");
    else await page.getByRole("button", { name: "clear all" }).click();
    await waitIdle(page);
    await expect.poll(() => query(page).has("zoom"), clear).toBe(false);
    expect(query(page).get("f"), clear).toBe("none");
  }
});
