// `inferscope open`: the command serves the page and a folder; with --watch the folder's new results appear by themselves.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { expect, query, table, test, waitIdle, type Watch } from "./app";
import { DIST } from "./nginx";

const LEVEL = "tests/fixtures/vllm/0.33.0/conc16.json";

/** The program: INFERSCOPE_BIN, else the one that was built last, else built now. */
function program(): string {
  const target = process.env.CARGO_TARGET_DIR ?? "target";
  const places = [process.env.INFERSCOPE_BIN, join(target, "release/inferscope"), join(target, "debug/inferscope")];
  const found = () => places.find((path) => path && existsSync(path));
  if (!found()) execFileSync("cargo", ["build", "--quiet", "--bin", "inferscope"], { stdio: "inherit" });
  return resolve(found() as string);
}

/** A level of a sweep: a benchmark's result under another load, with another throughput. */
function level(folder: string, concurrency: number, throughput: number): void {
  const result = JSON.parse(readFileSync(LEVEL, "utf8"));
  Object.assign(result, { max_concurrency: concurrency, output_throughput: throughput });
  mkdirSync(join(folder, `c${concurrency}`), { recursive: true });
  // As a careful tool does it; a half-written file would be read as far as it goes, and again when it is whole.
  const path = join(folder, `c${concurrency}`, "result.json");
  writeFileSync(`${path}.part`, JSON.stringify(result));
  renameSync(`${path}.part`, path);
}

type Served = { url: string; origin: string; folder: string; page: string; stop: () => Promise<void> };
const running = new Set<ChildProcess>();

/** A folder `sweep` with one level, served with a copy of the page. */
async function serve(...options: string[]): Promise<Served> {
  const place = test.info().outputPath("served");
  const [folder, dist] = [join(place, "sweep"), join(place, "dist")];
  cpSync(DIST, dist, { recursive: true });
  level(folder, 16, 817);
  const command = spawn(program(), ["open", folder, "--dist", dist, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  running.add(command);
  const url = await new Promise<string>((done, failed) => {
    let said = "";
    command.stdout?.on("data", (bytes) => {
      said += bytes;
      if (said.includes("\n")) done(said.trim());
    });
    command.once("exit", (code) => failed(new Error(`inferscope open: exit code ${code}`)));
    command.once("error", failed);
  });
  const stop = async () => {
    const ended = new Promise((done) => command.once("exit", done));
    running.delete(command);
    // Ctrl-C.
    command.kill("SIGINT");
    await ended;
  };
  return { url, origin: new URL(url).origin, folder, page: dist, stop };
}

test.afterEach(() => {
  for (const command of running) command.kill();
  running.clear();
});

/** The server is the page's own origin here: what was asked of it is no request elsewhere. */
function inside(watch: Watch, { origin }: Served): void {
  watch.outside = watch.outside.filter((request) => !request.includes(` ${origin}/`));
}

const chip = (page: Page) => page.locator(".data-name");

test("the address opens on the folder's results, and again after a reload", async ({ page, watch }) => {
  const served = await serve("--link", "?v=2&view=data");
  expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/\?v=2&view=data&src=files\/index\.json$/);
  await page.goto(served.url);
  await waitIdle(page);
  await expect(chip(page)).toHaveText("sweep · 1 row");
  await expect(page.locator("strong.demo")).toHaveCount(0);
  expect(query(page).get("src"), "the link says where the data are").toBe("files/index.json");
  await page.reload();
  await waitIdle(page);
  await expect(chip(page)).toHaveText("sweep · 1 row");

  // Without a link, too; and whoever starts afresh is not led to the demo data.
  await page.goto(served.url.replace(/\?.*/, ""));
  await waitIdle(page);
  await expect(chip(page)).toHaveText("sweep · 1 row");
  await page.goto(served.url.replace(/\?.*/, "?v=2&view=pareto"));
  await waitIdle(page);
  await expect(chip(page)).toHaveText("sweep · 1 row");
  expect(query(page).get("view")).toBe("pareto");

  // It is not watched: nothing looks at the folder again. Parts of the page may still come in the background.
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/files/")) asked.push(request.url());
  });
  level(served.folder, 32, 1200);
  await page.waitForTimeout(3000);
  expect(asked).toEqual([]);
  await page.reload();
  await waitIdle(page);
  await expect(chip(page)).toHaveText("sweep · 2 rows");
  inside(watch, served);
});

test("--watch: a sweep's next level appears by itself, a changed one replaces what it gave, and the view stays", async ({ page, watch }) => {
  const served = await serve("--watch", "--link", "?v=2&y=output_tps&scale.y=log");
  await page.goto(served.url);
  await waitIdle(page);
  const shown = async () =>
    (await table(page)).map((row) => [row["Concurrency/rate"].exact, row["Output throughput tok/s"].exact].map(Number));
  expect(await shown()).toEqual([[16, 817]]);
  const before = page.url();

  level(served.folder, 32, 1200.5);
  await expect.poll(shown).toEqual([[16, 817], [32, 1200.5]]);
  await expect(chip(page)).toHaveText("sweep · 2 rows");
  level(served.folder, 32, 1300.5);
  await expect.poll(shown).toEqual([[16, 817], [32, 1300.5]]);
  await expect(chip(page)).toHaveText("sweep · 2 rows");
  rmSync(join(served.folder, "c16"), { recursive: true });
  await expect.poll(shown).toEqual([[32, 1300.5]]);
  expect(page.url(), "the same view").toBe(before);
  await expect(page.locator(".toasts"), "nothing of it is worth a message").toBeEmpty();

  // The server ends: what is shown stays, and the page says so.
  await served.stop();
  await expect(page.locator(".notice.failure")).toContainText(/^sweep: the server did not answer at \d\d:\d\d; the copy of \d\d:\d\d is shown\./);
  expect(await shown()).toEqual([[32, 1300.5]]);
  await expect(chip(page)).toHaveText("sweep · 1 row");
  inside(watch, served);
});

test("another host, another site and another method are refused", async ({ page, watch }) => {
  const served = await serve();
  const { port, pathname } = new URL(served.url);
  const file = `${pathname}files/sweep/c16/result.json`;
  const status = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    new Promise<number | undefined>((done, failed) => {
      const asked = request({ host: "127.0.0.1", port, path, headers, method }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      });
      asked.once("error", failed).end();
    });
  expect(await status(file)).toBe(200);
  expect(await status(file, { Host: `evil.example:${port}` })).toBe(421);
  expect(await status(file, { Origin: "http://evil.example" })).toBe(403);
  expect(await status(file, {}, "POST")).toBe(405);
  expect(await status("/")).toBe(404);
  expect(await status("/files/index.json")).toBe(404);

  // A page of another origin, which is the deployed one here, cannot read it even if it knows the address.
  await page.goto("/");
  await waitIdle(page);
  const read = await page.evaluate((url) => fetch(url).then((answer) => answer.text(), (error) => `refused: ${error}`), served.origin + file);
  expect(read).toMatch(/^refused/);
  watch.problems = watch.problems.filter((problem) => !problem.includes("Content Security Policy"));
  inside(watch, served);
});
