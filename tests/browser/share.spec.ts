// What is sent to others: bundles and reports show them what their maker saw, from the file alone; names of people and hosts
// stay out of all of it unless they are asked for.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Page } from "@playwright/test";
import { box, corpus, DEMO, expect, load, openApp, openView, query, screen, table, test, waitIdle } from "./app";

const dialog = (page: Page) => page.getByRole("dialog", { name: "Share" });

/** Saves something of the share dialog under its name in a folder of the test's own, and returns its path. */
async function saved(page: Page, button: string): Promise<string> {
  const begun = page.waitForEvent("download");
  await dialog(page).getByRole("button", { name: button }).click();
  const download = await begun;
  const path = test.info().outputPath(download.suggestedFilename());
  await download.saveAs(path);
  await waitIdle(page);
  return path;
}

test("a bundle: view, filters and figures, without the original files", async ({ page, freshPage }) => {
  await openApp(page);
  await load(page, DEMO);
  await box(page, "version", "RHAIIS-3.4-GA").click();
  await openView(page, "Pareto");
  const sent = await screen(page);
  await page.keyboard.press("s");
  const path = await saved(page, "Save bundle (.zip)");
  await expect(page.locator(".toasts")).toContainText("Saved as inferscope.zip (1 file)");

  const other = await freshPage();
  await openApp(other);
  await load(other, path);
  const shown = await screen(other);
  expect(shown).toEqual(sent);
  expect(query(other).get("view")).toBe("pareto");
  expect(query(other).getAll("f.version")).toEqual(["RHAIIS-3.4-GA"]);
  // The reader goes on from there: Back and a reload do not bring the bundle's view again.
  await openView(other, "Explore");
  await other.reload();
  await waitIdle(other);
  expect(query(other).get("view")).toBeNull();
});

test("a bundle with the original files has them byte for byte, and they are read as before", async ({ page, freshPage }) => {
  const file = corpus("guidellm-0.8.1/concurrent-1-16.json");
  await openApp(page);
  await load(page, file);
  const sent = await table(page);
  await page.keyboard.press("s");
  // The server's address is in them.
  await expect(dialog(page).getByRole("checkbox", { name: /with the original files, which have all names/ })).toBeDisabled();
  await dialog(page).getByRole("checkbox", { name: /Share names of people and hosts/ }).check();
  await dialog(page).getByRole("checkbox", { name: /with the original files/ }).check();
  const path = await saved(page, "Save bundle (.zip)");
  expect(readFileSync(path).includes(readFileSync(file)), "stored as it is").toBe(true);

  const other = await freshPage();
  await openApp(other);
  await load(other, path);
  expect(await table(other)).toEqual(sent);
});

test("a report: opens from disk without network, its charts answer, and dropped it is the view again", async ({ page, freshPage, context, watch }) => {
  await openApp(page);
  await load(page, corpus("guidellm-0.8.1/concurrent-1-16.json"));
  const sent = await screen(page);
  await page.keyboard.press("s");
  const path = await saved(page, "Save as a page (HTML)");

  await context.setOffline(true);
  const report = await context.newPage();
  const failed: string[] = [];
  report.on("pageerror", (error) => failed.push(error.message));
  report.on("request", (request) => {
    if (!request.url().startsWith("file:")) failed.push(request.url());
  });
  await report.goto(pathToFileURL(path).href);
  const charts = report.locator("[data-plot] canvas");
  await expect(charts.first()).toBeVisible();
  await expect(report.getByText("Where the figures come from: 1 file")).toBeVisible();
  await expect(report.getByRole("cell", { name: "concurrent-1-16.json" })).toBeVisible();
  // A point answers: the picture under the pointer is another one.
  const plot = report.locator("[data-plot]").first();
  const before = await plot.screenshot();
  // Where the line ends: the last pixel with a colour, below the legend.
  const position = await plot.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, width, height);
    for (let x = width - 1; x >= 0; x--) {
      for (let y = 100; y < height; y++) {
        const [red, green, blue] = data.subarray(4 * (y * width + x));
        if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60) return { x: x - 3, y };
      }
    }
    return { x: 0, y: 0 };
  });
  await plot.hover({ position });
  await expect(async () => expect((await plot.screenshot()).equals(before)).toBe(false)).toPass();
  expect(failed).toEqual([]);
  expect(watch.outside.every((request) => request.startsWith("GET file:"))).toBe(true);
  watch.outside.length = 0;
  await context.setOffline(false);

  const other = await freshPage();
  await openApp(other);
  await load(other, path);
  expect(await screen(other)).toEqual(sent);
});

test("names of people and hosts are hidden while sharing, unless they are asked for", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const header = "run,accelerator,model,version,prompt toks,output toks,TP,intended concurrency,output_tok/sec,ttft_p95,successful_requests,hostname";
  const rows = ["gpu7.corp", "gpu9.corp"].map((host, at) => `r,H200,org/m,v1,1000,1000,1,${at + 1},${100 * (at + 1)},9,9,${host}`);
  await openApp(page, "v=2&by=hostname&local=1");
  await load(page, { name: "hosts.csv", contents: [header, ...rows].join("\n") });
  await expect(page.locator("body")).toContainText("gpu7.corp");
  await page.keyboard.press("s");
  const field = dialog(page).getByRole("textbox", { name: "Link" });
  await expect(field).toHaveValue(/#d=/);
  await waitIdle(page);
  await expect(page.locator("body")).not.toContainText("gpu7.corp");
  const html = readFileSync(await saved(page, "Save as a page (HTML)"), "utf8");
  expect(html).not.toContain("gpu7");
  const without = await field.inputValue();

  await dialog(page).getByRole("checkbox", { name: /Share names of people and hosts/ }).check();
  await expect(field).not.toHaveValue(without);
  await expect(field).toHaveValue(/#d=/);
  const named = await field.inputValue();
  await page.keyboard.press("Escape");
  await expect(page.locator("body"), "the page itself hides nothing").toContainText("gpu7.corp");

  for (const [link, seen] of [[without, false], [named, true]] as const) {
    await page.goto("about:blank");
    await page.goto(link);
    await waitIdle(page);
    const text = await page.locator("body").innerText();
    expect(text.includes("gpu7.corp")).toBe(seen);
    expect(text.includes("hostname-1")).toBe(!seen);
  }
});

test("a bundle that cannot be written says why", async ({ page }) => {
  await openApp(page);
  await load(page, corpus("guidellm-0.8.1/concurrent-1-16.json"));
  await page.route("**/zip-*.js", (route) => route.abort());
  await page.keyboard.press("s");
  await dialog(page).getByRole("button", { name: "Save bundle (.zip)" }).click();
  await expect(page.locator(".toasts")).toContainText("The bundle could not be written");
});

test("views are saved under a name and found again, with the latest ones", async ({ page }) => {
  await openApp(page);
  await load(page, DEMO);
  await box(page, "version", "RHAIIS-3.4-GA").click();
  await openView(page, "Pareto");
  const link = page.url();
  await page.keyboard.press("s");
  await dialog(page).getByRole("textbox", { name: "Name of the view" }).fill("Frontier of 3.4");
  await dialog(page).getByRole("button", { name: "Save this view" }).click();
  await expect(dialog(page).getByRole("button", { name: "Frontier of 3.4", exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await openView(page, "Trends");

  await page.reload();
  await waitIdle(page);
  await page.keyboard.press("k");
  const palette = page.getByRole("dialog", { name: "Search" });
  await palette.getByRole("combobox").fill("3.4");
  await palette.getByRole("option", { name: "Frontier of 3.4" }).click();
  await waitIdle(page);
  expect(page.url()).toBe(link);
  await page.keyboard.press("k");
  await palette.getByRole("combobox").fill("Trends ·");
  await palette.getByRole("option", { name: "Trends · consolidated.csv" }).click();
  await waitIdle(page);
  expect(query(page).get("view")).toBe("trends");

  await page.keyboard.press("s");
  await dialog(page).getByRole("button", { name: "Forget Frontier of 3.4" }).click();
  await expect(dialog(page).getByRole("button", { name: "Frontier of 3.4", exact: true })).toHaveCount(0);
});
