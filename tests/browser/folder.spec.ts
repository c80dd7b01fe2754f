// A folder of many tools' files: archives, files that complete each other, what a person says of them, other kinds of records.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Page } from "@playwright/test";
import { type Row, dropFiles, expect, facetValues, load, openApp, query, table, test, waitIdle } from "./app";

const FIXTURES = "tests/fixtures";

/** A zip with the members as they are (method “stored”): what `zip -0` writes. */
function zip(members: [path: string, content: Buffer][]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of members) {
    const name = Buffer.from(path);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(content.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, name, content]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fields, rest, name]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

const fixture = (path: string) => readFileSync(join(FIXTURES, path));

/** A folder on disk, so that it is dropped as one. */
function folder(name: string, files: [path: string, content: Buffer][]): string {
  const root = test.info().outputPath("folders", name);
  for (const [path, content] of files) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const openDrawer = async (page: Page) => {
  await page.keyboard.press("d");
  return page.getByRole("dialog", { name: "Files and messages" });
};

const column = (rows: Row[], name: string) => rows.map((row) => row[name]?.exact || row[name]?.text);

/** One file of each tool, where it lies in the zip, and the words by which it is told. */
const TOOLS: [path: string, source: string, words: string][] = [
  ["guidellm/run.json", "guidellm/0.8.1/concurrent-1-16.json", "GuideLLM 0.8.1"],
  ["rhaiis/all.csv", "rhaiis/52-columns/ladder.csv", "RHAIIS"],
  ["vllm/conc16.json", "vllm/0.33.0/conc16.json", "vLLM"],
  ["sglang/out.jsonl", "sglang/0.5.5.post3/concurrency-1-4-16.jsonl", "SGLang"],
  ["sa/sa-bench_isl_128_osl_32/results_concurrency_1_gpus_8.json", "sa-bench/c88ef73/sa-bench_isl_128_osl_32/results_concurrency_1_gpus_8.json", "sa-bench"],
  ["inferencex/agg.json", "inferencex/v2/agg_mock_v2_conc4.json", "InferenceX"],
  ["aiperf/profile_export_aiperf.json", "aiperf/0.13.0/concurrency-4.json", "AIPerf 0.13.0"],
  ["inference-perf/stage_0_lifecycle_metrics.json", "inference-perf/0.7.0/stage-concurrency-4.json", "inference-perf"],
  ["report/report.yaml", "report/0.2.1/inference-perf-partial.yaml", "llm-d benchmark report"],
];

test("a zip of a mixed folder: every tool's file is recognised, and what is not is listed with a reason", async ({ page }) => {
  const members = TOOLS.map(([path, source]): [string, Buffer] => [path, fixture(source)]);
  members.push(["notes/diary.txt", Buffer.from("Dear diary, today I measured nothing.\n")]);
  await openApp(page);
  await load(page, { name: "mixed.zip", contents: zip(members) });
  await expect(page.locator(".data-name")).toContainText("mixed.zip");
  const drawer = await openDrawer(page);
  const archive = drawer.locator('.file[data-path="mixed.zip"]');
  await expect(archive.locator(".facts").first()).toHaveText(`${members.length} files inside, ${TOOLS.length} recognised`);
  await archive.getByText("List them").click();
  for (const [path, , words] of TOOLS) {
    const facts = archive.locator(`[data-path="mixed.zip/${path}"] .facts`);
    await expect(facts, path).toContainText(words);
    await expect(facts, path).toContainText(/[1-9]\d* measurement/);
  }
  const unread = archive.locator('[data-path="mixed.zip/notes/diary.txt"]');
  await expect(unread.locator(".facts")).toHaveText("not recognised");
  await expect(unread.locator(".finding.error .hint")).not.toBeEmpty();

  // All findings together, alike ones in one group; and as a file.
  await drawer.getByRole("tab", { name: /^Messages/ }).click();
  await expect(drawer.locator(".groups .finding.error").filter({ hasText: "Dear diary" })).toContainText("mixed.zip/notes/diary.txt");
  const download = page.waitForEvent("download");
  await drawer.getByRole("button", { name: "Download as JSON" }).click();
  const { totals, files } = JSON.parse(readFileSync(await (await download).path(), "utf8"));
  expect(totals).toMatchObject({ files: members.length, recognised: TOOLS.length });
  const diary = files.find((report: { path: string }) => report.path === "mixed.zip/notes/diary.txt");
  expect(diary).toMatchObject({ format: null, measurements: 0, diagnostics: [{ severity: "error" }] });
});

test("a report and its CSV are one measurement, and each file says what the other gave", async ({ page }) => {
  const root = folder("aiperf-run", [
    ["profile_export_aiperf.json", fixture("aiperf/0.13.0/concurrency-4.json")],
    ["profile_export_aiperf.csv", fixture("aiperf/0.13.0/concurrency-4.csv")],
  ]);
  await openApp(page);
  await load(page, root);
  const rows = await table(page);
  expect(column(rows, "Source")).toEqual(["aiperf-run/profile_export_aiperf.json, file"]);
  expect(column(rows, "Concurrency/rate")).toEqual(["4"]);
  const drawer = await openDrawer(page);
  const twin = drawer.locator('.file[data-path="aiperf-run/profile_export_aiperf.csv"] .join');
  await expect(twin).toHaveText("One measurement is also in aiperf-run/profile_export_aiperf.json: shown once, with the fields of both files.");
});

test("what a file does not say, a person says: marked, filtered by, in the link, and remembered", async ({ page, freshPage }) => {
  const run = (name: string) => ({ name, contents: fixture("inference-perf/0.7.0/stage-concurrency-4.json") });
  await openApp(page);
  await load(page, run("one.json"));
  const drawer = await openDrawer(page);
  await drawer.locator('.file[data-path="one.json"]').getByRole("button", { name: "describe" }).click();
  const editor = page.getByRole("dialog", { name: "Describe files" });
  await expect(editor.getByLabel("Accelerator", { exact: true })).toHaveAttribute("placeholder", "not stated");
  await editor.getByLabel("Accelerator", { exact: true }).fill("H200");
  await editor.getByLabel("TP", { exact: true }).fill("4");
  await editor.getByLabel("Tags", { exact: true }).fill("nightly, mock");
  await editor.getByRole("button", { name: "Apply" }).click();
  await waitIdle(page);
  await page.keyboard.press("Escape");
  expect(query(page).get("given.accelerator")).toBe("one.json|H200");
  expect(await facetValues(page, "tags")).toEqual([["mock", 1, false], ["nightly", 1, false]]);
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  const side = page.getByRole("complementary", { name: "Details of a point" });
  await expect(side).toContainText("Accelerator, TP, Tags");
  // What follows from it is computed: four GPUs, and throughput for each.
  await expect(side).toContainText("Output throughput per GPU");

  // It travels in exports.
  const download = page.waitForEvent("download");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: "Download the shown measurements" }).click();
  const [header, row] = readFileSync(await (await download).path(), "utf8").split("\n");
  const cell = (name: string) => row.split(",")[header.split(",").indexOf(name)];
  expect([cell("accelerator"), cell("tp"), cell("gpus")]).toEqual(["H200", "4", "4"]);
  await page.keyboard.press("Escape");

  // The link brings it to whoever has the file.
  const link = page.url();
  const other = await freshPage();
  await other.goto(link);
  // Before the page is there, nobody takes the drop.
  await waitIdle(other);
  await load(other, run("one.json"));
  expect(await facetValues(other, "accelerator")).toEqual([["H200", 1, false]]);

  // This browser remembers it without the link and the files that it keeps; another file is not concerned.
  await page.evaluate(() => localStorage.removeItem("inferscope.kept"));
  await page.goto("/");
  await waitIdle(page);
  await load(page, run("two.json"));
  expect(query(page).get("given.accelerator")).toBeNull();
  await load(page, run("one.json"));
  expect(query(page).get("given.accelerator")).toBe("one.json|H200");

  // Emptied, it is taken back.
  await (await openDrawer(page)).locator('.file[data-path="one.json"]').getByRole("button", { name: "describe" }).click();
  await expect(editor.getByLabel("Accelerator", { exact: true })).toHaveValue("H200");
  for (const name of ["Accelerator", "TP", "Tags"]) await editor.getByLabel(name, { exact: true }).fill("");
  await editor.getByRole("button", { name: "Apply" }).click();
  await waitIdle(page);
  expect(query(page).get("given.accelerator")).toBeNull();
});

test("a file dropped twice is shown once", async ({ page }) => {
  const path = join(FIXTURES, "vllm/0.33.0/conc16.json");
  await openApp(page);
  await dropFiles(page, [path]);
  await waitIdle(page);
  const once = await table(page);
  await load(page, path);
  expect(await table(page)).toEqual(once);
});

test("a table that no tool claims: a person says what its columns mean, and the next one is read the same way", async ({ page }) => {
  const head = "model,users,ttft_p95_ms,mystery";
  await openApp(page);
  await load(page, { name: "own.csv", contents: `${head}\nm,1,120.5,11\nm,2,180.25,12.5\n` });
  const file = (await openDrawer(page)).locator('.file[data-path="own.csv"]');
  await expect(file.locator(".facts")).toHaveText("not recognised");
  await file.getByRole("button", { name: "map columns" }).click();
  const mapping = page.getByRole("dialog", { name: "Map columns" });
  const row = (name: string) => mapping.locator(`tr[data-column="${name}"]`);
  await expect(row("users")).toContainText("load: concurrency");
  await expect(row("ttft_p95_ms")).toContainText("TTFT");
  await expect(row("ttft_p95_ms").getByLabel("Statistic")).toHaveValue("p95");
  await row("mystery").getByRole("button").first().click();
  await page.keyboard.type("itl");
  await page.keyboard.press("Enter");
  await row("mystery").getByLabel("Statistic").selectOption("p50");
  await mapping.getByRole("button", { name: "Apply mapping" }).click();
  await waitIdle(page);
  await expect(file.locator(".facts")).toContainText("2 measurements at 2 loads");
  await page.keyboard.press("Escape");
  const rows = await table(page);
  expect(column(rows, "Concurrency/rate")).toEqual(["1", "2"]);
  expect(column(rows, "P95 TTFT ms")).toEqual(["120.5", "180.25"]);
  expect(column(rows, "P50 ITL ms")).toEqual(["11", "12.5"]);

  await load(page, { name: "next.csv", contents: `${head}\nm,4,240.5,13\n` });
  await expect(page.locator(".toasts")).toContainText("Columns mapped as before");
  await waitIdle(page);
  expect(column(await table(page), "Concurrency/rate")).toEqual(["1", "2", "4"]);
});

test("a run's requests and worker logs stand beside its measurements", async ({ page }) => {
  await openApp(page);
  await load(
    page,
    folder("run", [
      ["profile_export_aiperf.json", fixture("aiperf/0.13.0/concurrency-4.json")],
      ["profile_export.jsonl", fixture("aiperf/0.13.0/requests.jsonl")],
      ["logs/node1_prefill_w0.out", fixture("worker-log/made/rack-07_cn01_prefill_w0.err")],
    ]),
  );
  const kinds = page.getByRole("group", { name: "Kind of records" }).getByRole("button");
  await expect(kinds.first()).toHaveAttribute("aria-pressed", "true");
  await kinds.filter({ hasText: /request/ }).click();
  await waitIdle(page);
  expect(query(page).get("data")).toBe("request");
  await expect(page.locator(".sentence")).toContainText(/requests? against|: .* requests?$/);
  await expect(page.locator(".plot")).toBeVisible();
  // The requests' file names no model: the report beside it does.
  expect(await facetValues(page, "model")).toEqual([["mock/tiny-llm", expect.any(Number), expect.any(Boolean)]]);
  await kinds.filter({ hasText: /samples? over time/ }).click();
  await waitIdle(page);
  expect((await facetValues(page, "role")).map(([value]) => value)).toContain("prefill");
  await page.goBack();
  await page.goBack();
  await waitIdle(page);
  expect(query(page).get("data")).toBeNull();
});

test("what is shown is added to another dashboard's table, once", async ({ page }) => {
  await openApp(page);
  await load(page, join(FIXTURES, "vllm/0.33.0/conc16.json"));
  const existing = "uuid,model,intended concurrency,ours\nr1,org/old,8,kept\n";
  const append = async (contents: string) => {
    await page.locator("#panel-menu-0").click();
    await page.getByRole("option", { name: "Add to an existing table" }).click();
    const dialog = page.getByRole("dialog", { name: "Add to an existing table" });
    await expect(dialog).toContainText("1 measurement");
    await page.screenshot({ path: test.info().outputPath("append.png") });
    const file = { name: "team.csv", mimeType: "text/csv", buffer: Buffer.from(contents) };
    await dialog.getByLabel("RHAIIS dashboard CSV").setInputFiles(file);
    await expect(dialog).toBeHidden();
  };
  const download = page.waitForEvent("download");
  await append(existing);
  expect((await download).suggestedFilename()).toBe("team.csv");
  const text = readFileSync(await (await download).path(), "utf8");
  const [header, old, added, end] = text.split("\n").map((line) => line.split(","));
  const cell = (row: string[], name: string) => row[header.indexOf(name)];
  expect(header.slice(0, 4)).toEqual(["uuid", "model", "intended concurrency", "ours"]);
  expect(old.slice(0, 4)).toEqual(["r1", "org/old", "8", "kept"]);
  expect([cell(added, "intended concurrency"), cell(added, "ours"), end]).toEqual(["16", "", [""]]);
  await expect(page.locator(".toasts")).toContainText("team.csv: 1 row added.");
  await append(text);
  await expect(page.locator(".toasts")).toContainText("team.csv: nothing to add.");
});

test("labels that begin alike keep their ends", async ({ page }) => {
  const start = `vllm/vllm-openai-nightly-${"x".repeat(160)}`;
  const rows = ["a", "b", "c"].map((end) => [1, 2].map((users) => `,,m,,${start}-${end}74,,,,,,concurrency,${users},${users * 10}\n`).join(""));
  const contents = `path,tool,model,accelerator,version,tp,dp,gpus,isl,osl,load_kind,load,output_tps\n${rows.join("")}`;
  await openApp(page);
  await load(page, { name: "long.csv", contents });
  const entries = page.locator(".legend-entry");
  await expect(entries).toHaveCount(3);
  for (const [at, end] of ["a74", "b74", "c74"].entries()) {
    const entry = page.getByRole("button", { name: `${start}-${end}`, exact: true });
    await expect(entry).toHaveText(`${start}-${end}`);
    // The end is in sight, the middle is cut.
    const [head, tail] = [entries.nth(at).locator(".label-head"), entries.nth(at).locator(".label-tail")];
    await expect(tail).toHaveText(new RegExp(`-${end}$`));
    expect(await head.evaluate((span) => span.scrollWidth > span.clientWidth)).toBe(true);
    expect(await tail.evaluate((span) => span.scrollWidth > span.clientWidth)).toBe(false);
  }
  await page.setViewportSize({ width: 400, height: 800 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await page.screenshot({ path: test.info().outputPath("legend-400.png") });
});
