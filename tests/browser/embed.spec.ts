// The page inside another page: panels without chrome, data and view by messages, from allowed origins alone.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { corpus, expect, openApp, test } from "./app";

const PARENT = "/parent.html";

/** Serves a page of this origin that shows the app inside, and one of another origin that does the same. */
async function around(page: Page, origin: string, embed: string[], query = "embed=1"): Promise<void> {
  const config = { ...JSON.parse(readFileSync("public/config.json", "utf8")), embed };
  await page.route("**/config.json", (route) => route.fulfill({ json: config }));
  await page.route(`**${PARENT}`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<!doctype html><title>parent</title><iframe src="${origin}/?${query}" style="width:900px;height:640px"></iframe>
        <script>
          window.heard = [];
          addEventListener("message", ({ data }) => window.heard.push(data));
          window.send = (message) => document.querySelector("iframe").contentWindow.postMessage(message, "*");
        </script>`,
    }),
  );
}

type Heard = { inferscope: string; version?: string; link?: string; rows?: number; message?: string };
const heard = (page: Page, kind: string): Promise<Heard[]> =>
  page.evaluate((kind) => (window as unknown as { heard: Heard[] }).heard.filter((one) => one.inferscope === kind), kind);
const send = (page: Page, message: unknown): Promise<void> =>
  page.evaluate((message) => (window as unknown as { send: (message: unknown) => void }).send(message), message);

const FILE = () => readFileSync(corpus("guidellm-0.8.1/concurrent-1-16.json"), "utf8");

test("a parent page loads data and sets the view; only what is shown is there", async ({ page, baseURL }) => {
  const origin = new URL(baseURL as string).origin;
  await around(page, origin, []);
  await page.goto(PARENT);
  const frame = page.frameLocator("iframe");
  await expect.poll(async () => (await heard(page, "ready")).length).toBe(1);
  await expect(frame.getByText("No data yet.")).toBeVisible();
  await expect(frame.locator("header.top, .tabs, .rail"), "no chrome").toHaveCount(0);

  await send(page, { inferscope: "load", files: [{ name: "run.json", data: FILE() }], link: "?v=2&view=explore&y=ttft.p95" });
  await expect(frame.locator(".panel canvas").first()).toBeVisible();
  await expect.poll(async () => (await heard(page, "shown")).at(-1)).toMatchObject({ rows: 5 });
  await expect(frame.locator(".panel").first()).toContainText("P95 TTFT");
  await send(page, { inferscope: "view", link: "?v=2&view=explore&y=output_tps" });
  await expect(frame.locator(".panel").first()).toContainText("Output throughput");
  const link = (await heard(page, "shown")).at(-1)?.link as string;
  expect(link).toContain("y=output_tps");

  // The figures are in reach of scripts, which cannot change them.
  const inner = page.frames().find((frame) => frame !== page.mainFrame());
  const figures = await inner?.evaluate(() => {
    const handle = (window as unknown as { inferscope: { figures: () => { series: { x: Float64Array; y: Float64Array }[] }[]; version: string } }).inferscope;
    handle.version = "other";
    return { version: handle.version, x: [...handle.figures()[0].series[0].x], frozen: Object.isFrozen(handle) };
  });
  expect(figures?.frozen).toBe(true);
  expect(figures?.version).not.toBe("other");
  const report = JSON.parse(FILE()) as { benchmarks: { config: { strategy: { streams?: number } } }[] };
  expect(figures?.x).toEqual(report.benchmarks.map((benchmark) => benchmark.config.strategy.streams));

  // What is wrong is told, and nothing breaks.
  await send(page, { inferscope: "load", files: "x" });
  await send(page, { inferscope: "dance" });
  await send(page, { inferscope: "load", files: [{ name: "x.json", data: "{" }] });
  await expect.poll(async () => (await heard(page, "error")).length).toBeGreaterThanOrEqual(3);
});

test("a page of another origin is heard only where the deployment lets it", async ({ page, baseURL, watch }) => {
  const origin = new URL(baseURL as string).origin;
  const other = origin.replace("127.0.0.1", "localhost");
  expect(other, "another origin of the same server").not.toBe(origin);
  for (const embed of [[], [other]]) {
    await page.unrouteAll();
    await around(page, origin, embed);
    await page.goto(other + PARENT);
    const frame = page.frameLocator("iframe");
    await expect(frame.getByText("No data yet.")).toBeVisible();
    await expect(frame.locator('html[data-ready="true"][data-busy="0"]'), "it listens, if to anybody").toBeAttached();
    await send(page, { inferscope: "load", files: [{ name: "run.json", data: FILE() }] });
    if (embed.length > 0) {
      await expect(frame.locator(".panel canvas").first()).toBeVisible();
      expect(await heard(page, "ready")).toHaveLength(1);
    } else {
      // Messages come in order: an answer to this one, if any, would come after one to that.
      await frame.locator("body").evaluate(() => new Promise((resolve) => setTimeout(resolve)));
      await expect(frame.getByText("No data yet.")).toBeVisible();
      expect(await page.evaluate(() => (window as unknown as { heard: unknown[] }).heard)).toEqual([]);
    }
  }
  watch.outside.length = 0;
});

test("embed=1 stays in the address, and with an address of data there is a way to the whole page", async ({ page }) => {
  await openApp(page, "embed=1&v=2&src=demo/guidellm.json&y=ttft.p95");
  await expect(page.locator(".panel canvas").first()).toBeVisible();
  expect(new URL(page.url()).searchParams.get("embed")).toBe("1");
  const whole = page.getByRole("link", { name: "Open in Inferscope" });
  expect(await whole.getAttribute("href")).not.toContain("embed");
  expect(await whole.getAttribute("href")).toContain("src=demo");
});
