// Files reach the page: dropped, picked, pasted, named by the link; what is wrong with them is said, what is right is shown.
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { DEMO, corpus, dropFiles, expect, facetValues, hoverCard, load, openApp, query, screen, table, test, waitIdle } from "./app";

const GUIDELLM = "guidellm-0.8.1/concurrent-1-16.json";

/** What the table must show of a GuideLLM file, taken from the file without the program's help. */
function figuresOf(path: string): Record<string, number>[] {
  const file = JSON.parse(readFileSync(path, "utf8"));
  // biome-ignore lint: the file's own shape.
  return file.benchmarks.map(({ config, metrics }: any) => {
    const of = (name: string) => metrics[name].successful;
    return {
      "Concurrency/rate": config.strategy.streams,
      "Output throughput tok/s": of("output_tokens_per_second").mean,
      "Request throughput req/s": of("requests_per_second").mean,
      "Mean TTFT ms": of("time_to_first_token_ms").mean,
      "P95 TTFT ms": of("time_to_first_token_ms").percentiles.p95,
      "P50 ITL ms": of("inter_token_latency_ms").median,
      "P95 ITL ms": of("inter_token_latency_ms").percentiles.p95,
      "P50 TPOT ms": of("inter_token_latency_ms").median,
      "P50 E2E latency ms": of("request_latency").median * 1000,
      "Completed requests requests": metrics.request_totals.successful,
    };
  });
}

/** The table's columns that `figuresOf` knows, as numbers, once with every digit and once as shown. */
async function shownFigures(page: Page, like: Record<string, number>) {
  const rows = await table(page);
  const pick = (kind: "text" | "exact") =>
    rows.map((row) => Object.fromEntries(Object.keys(like).map((name) => [name, Number(row[name]?.[kind].replaceAll(",", "") || "NaN")])));
  return { exact: pick("exact"), text: pick("text") };
}

function expectFigures(shown: Record<string, number>[], expected: Record<string, number>[], relative: number) {
  expect(shown.map((row) => row["Concurrency/rate"])).toEqual(expected.map((row) => row["Concurrency/rate"]));
  for (const [i, row] of expected.entries()) {
    for (const [name, value] of Object.entries(row)) {
      expect(Math.abs(shown[i][name] - value), `${name} at level ${row["Concurrency/rate"]}: ${shown[i][name]} for ${value}`).toBeLessThanOrEqual(value * relative);
    }
  }
}

/** The files drawer's words on one file. */
async function drawer(page: Page, path: string) {
  if (!(await page.getByRole("dialog").isVisible())) await page.keyboard.press("d");
  return page.getByRole("dialog", { name: "Files and messages" }).locator(`.file[data-path="${path}"]`);
}

test("a file with nothing to show: a message gives the reason, and the demo stays", async ({ page }) => {
  await openApp(page);
  const summary = { load_summary: { count: 2 }, successes: { count: 2, latency: { request_latency: { mean: 1 } } }, failures: { count: 0 } };
  await load(page, { name: "summary_lifecycle_metrics.json", contents: JSON.stringify(summary) });
  await expect(page.locator(".toasts")).toContainText("summary_lifecycle_metrics.json: nothing to show. The report has no load level");
  await expect(page.getByText("Synthetic demo data", { exact: true }).last()).toBeVisible();
});

test("a GuideLLM file: demo data make room, five load levels, the file's own figures, each with its origin", async ({ page }) => {
  const path = corpus(GUIDELLM);
  const expected = figuresOf(path);
  await openApp(page);
  await expect(page.getByText("Synthetic demo data", { exact: true }).last()).toBeVisible();
  await load(page, path);

  await expect(page.locator(".data-name")).toHaveText("concurrent-1-16.json · 5 rows");
  await expect(page.locator("strong.demo")).toHaveCount(0);
  await expect(page.locator(".toasts")).toContainText("Demo data removed.");
  expect(expected.map((row) => row["Concurrency/rate"])).toEqual([1, 2, 4, 8, 16]);
  const shown = await shownFigures(page, expected[0]);
  expectFigures(shown.exact, expected, 1e-12);
  // Four digits to look at.
  expectFigures(shown.text, expected, 5e-4);

  // The chart has the same five points: walk along them.
  await page.locator(".plot").focus();
  const cards = [];
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press("ArrowRight");
    cards.push(await hoverCard(page));
  }
  expect(cards.map((card) => card.facts["Load level"])).toEqual(["1", "2", "4", "8", "16", "16"]);
  for (const [i, card] of cards.slice(0, 5).entries()) {
    expect(card.origin).toBe(`concurrent-1-16.json, benchmarks[${i}]`);
    // What differs, and the figures; the rest is in the details that a click keeps open.
    expect(card.facts).toMatchObject({
      Model: "mock/tiny-llm",
      "Output throughput": `${Number(expected[i]["Output throughput tok/s"].toPrecision(3))} tok/s`,
    });
  }
});

test("the content says what a file is: JSON and YAML twins named `unknown` give one table", async ({ page }) => {
  const [json, yaml] = [corpus(GUIDELLM), corpus(GUIDELLM.replace(".json", ".yaml"))].map((path) => readFileSync(path));
  const expected = figuresOf(corpus(GUIDELLM));
  await openApp(page);
  const seen = [];
  for (const [i, contents] of [json, yaml].entries()) {
    await load(page, { name: "unknown", contents });
    if (i > 0) await page.getByRole("button", { name: "Replace the earlier files" }).click();
    await expect(page.locator(".data-name")).toHaveText("unknown · 5 rows");
    await waitIdle(page);
    expectFigures((await shownFigures(page, expected[0])).exact, expected, 1e-12);
    seen.push(await screen(page));
  }
  expect(seen[1]).toEqual(seen[0]);
});

test("what is wrong is named with place, reason and hint; what is right is shown", async ({ page }) => {
  const whole = readFileSync(corpus(GUIDELLM));
  const lines = readFileSync(DEMO, "utf8").split("\n").slice(0, 9);
  const columns = lines[0].split(",").length;
  // One row of words, among seven good ones.
  lines.splice(4, 0, Array(columns).fill("oops").join(","));
  await openApp(page);
  await load(
    page,
    { name: "truncated.json", contents: whole.subarray(0, whole.length >> 1) },
    { name: "broken-row.csv", contents: lines.join("\n") },
    { name: "holiday.txt", contents: "Dear diary, today I measured nothing.\n" },
    { name: "empty.csv", contents: "" },
  );
  await expect(page.locator(".data-name")).toContainText("4 files");

  for (const [path, place, facts] of [
    ["truncated.json", /line \d+|byte|position|end/i, null],
    ["broken-row.csv", /line 5|row 4/i, /8 measurements/],
    ["holiday.txt", /file/i, /not recognised/],
    ["empty.csv", /file/i, /not recognised/],
  ] as const) {
    const file = await drawer(page, path);
    const finding = file.locator(".finding.error, .finding.warning").filter({ hasText: place }).first();
    await expect(finding, path).toBeVisible();
    expect((await finding.locator("p").first().innerText()).replace(/^.*?: /, "").length, `${path}: a reason`).toBeGreaterThan(10);
    await expect(finding.locator(".hint"), `${path}: a hint`).not.toBeEmpty();
    if (facts) await expect(file.locator(".facts"), path).toContainText(facts);
  }
  await page.keyboard.press("Escape");
  const rows = await table(page);
  expect(rows.filter((row) => row.Source.text.startsWith("broken-row.csv"))).toHaveLength(8);
  await expect(page.locator(".data-chip .badge").first()).toBeVisible();
});

test("a folder with folders in it: every file is read under its path, a bad one stops nobody", async ({ page }) => {
  const folder = test.info().outputPath("results");
  const guidellm = readFileSync(corpus(GUIDELLM));
  const csv = readFileSync(DEMO, "utf8").split("\n").slice(0, 9).join("\n");
  for (const [path, contents] of [
    ["a.csv", csv],
    ["monday/run.json", guidellm],
    ["monday/deep/er/run.json", guidellm],
    ["notes/readme.md", "# nothing to measure\n"],
    [".hidden/skipped.csv", csv],
  ] as const) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  await openApp(page);
  await load(page, folder);
  await page.keyboard.press("d");
  const files = page.getByRole("dialog").locator(".file");
  await expect(files).toHaveCount(3);
  expect(await files.evaluateAll((files) => files.map((file) => file.getAttribute("data-path")))).toEqual([
    "results/a.csv",
    "results/monday/deep/er/run.json",
    "results/monday/run.json",
  ]);
  const asides = page.getByRole("dialog").locator(".asides");
  await expect(asides).toContainText("Not results: 1 file (1 document).");
  await asides.locator("summary").click();
  await expect(asides).toContainText("results/notes/readme.md");
  await page.keyboard.press("Escape");
  await expect(page.locator(".data-name")).toHaveText("3 files · 18 rows");
});

test("a table of 2 GiB is refused in words; what was there stays, and the page goes on", async ({ page }) => {
  await openApp(page, "v=2&src=demo/consolidated.csv");
  const before = await page.locator(".sentence").innerText();
  const path = test.info().outputPath("huge.csv");
  // Sparse: it takes no room on the disk.
  writeFileSync(path, "model,ttft\n");
  truncateSync(path, 2 ** 31);
  await load(page, path);
  await expect(page.locator(".data-chip")).toContainText("1 error");
  expect(await page.locator(".sentence").innerText()).toBe(before);
  await page.keyboard.press("d");
  await expect(page.getByRole("dialog")).toContainText("The file is 2.0 GiB; the limit is 1 GiB.");
  await page.keyboard.press("Escape");
  await facetValues(page, "accelerator");
});

test("many files at once, one more later, and each can be removed", async ({ page }) => {
  const rows = readFileSync(DEMO, "utf8").trim().split("\n");
  const part = (i: number) => ({ name: `part-${i}.csv`, contents: [rows[0], ...rows.slice(1 + 8 * i, 9 + 8 * i)].join("\n") });
  await openApp(page);
  await load(page, ...Array.from({ length: 12 }, (_, i) => part(i)));
  await expect(page.locator(".data-name")).toHaveText("12 files · 96 rows");
  await load(page, part(12));
  await expect(page.locator(".data-name")).toHaveText("13 files · 104 rows");
  await (await drawer(page, "part-3.csv")).getByRole("button", { name: "remove" }).click();
  await expect(page.getByRole("dialog").locator(".file")).toHaveCount(12);
  await expect(await drawer(page, "part-3.csv")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await waitIdle(page);
  await expect(page.locator(".data-name")).toHaveText("12 files · 96 rows");
  expect((await facetValues(page, "path")).map(([path]) => path)).not.toContain("part-3.csv");
});

test("what was removed is put back, with the link as it was", async ({ page }) => {
  await openApp(page);
  await load(page, corpus(GUIDELLM));
  const link = page.url();
  await (await drawer(page, "concurrent-1-16.json")).getByRole("button", { name: "remove" }).click();
  await page.keyboard.press("Escape");
  await waitIdle(page);
  await expect(page.locator(".toasts")).toContainText("concurrent-1-16.json removed.");
  await page.locator(".toasts").getByRole("button", { name: "Undo" }).click();
  await waitIdle(page);
  await expect(page.locator(".data-name")).toContainText("concurrent-1-16.json");
  await expect(page.locator(".plot").first()).toBeVisible();
  expect(page.url()).toBe(link);
});

test("each of several removals has an Undo of its own", async ({ page }) => {
  await openApp(page);
  const files = [1, 2, 3].map((at) => ({ name: `part-${at}.csv`, contents: readFileSync(DEMO, "utf8").split("\n").slice(0, 1 + at).join("\n") }));
  await load(page, ...files);
  for (const name of ["part-1.csv", "part-3.csv"]) {
    await (await drawer(page, name)).getByRole("button", { name: "remove" }).click();
    await page.keyboard.press("Escape");
    await waitIdle(page);
  }
  await expect(page.locator(".data-name")).toHaveText(/^part-2.csv/);
  for (const left of ["2 files", "3 files"]) {
    await page.locator(".toasts").getByRole("button", { name: "Undo" }).first().click();
    await waitIdle(page);
    await expect(page.locator(".data-name")).toContainText(left);
  }
});

test("the last file is removed: the empty page says what to do", async ({ page }) => {
  await openApp(page);
  await load(page, corpus(GUIDELLM));
  await (await drawer(page, "concurrent-1-16.json")).getByRole("button", { name: "remove" }).click();
  await page.keyboard.press("Escape");
  await waitIdle(page);
  await expect(page.getByRole("heading", { name: "Drop inference-benchmark results here" })).toBeVisible();
  await expect(page.locator(".welcome .examples a").first()).toBeVisible();
});

test("pasted text is a file", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const csv = readFileSync(DEMO, "utf8").split("\n").slice(0, 9).join("\n");
  await openApp(page);
  await page.evaluate((csv) => navigator.clipboard.writeText(csv), csv);
  await page.keyboard.press("ControlOrMeta+v");
  await expect(page.locator(".data-name")).toHaveText("pasted-1 · 8 rows");
  await waitIdle(page);
  expect(await table(page)).toHaveLength(8);
});

test("the file picker reads what is picked, twice over", async ({ page }) => {
  await openApp(page);
  for (const text of ["concurrent-1-16.json · 5 rows", "2 files · 10 rows"]) {
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Open files" }).click();
    await (await chooser).setFiles(corpus(GUIDELLM));
    await expect(page.locator(".data-name")).toHaveText(text);
  }
  await waitIdle(page);
});

test("“read as …”: another format finds nothing and says so, the right one finds everything again", async ({ page }) => {
  await openApp(page);
  await load(page, corpus(GUIDELLM));
  const file = await drawer(page, "concurrent-1-16.json");
  const readAs = async (name: RegExp) => {
    await file.getByRole("button", { name: "read as" }).click();
    await page.getByRole("option", { name }).click();
    await waitIdle(page);
  };
  await readAs(/RHAIIS/);
  await expect(file.locator(".facts")).toContainText("0 measurements");
  await expect(file.locator(".finding").first()).toBeVisible();
  await readAs(/^GuideLLM JSON, YAML/);
  await expect(file.locator(".facts")).toContainText("5 measurements");
  await readAs(/detect from the content/);
  await expect(file.locator(".facts")).toContainText("5 measurements");
});

test("the link names two files: both are loaded, and leave the link when they are removed", async ({ page }) => {
  await openApp(page, "v=2&src=demo/consolidated.csv&src=demo/guidellm.json&f=none");
  await expect(page.locator(".data-name")).toHaveText("2 files · 1,686 rows");
  expect(query(page).getAll("src")).toEqual(["demo/consolidated.csv", "demo/guidellm.json"]);
  await (await drawer(page, "demo/consolidated.csv")).getByRole("button", { name: "remove" }).click();
  await page.keyboard.press("Escape");
  await waitIdle(page);
  expect(query(page).getAll("src")).toEqual(["demo/guidellm.json"]);
  await expect(page.locator(".data-name")).toContainText("5 rows");
});

test("a file that the link names and nobody has is said", async ({ page }) => {
  await openApp(page, "v=2&src=demo/no-such-file.csv");
  const file = await drawer(page, "demo/no-such-file.csv");
  await expect(file.locator(".finding.error")).toContainText("404");
});

test("files that are dropped while the page loads are read when it is there", async ({ page }) => {
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route("**/inferscope-web-*_bg.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/", { waitUntil: "commit" });
  await expect(page.getByText("You can drop files already.")).toBeVisible();
  await page.waitForFunction(() => "inferscopeDropped" in globalThis);
  await dropFiles(page, [corpus(GUIDELLM)]);
  await expect(page.getByText("Your files are read as soon as the page is loaded.")).toBeVisible();
  release();
  await expect(page.locator("#boot")).toHaveCount(0);
  await waitIdle(page);
  await expect(page.locator(".data-name")).toHaveText("concurrent-1-16.json · 5 rows");
});

for (const [what, how] of [
  ["cannot be made", (page: Page) => page.addInitScript("window.Worker = class { constructor() { throw new Error('no workers here'); } }")],
  ["cannot load its program", (page: Page) => page.route("**/worker-*.js*", (route) => route.fulfill({ status: 404 }))],
] as const) {
  test(`a worker ${what}: the page reads and shows all the same`, async ({ page }) => {
    await how(page);
    await openApp(page);
    expect(page.workers()).toHaveLength(0);
    await expect(page.locator(".plot")).toBeVisible();
    await dropFiles(page, [corpus(GUIDELLM)]);
    await waitIdle(page);
    await expect(page.locator(".data-name")).toHaveText("concurrent-1-16.json · 5 rows");
    const expected = figuresOf(corpus(GUIDELLM));
    expectFigures((await shownFigures(page, expected[0])).exact, expected, 1e-12);
  });
}
