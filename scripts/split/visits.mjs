// First visits of a staged page in Chromium, to see what of its program they run.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { chromium } from "@playwright/test";
import { browser as installed } from "../browser.mjs";

/** A wide page and a narrow one. */
const VISITS = [
  { viewport: { width: 1440, height: 900 }, colorScheme: "light" },
  { viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true },
];

/** Milliseconds in which every timer that a visit starts with has been at work once. */
const TIMERS = 3000;

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};

/** Serves a folder, with other contents for some of its paths. */
function serve(folder, instead) {
  const server = createServer(({ url }, response) => {
    const path = normalize(new URL(url, "http://localhost").pathname).replace(/^\/$/, "/index.html");
    const file = join(folder, path);
    if (!instead[path] && !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    if (instead[path]) response.end(instead[path]);
    else createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/**
 * The functions that first visits call until the page asks for the engine, by their places among the functions: what a program
 * that is `instead`, by paths, notes in `inferscopeCalled`. Nothing where there is no Chromium.
 */
export async function called(folder, instead) {
  let browser;
  try {
    browser = await chromium.launch({ executablePath: installed(), args: ["--disable-gpu"] });
  } catch (error) {
    console.warn(`no Chromium, so the page's program stays whole: ${String(error).split("\n")[0]}`);
    return undefined;
  }
  const server = await serve(folder, instead);
  const all = new Set();
  try {
    for (const visit of VISITS) {
      const page = await browser.newPage({ ...visit, serviceWorkers: "block" });
      const failed = new Promise((_, reject) => page.on("pageerror", reject));
      const engine = /inferscope-engine-.*\.wasm$/;
      const asked = page.waitForRequest(engine);
      await page.route(engine, () => {});
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await Promise.race([Promise.all([asked, page.waitForSelector("canvas")]), failed]);
      // What timers do meanwhile.
      await page.waitForTimeout(TIMERS);
      for (const at of await page.evaluate(() => [...globalThis.inferscopeCalled])) all.add(at);
      await page.close();
    }
  } finally {
    await browser.close();
    server.close();
  }
  return all;
}
