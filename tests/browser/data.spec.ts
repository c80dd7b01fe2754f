// The Data view's runs and their logs: addresses from the deployment's templates, the log over the page.
import { readFileSync } from "node:fs";
import type { Page, Route } from "@playwright/test";
import { expect, openApp, test, type Watch, waitIdle } from "./app";

const READY = "Application startup complete.";
const HOSTILE = `<img src=x onerror="window.harmed=1"><script>window.harmed=2</script>`;
const START = `INFO 01-01 [model.py:1] Loading model\n${HOSTILE}\n\u001b[32mINFO\u001b[0m:     ${READY}\n`;
const REST = `${"INFO request\n".repeat(20)}the last line\n`;

type Cells = Record<string, { text: string; exact: string; href: string | null }>;

/** A line of a CSV file; some cells are quoted. */
const split = (line: string) => [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map((cell) => cell[1]);

/** The rows of the table of runs. */
async function runs(page: Page): Promise<Cells[]> {
  await waitIdle(page);
  return page.locator('.grid[data-grid="runs"] table').evaluate((table) => {
    const words = (cell: Element) => (cell.textContent ?? "").replace(/[▾▴]/g, "").trim();
    const headings = [...table.querySelectorAll("thead th")].map(words);
    const cell = (cell: Element) => ({
      text: words(cell),
      exact: cell.getAttribute("data-exact") ?? "",
      href: cell.querySelector("a")?.getAttribute("href") ?? null,
    });
    return [...table.querySelectorAll("tbody tr")].map((row) => Object.fromEntries([...row.children].map((one, i) => [headings[i], cell(one)])));
  });
}

/** Opens the Data view of a deployment whose logs lie at `template`. */
async function open(page: Page, template: string): Promise<void> {
  const config = JSON.parse(readFileSync("public/config.json", "utf8"));
  config.links = [{ label: "Board", template: "https://board.example/d?from={start_ms}&to={end_ms}&id={uuid}&m={model}" }];
  config.logs = { template, ready: READY };
  await page.route("**/config.json", (route) => route.fulfill({ json: config }));
  await openApp(page, "v=2&src=demo/consolidated.csv&view=data");
}

/** A deployment whose server hands out the logs itself, as `answer` says. */
async function withLogs(page: Page, base: string, answer: Parameters<Route["fulfill"]>[0]): Promise<void> {
  await page.route("**/logs/*.log", (route) => route.fulfill(answer));
  await open(page, `${base}logs/{uuid}.log`);
}

const dialog = (page: Page) => page.getByRole("dialog", { name: "Log of a run" });
const show = (page: Page) => page.locator('.grid[data-grid="runs"]').getByRole("link", { name: "show" }).first();
const text = (page: Page) => page.getByRole("region", { name: "Text of the log" });

test("links and logs have the addresses that the templates say", async ({ page, baseURL }) => {
  await withLogs(page, baseURL as string, { body: START, contentType: "text/plain" });
  const [header, ...lines] = readFileSync("public/demo/consolidated.csv", "utf8").trim().split("\n");
  const at = (name: string) => header.split(",").indexOf(name);
  const [id, model] = [at("uuid"), at("model")];
  const [from, to] = [at("guidellm_start_time_ms"), at("guidellm_end_time_ms")];
  const shown = await runs(page);
  expect(shown.length).toBeGreaterThan(3);
  for (const row of shown.slice(0, 20)) {
    const log = row.Log.href as string;
    expect(log).toBe(row.Log.exact);
    const uuid = decodeURIComponent(log.slice(`${baseURL}logs/`.length, -".log".length));
    const cells = lines.map(split).filter((cells) => cells[id] === uuid);
    expect(cells.length, uuid).toBeGreaterThan(0);
    const boards = cells.map((one) => `https://board.example/d?from=${one[from]}&to=${one[to]}&id=${uuid}&m=${encodeURIComponent(one[model])}`);
    expect(boards).toContain(row.Board.href);
  }
  const board = page.locator('.grid[data-grid="runs"] a', { hasText: "open" }).first();
  await expect(board).toHaveAttribute("target", "_blank");
  await expect(board).toHaveAttribute("rel", "noopener noreferrer");
});

test("a log shows the start of the server first, then all of it, and markup in it stays text", async ({ page, baseURL }) => {
  await withLogs(page, baseURL as string, { body: START + REST, contentType: "text/plain" });
  const before = page.url();
  await show(page).click();
  await expect(text(page)).toContainText(READY);
  const plain = START.replace(/\u001b\[\d+m/g, "");
  expect(await text(page).textContent()).toBe(plain);
  await expect(dialog(page)).toContainText("3 of 24 lines");
  const inNewTab = dialog(page).getByRole("link", { name: "Open in a new tab" });
  await expect(inNewTab).toHaveAttribute("href", (await show(page).getAttribute("href")) as string);
  await expect(inNewTab).toHaveAttribute("target", "_blank");

  await dialog(page).getByRole("button", { name: "Show the whole log (21 more lines)" }).click();
  expect(await text(page).textContent()).toBe(plain + REST);
  await expect(dialog(page)).toContainText("All 24 lines.");
  await expect(dialog(page).getByRole("button", { name: /Show/ })).toHaveCount(0);
  await expect(dialog(page).locator("img, script")).toHaveCount(0);
  expect(await page.evaluate(() => (window as unknown as { harmed?: number }).harmed)).toBeUndefined();

  const download = page.waitForEvent("download");
  await dialog(page).getByRole("button", { name: "Download" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/\.log$/);
  expect(readFileSync(await file.path(), "utf8"), "the file is as it came").toBe(START + REST);

  await page.keyboard.press("Escape");
  await expect(dialog(page)).toHaveCount(0);
  expect(page.url(), "looking at a log changes no link").toBe(before);
});

for (const [status, words] of [
  [404, "No log for this run."],
  [403, "Sign-in required."],
  [401, "Sign-in required."],
  [503, "The log’s server failed (503)."],
] as const) {
  test(`an answer of ${status} is told in words`, async ({ page, baseURL }) => {
    await withLogs(page, baseURL as string, { status, body: "<h1>no</h1>", contentType: "text/html" });
    await show(page).click();
    await expect(dialog(page).getByRole("alert")).toContainText(words);
    await expect(text(page)).toHaveCount(0);
    await expect(dialog(page).getByRole("link", { name: "Open in a new tab" })).toBeVisible();
  });
}

test("a sign-in page is no log, and a failure can be tried again", async ({ page, baseURL }) => {
  await withLogs(page, baseURL as string, { body: "<form>user</form>", contentType: "text/html; charset=utf-8" });
  await show(page).click();
  await expect(dialog(page).getByRole("alert")).toContainText("The address returned a web page, not a log.");
  await page.unroute("**/logs/*.log");
  await page.route("**/logs/*.log", (route) => route.fulfill({ body: START, contentType: "text/plain" }));
  await dialog(page).getByRole("button", { name: "Try again" }).click();
  await expect(text(page)).toContainText(READY);
});

test("a slow log can be stopped", async ({ page, baseURL }) => {
  await page.route("**/logs/*.log", () => new Promise<void>(() => {}));
  await open(page, `${baseURL}logs/{uuid}.log`);
  await show(page).click();
  await expect(dialog(page).getByRole("status")).toContainText("Reading the log");
  await dialog(page).getByRole("button", { name: "Cancel" }).click();
  await expect(dialog(page).getByRole("alert")).toContainText("Stopped.");
});

test("a log beyond the limit is shown up to there, in steps", async ({ page, baseURL }) => {
  const body = `${START}${"a line of about forty characters, again\n".repeat(520_000)}`;
  await withLogs(page, baseURL as string, { body, contentType: "text/plain" });
  await show(page).click();
  await expect(dialog(page)).toContainText("longer than 20.0 MB");
  await expect(dialog(page).getByRole("button", { name: "Download the first 20.0 MB" })).toBeVisible();
  await dialog(page).getByRole("button", { name: "Show 5000 more lines" }).click();
  await expect(dialog(page)).toContainText("The first 5003 of");
});

/** Requests to the log's host are meant here, as is the policy's refusal. */
function meant(watch: Watch): void {
  watch.outside.splice(0, watch.outside.length, ...watch.outside.filter((line) => !line.includes("logs.example")));
  watch.problems.splice(0, watch.problems.length, ...watch.problems.filter((line) => !/logs\.example/.test(line)));
}

test("a host that the page's policy does not name is told as such", async ({ page, watch }) => {
  await open(page, "https://logs.example/{uuid}.log");
  await show(page).click();
  await expect(dialog(page).getByRole("alert")).toContainText("does not allow https://logs.example");
  expect(watch.problems.some((line) => line.includes("logs.example")), "the policy refused it").toBe(true);
  meant(watch);
});

test.describe("where the policy allows the host", () => {
  test.use({ bypassCSP: true });

  test("a log of another host is shown, and one that does not answer is told", async ({ page, watch }) => {
    let answers = false;
    await page.route("https://logs.example/**", (route) =>
      answers ? route.fulfill({ body: START, contentType: "text/plain", headers: { "access-control-allow-origin": "*" } }) : route.abort("connectionrefused"),
    );
    await open(page, "https://logs.example/{uuid}.log");
    await show(page).click();
    await expect(dialog(page).getByRole("alert")).toContainText("https://logs.example is unreachable from here");
    answers = true;
    await dialog(page).getByRole("button", { name: "Try again" }).click();
    await expect(text(page)).toContainText(READY);
    meant(watch);
  });
});
