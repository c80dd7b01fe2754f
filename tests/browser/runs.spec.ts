// Run folders of srt-slurm, dropped as a folder: every run has its line, views over them are filled, a tag stays, two runs
// are compared, and a folder without a description still shows its results.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { expect, load, openApp, openView, query, test, waitIdle } from "./app";

type Cells = Record<string, { text: string; exact: string }>;

/** A grid's rows, by the columns' headings. */
async function grid(page: Page, key: string): Promise<Cells[]> {
  await waitIdle(page);
  return page.locator(`.grid[data-grid="${key}"] table`).evaluate((table) => {
    const words = (cell: Element) => (cell.textContent ?? "").replace(/[▾▴]/g, "").replace(/\s+/g, " ").trim();
    const headings = [...table.querySelectorAll("thead th")].map(words);
    const cell = (cell: Element) => ({ text: words(cell), exact: cell.getAttribute("data-exact") ?? "" });
    return [...table.querySelectorAll("tbody tr:not(.spacer)")].map((row) => Object.fromEntries([...row.children].map((one, i) => [headings[i], cell(one)])));
  });
}

/** The archive that ships, unpacked: a folder on disk, so that it is dropped as one. `only` keeps paths that have it. */
function unpacked(name: string, only = ""): string {
  const root = test.info().outputPath("folders", name);
  const zip = readFileSync("public/demo/runs.zip");
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [size, length, extra, comment, local] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32), zip.readUInt32LE(at + 42)];
    const path = zip.toString("utf8", at + 46, at + 46 + length);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    if (path.includes(only)) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), inflateRawSync(zip.subarray(start, start + size)));
    }
    at += 46 + length + extra + comment;
  }
  return root;
}

const row = (page: Page, run: string) => page.locator('.grid[data-grid="runs"] tbody tr').filter({ has: page.locator("td:first-child", { hasText: new RegExp(`${run}$`) }) });

test("a folder of runs fills every view over runs", async ({ page }) => {
  await openApp(page);
  await load(page, unpacked("cluster"));
  await openView(page, "Runs");
  const runs = await grid(page, "runs");
  expect(runs.map((run) => run.Run.text)).toEqual(["770004", "770003", "770002", "770001", "9102", "9101"]);
  expect(runs.map((run) => run.Planned.text)).toEqual(["~ no results", "2 levels, no plan stated", "~ 5 of 6: 256 missing", "3 of 3", "~ 2 of 4: 64, 128 missing", "4 of 4"]);
  expect(runs.map((run) => run.Topology.text)).toEqual(["1P/2D", "1P/1D", "2A", "2P/1D", "1P/2D", "1P/2D"]);
  const views = [["Runs", "Timeline"], ["Runs", "Prefill/decode balance"], ["Runs", "Configuration"], ["Explore", "Latency"], ["Explore", "Any metric"]];
  for (const [name, mode] of views) {
    await openView(page, name, mode);
    await expect(page.locator(".empty"), mode).toHaveCount(0);
    await expect(page.locator(".sentence"), mode).not.toBeEmpty();
  }
});

test("working and allocated GPUs are two figures, and the link says which", async ({ page }) => {
  await openApp(page, "v=2&view=runs&src=demo/runs.zip");
  const per = async (heading: string) => Number((await grid(page, "runs")).find((run) => run.Run.text === "770001")?.[heading].exact);
  const working = await per("Best per working GPU tok/s");
  await openApp(page, "v=2&view=runs&src=demo/runs.zip&o.basis=allocated");
  const allocated = await per("Best per allocated GPU tok/s");
  expect(working / allocated, "12 of 16 GPUs work").toBeCloseTo(16 / 12, 9);
});

test("a tag is entered, comes back after a reload, is exported, and is taken back", async ({ page }) => {
  const cluster = unpacked("cluster", "9101_");
  await openApp(page);
  await load(page, cluster);
  await openView(page, "Runs");
  const tags = row(page, "9101").locator("input");
  await expect(tags).toHaveValue("baseline, chunk-128k");
  await tags.fill("golden, mine");
  await page.keyboard.press("Tab");
  await waitIdle(page);
  await expect(tags).toHaveValue("golden, mine");
  expect(query(page).getAll("given.tags")).toHaveLength(1);

  // A new visit: nothing but the browser's memory has the tag.
  await openApp(page, "v=2&view=runs");
  await load(page, cluster);
  await openView(page, "Runs");
  await expect(tags).toHaveValue("golden, mine");
  await openView(page, "Data");
  await page.locator("#table-menu").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("option", { name: "Save the table as JSON" }).click()]);
  const exported: { tags?: string }[] = JSON.parse(readFileSync(await download.path(), "utf8"));
  expect(exported.map((row) => row.tags)).toEqual(Array(4).fill("golden, mine"));

  await openView(page, "Runs");
  await tags.fill("");
  await page.keyboard.press("Tab");
  await waitIdle(page);
  await expect(tags).toHaveValue("baseline, chunk-128k");
  await openApp(page, "v=2&view=runs");
  await load(page, cluster);
  await openView(page, "Runs");
  await expect(tags).toHaveValue("baseline, chunk-128k");
});

test("two runs are compared setting by setting, and no secret is on the page", async ({ page }) => {
  await openApp(page, "v=2&view=runs&src=demo/runs.zip");
  await row(page, "9101").getByRole("link", { name: "configuration" }).click();
  await waitIdle(page);
  await expect(page.locator(".sentence")).toContainText("Run 9101");
  await openApp(page, "v=2&view=runs/configuration&src=demo/runs.zip&f.run_id=9101&f.run_id=9102");
  await expect(page.locator(".sentence")).toContainText("single variable: prefill: chunked_prefill_size");
  const differing = await grid(page, "difference");
  expect(differing.map((row) => row.Setting.text)).toEqual(["prefill: chunked_prefill_size"]);
  const variables = await grid(page, "environment");
  expect(variables.find((row) => row.Setting.text === "HF_TOKEN")?.Prefill.text).toBe("(masked)");
  expect(await page.content()).not.toContain("made-up-by-the-demo");
});

test("two runs are chosen one after the other, and stand against each other in the link", async ({ page }) => {
  await openApp(page, "v=2&view=runs&src=demo/runs.zip");
  await row(page, "9101").getByRole("link", { name: "compare" }).click();
  await waitIdle(page);
  await expect(page.locator(".sentence")).toContainText("9101");
  await row(page, "9102").getByRole("link", { name: "compare with 9101" }).click();
  await waitIdle(page);
  expect(query(page).get("view")).toBe("runs/configuration");
  await expect(page.locator(".sentence")).toContainText("Run 9102 vs 9101: single variable: prefill: chunked_prefill_size");
  // Slower than what it is held against: 766 ms against 567 ms.
  const latency = (await grid(page, "effect")).find((row) => row.Metric.text.startsWith("P99 TTFT"));
  expect(Number(latency?.["Change in 9102 %"].exact)).toBeCloseTo(35.1, 0);
});

test("a folder without metadata shows its results and says what is missing", async ({ page }) => {
  await openApp(page);
  await load(page, unpacked("bare", "770003"));
  await openView(page, "Runs");
  const [run] = await grid(page, "runs");
  expect(Number(run["Best output throughput tok/s"].exact)).toBeGreaterThan(1000);
  expect(run["Missing details"].text).toContain("accelerator");
  expect(run["Missing details"].text).toContain("planned levels");
  await openView(page, "Runs", "Configuration");
  await expect(page.locator(".sentence")).toContainText("770003");
});

test("tags go back into the run's own file, and nothing else of it changes", async ({ page }) => {
  const file = "tests/fixtures/srt-slurm/made/1543570.json";
  await openApp(page, `v=2&view=runs&local=1&given.tags=${encodeURIComponent("1543570.json|fast, needs review")}`);
  await load(page, file);
  await page.keyboard.press("d");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "save with tags" }).click()]);
  expect(download.suggestedFilename()).toBe("1543570.json");
  const [written, original] = [readFileSync(await download.path(), "utf8"), readFileSync(file, "utf8")];
  expect(JSON.parse(written)).toEqual({ ...JSON.parse(original), tags: ["fast", "needs review"] });
  const without = (text: string) => text.replace(/,?\s*"tags": \[[^\]]*\]/, "");
  expect(without(written)).toBe(without(original));
});
