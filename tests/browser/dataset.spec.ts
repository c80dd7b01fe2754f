// A data set in many Parquet files on a server, as deploy/spark lays it out: the page reads what it shows, by ranges of bytes. Bytes
// are counted here; rows and figures are what DuckDB finds in the same files.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, openApp, query, table, test as base, waitIdle } from "./app";
import { type Nginx, serve } from "./nginx";

const python = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "inferscope/readback-python/bin/python3");

/** 10⁶ rows in as many row groups as the one with 10⁸ that deploy/spark/README.md was measured with. */
const test = base.extend<object, { nginx: Nginx }>({
  nginx: [
    // biome-ignore lint: Playwright reads the fixture's needs off this pattern.
    async ({}, use) => {
      const nginx = await serve([]);
      mkdirSync(join(nginx.root, "data"));
      execFileSync(python, ["-B", "deploy/spark/hundred_million.py", join(nginx.root, "data/all"), "--rows", "1000000"], { stdio: ["ignore", "ignore", "inherit"] });
      await use(nginx);
      await nginx.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  baseURL: async ({ nginx }, use) => use(nginx.url),
});
test.describe.configure({ mode: "default" });
test.skip(!existsSync(python), `NOT RUN: no ${python}: scripts/setup.sh test installs DuckDB`);

/** What DuckDB finds. */
function found<T>(nginx: Nginx, select: string, where: string): T[] {
  const sql = `SELECT ${select} FROM read_parquet('${join(nginx.root, "data/all/*/*/*.parquet")}', union_by_name=true, hive_partitioning=false) WHERE ${where}`;
  const print = "import duckdb, json, sys; print(json.dumps([list(row) for row in duckdb.sql(sys.argv[1]).fetchall()]))";
  return JSON.parse(execFileSync(python, ["-B", "-c", print, sql], { maxBuffer: 1 << 26 }).toString());
}

const VERSION = "0.12.1.dev120";
const bar = (page: Page) => page.getByRole("region", { name: "Data set" });
const said = (page: Page) => bar(page).getByRole("status");

/** Bytes that came from the data set, by kind of answer. */
function counted(page: Page): { whole: number; parts: number; files: Set<string> } {
  const of = { whole: 0, parts: 0, files: new Set<string>() };
  page.context().on("response", (response) => {
    if (!response.url().includes("/data/all/")) return;
    const bytes = Number(response.headers()["content-length"] ?? 0);
    if (response.status() === 206) {
      of.parts += bytes;
      of.files.add(response.url());
    } else of.whole += bytes;
  });
  return of;
}

test("a view filtered by a column that is no folder reads few files and says how much", async ({ page, nginx }) => {
  const bytes = counted(page);
  await openApp(page, `v=2&src=data/all/index.json&f.version=${VERSION}`);
  const [[rows, files]] = found<[number, number]>(nginx, "count(*), count(DISTINCT model || accelerator)", `version = '${VERSION}'`);
  await expect(said(page)).toHaveText(new RegExp(`^${rows.toLocaleString("en")} of 1,008,000 rows; read [0-9.]+ [kM]B of [0-9.]+ MB$`));
  expect(rows).toBeGreaterThan(1000);
  expect(bytes.files.size, "of a file only where its statistics allow the version").toBeLessThan(4 * files);
  // The index is sent compressed; what the page says counts it as it is.
  expect(bytes.parts).toBeGreaterThan(10_000);
  expect(bytes.parts + bytes.whole, "with the index and footers").toBeLessThan(20e6);
});

test("figures are those of the files, and other filters and figures are read when they are chosen", async ({ page, nginx }) => {
  const where = `version = '${VERSION}' AND tp = '8' AND isl = '128' AND osl = '128'`;
  // Each version is measured on one accelerator of a model.
  const [[model], [other]] = found<[string]>(nginx, "DISTINCT model", `${where} ORDER BY 1 LIMIT 2`);
  const filters = { version: VERSION, tp: "8", isl: "128", osl: "128", model };
  const link = Object.entries(filters).map(([key, value]) => `&f.${key}=${encodeURIComponent(value)}`).join("");
  await openApp(page, `v=2&y=output_tps&src=data/all/index.json${link}`);
  const figures = async () =>
    (await table(page)).map((row) => [row["Concurrency/rate"].exact, row["Output throughput tok/s"].exact].map(Number)).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const expected = (model: string) => found<[number, number]>(nginx, "load, output_tps", `${where} AND model = '${model}' ORDER BY 1, 2`);
  expect(expected(model).length).toBeGreaterThan(4);
  expect(await figures()).toEqual(expected(model));

  // Another model, chosen in the bar: the link says so, and Back takes it back.
  const bytes = counted(page);
  await bar(page).getByRole("button", { name: /^Model:/ }).click();
  await page.getByRole("option", { name: other, exact: true }).click();
  // Taken out again: it has a mark.
  await page.getByRole("option", { name: `${model} ✓` }).click();
  await page.keyboard.press("Escape");
  await waitIdle(page);
  expect(query(page).getAll("f.model")).toEqual([other]);
  await expect.poll(figures).toEqual(expected(other));
  expect(bytes.parts).toBeGreaterThan(0);
  await page.goBack();
  await page.goBack();
  await waitIdle(page);
  await expect.poll(figures).toEqual(expected(model));
});

test("without a choice a large one opens on a part that its chips name, whole", async ({ page, nginx }) => {
  await openApp(page, "v=2&src=data/all/index.json");
  const chosen = [...query(page)].filter(([key]) => key.startsWith("f."));
  expect(chosen.map(([key]) => key)).toEqual(expect.arrayContaining(["f.model", "f.accelerator"]));
  const where = chosen.map(([key, value]) => `${key.slice(2)} = '${value}'`).join(" AND ");
  const [[rows]] = found<[number]>(nginx, "count(*)", where);
  await expect(said(page)).toContainText(`${rows.toLocaleString("en")} of 1,008,000 rows`);
  await expect(page.locator(".chips")).toContainText(chosen[0][1]);
});

test("a server without ranges, a file that is gone and a damaged one are told", async ({ page, context }) => {
  let file = 0;
  await context.route("**/data/all/**/*.parquet", async (route) => {
    file += 1;
    if (file === 1) await route.fulfill({ status: 200, body: "the whole file" });
    else if (file === 2) await route.fulfill({ status: 404, body: "" });
    else await route.fulfill({ status: 206, body: Buffer.alloc(65536, 7) });
  });
  await openApp(page, `v=2&src=data/all/index.json&f.version=${VERSION}`);
  await expect(bar(page).getByRole("alert")).toContainText(/The server sends whole files only|has nothing at this address \(404\)|could not be read/);
  await page.keyboard.press("d");
  const drawer = page.getByRole("dialog");
  for (const words of ["The server sends whole files only", "has nothing at this address (404)", "The server has another file than the index"]) {
    await expect(drawer).toContainText(words);
  }
});
