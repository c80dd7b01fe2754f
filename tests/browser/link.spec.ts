// The link equals the screen: sent, reloaded, gone back from, old, or half understood.
import { readFileSync } from "node:fs";
import { DEMO, box, corpus, expect, facetValues, load, openApp, query, screen, table, test, waitIdle } from "./app";

const SRC = "v=2&src=demo/consolidated.csv";
const VERSIONS = ["RHAIIS-3.4-GA", "RHAIIS-3.5-EA2"];

test("a link to one's own file: whoever has the file sees the same", async ({ page, context, freshPage }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openApp(page);
  await load(page, DEMO);
  await expect(page.locator(".data-name")).toHaveText("consolidated.csv · 1,681 rows");
  for (const version of VERSIONS) await box(page, "version", version).click();
  await waitIdle(page);
  expect(query(page).getAll("f.version")).toEqual(VERSIONS);
  const sent = await screen(page);
  expect(Object.keys(sent.legend).length).toBeGreaterThan(1);
  expect(sent.facets.version.filter(([, , chosen]) => chosen).map(([value]) => value).sort()).toEqual(VERSIONS);

  await page.getByRole("button", { name: "Share" }).click();
  await expect(page.getByRole("dialog")).toContainText("consolidated.csv never left this computer");
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect(page.locator(".toasts")).toContainText("Link copied.");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(page.url());

  const other = await freshPage();
  await other.goto(link);
  await waitIdle(other);
  await expect(other.getByText("Drop the same files to restore that view.")).toBeVisible();
  await load(other, DEMO);
  expect(await screen(other)).toEqual(sent);
  expect(other.url()).toBe(link);
});

test("a link that carries the data: whoever has the link sees the figures, no file needed", async ({ page, freshPage }) => {
  await openApp(page);
  await load(page, corpus("guidellm-0.8.1/concurrent-1-16.json"));
  await page.keyboard.press("s");
  const field = page.getByRole("dialog").getByRole("textbox", { name: "Link" });
  await expect(field).toHaveValue(/#d=/);
  await expect(page.getByRole("dialog")).toContainText("It carries this view and its data (5 rows of");
  const link = await field.inputValue();
  await page.keyboard.press("Escape");
  const sent = await table(page);
  expect(sent.length).toBe(5);

  const other = await freshPage();
  await other.goto(link);
  await waitIdle(other);
  expect(await table(other)).toEqual(sent);
  await other.reload();
  await waitIdle(other);
  expect(await table(other)).toEqual(sent);

  // Cut off on its way: said, with what to do.
  const third = await freshPage();
  await third.goto(link.slice(0, -400));
  await waitIdle(third);
  await third.keyboard.press("d");
  await expect(third.getByRole("dialog")).toContainText("truncated or corrupt");
  await expect(third.getByRole("dialog")).toContainText("Copy the whole link again");
});

test("Back undoes the last choice, Forward does it again", async ({ page }) => {
  await openApp(page, SRC);
  const [first, second] = VERSIONS;
  await box(page, "version", first).click();
  const one = await screen(page);
  await box(page, "version", second).click();
  const two = await screen(page);
  expect(two.query).not.toBe(one.query);

  await page.goBack();
  await expect(box(page, "version", second)).not.toBeChecked();
  expect(await screen(page)).toEqual(one);
  await page.goBack();
  await expect(box(page, "version", first)).not.toBeChecked();
  await waitIdle(page);
  expect(query(page).getAll("f.version")).toEqual([]);
  await page.goForward();
  await page.goForward();
  await expect(box(page, "version", second)).toBeChecked();
  expect(await screen(page)).toEqual(two);
});

test("a reloaded link shows the same, and so does the sub-path's copy of the page", async ({ page, freshPage }) => {
  await openApp(page, `${SRC}&f.version=${VERSIONS[0]}&f.version=${VERSIONS[1]}&f.tp=4&y=ttft.p95&scale.y=log&by=version&by=accelerator`);
  const before = await screen(page);
  expect(Object.keys(before.legend).length).toBeGreaterThan(1);
  await page.reload();
  expect(await screen(page)).toEqual(before);
  const other = await freshPage();
  await other.goto(`/some/sub/path/${before.query}`);
  expect(await screen(other)).toEqual(before);
});

test("what a link says that is not understood is said and ignored", async ({ page }) => {
  const bad = ["zoom=1,2", "scale.y=q", "frobnicate=1", "errors=900", "x="];
  await openApp(page, `${SRC}&${bad.join("&")}&y=ttft.p95`);
  for (const pair of bad) await expect(page.locator(".notice").filter({ hasText: `“${pair}”` })).toBeVisible();
  await expect(page.locator("#pick-y")).toContainText("P95 TTFT");
  expect([...query(page).keys()].sort()).toEqual(["src", "v", "y"]);
  await expect(page.locator(".plot")).toBeVisible();
});

for (const [what, pairs] of [
  ["axes, lines, panels, view and order", ["y=no_such_y.p95", "x=no_such_x", "by=no_such_line", "panel=no_such_panel", "view=no_such_view", "sort=-no_such_column"]],
  ["filters", ["f.version=no-such-version", "f.no_such_dimension=1"]],
] as const) {
  test(`a link asks for ${what} that the data lack: each has a visible note`, async ({ page }) => {
    await openApp(page, `${SRC}&${pairs.join("&")}`);
    await expect(page.locator(".plot, .empty").first()).toBeVisible();
    const notes = page.locator(".notice, .notes li");
    for (const pair of pairs) {
      const name = pair.match(/no[_-]such[_-][a-z]+/)?.[0] as string;
      await expect.soft(notes.filter({ hasText: name }), pair).not.toHaveCount(0, { timeout: 1000 });
    }
  });
}

test("a link picks lines that the filters do not leave: a visible note, and lines all the same", async ({ page }) => {
  await openApp(page, `${SRC}&show=00000000`);
  await expect(page.locator(".notes li").filter({ hasText: "outside the filters" })).toBeVisible();
  expect(Object.keys((await screen(page)).legend)).toHaveLength(8);
});

test("a link from a newer version opens with what is known of it", async ({ page }) => {
  await openApp(page, `v=99&src=demo/consolidated.csv&y=ttft.p95&hologram=on`);
  await expect(page.locator(".notice").filter({ hasText: "newer Inferscope" })).toBeVisible();
  await expect(page.locator("#pick-y")).toContainText("P95 TTFT");
});

test("a link of the dashboard whose place we take opens with our state", async ({ page }) => {
  const theirs = new URLSearchParams({
    section: "performance_plots",
    versions: VERSIONS.join(","),
    models: "openai/gpt-oss-120b",
    profile: "Profile A: Balanced (1k/1k)",
    pp_y: "TTFT P95 (s)",
  });
  await openApp(page, theirs.toString());
  await load(page, DEMO);
  await expect(page.locator("#pick-y")).toContainText("P95 TTFT");
  await expect(page.locator(".chip")).toHaveCount(3);
  for (const version of VERSIONS) await expect(box(page, "version", version)).toBeChecked();
  await expect(box(page, "model", "openai/gpt-oss-120b")).toBeChecked();
  await expect(box(page, "profile", "Balanced (1k/1k)")).toBeChecked();
  expect(Object.fromEntries([...query(page).keys()].map((key) => [key, query(page).getAll(key)]))).toEqual({
    v: ["2"],
    "f.model": ["openai/gpt-oss-120b"],
    "f.profile": ["Balanced (1k/1k)"],
    "f.version": VERSIONS,
    y: ["ttft.p95"],
    local: ["1"],
  });
  expect((await facetValues(page, "version")).filter(([, , chosen]) => chosen)).toHaveLength(2);
});

const EXAMPLES: string[] = JSON.parse(readFileSync("public/config.json", "utf8")).examples.map(({ link }: { link: string }) => link);

test("the examples of the settings are links of the page", async ({ page }) => {
  await openApp(page);
  const links = await page.locator(".examples a").evaluateAll((links) => links.map((link) => link.getAttribute("href") as string));
  expect(new Set(links)).toEqual(new Set(EXAMPLES));
});

for (const [at, link] of EXAMPLES.entries()) {
  test(`example ${at + 1} shows something`, async ({ page }) => {
    await page.goto(link);
    await waitIdle(page);
    await expect(page.locator(".plot, .grid").first(), link).toBeVisible();
    await expect(page.locator(".empty, .notice"), link).toHaveCount(0);
    expect((await page.locator(".plot").count()) + (await page.locator(".grid").count()), link).toBeGreaterThan(0);
    if (await page.locator(".plot").count()) expect(Object.keys((await screen(page)).legend).length, link).toBeGreaterThan(0);
  });
}

test("names of one's own files are in no request: they stand in the fragment, and a long link does too", async ({ page }) => {
  await openApp(page, "v=2&view=data");
  await load(page, { name: "secret-customer.csv", contents: "model,users,output_tokens_per_sec\nsecret-model,1,10\nother,1,12\n" }, corpus("guidellm-0.8.1/concurrent-1-16.json"));
  await facetValues(page, "path");
  await box(page, "path", "concurrent-1-16.json").click();
  await waitIdle(page);
  const url = new URL(page.url());
  expect(url.search).not.toContain("concurrent-1-16");
  expect(url.hash).toContain("f.path=concurrent-1-16.json");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.reload();
  await waitIdle(page);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((address) => address.split("#")[0].includes("concurrent-1-16"))).toEqual([]);
  // What was chosen is still chosen.
  expect(query(page).get("f.path")).toBe("concurrent-1-16.json");

  const many = Array.from({ length: 400 }, (_, i) => `f.model=model-${i}`).join("&");
  await openApp(page, `v=2&src=demo/consolidated.csv&${many}`);
  const long = new URL(page.url());
  expect(long.search.length).toBeLessThanOrEqual(4000);
  expect(query(page).getAll("f.model")).toHaveLength(400);
  await page.reload();
  await waitIdle(page);
  expect(query(page).getAll("f.model")).toHaveLength(400);
});
