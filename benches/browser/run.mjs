// Times the built page and other readers of CSV on the same file, in turns, in headless Chromium. See ../README.md.
//   node benches/browser/run.mjs [--rows 100000] [--rounds 5] [--dist dist] [--only ours,udsv] [--gate]
// --gate: 10,000 rows, the page and udsv alone; fails where the page is slower than its limits, which only catch a doubling.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { cpus, tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const flag = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const gate = process.argv.includes("--gate");
const rows = Number(flag("rows", gate ? 10_000 : 100_000));
const rounds = Number(flag("rounds", gate ? 3 : 5));
const dist = resolve(flag("dist", "dist"));
const only = flag("only", gate ? "ours,udsv" : undefined)?.split(",");

/** With --gate, the page may take this many times udsv's time: until it has read the file, and until it shows it. */
const LIMITS = { read: 8, shown: 12 };

/** The floor's crate, which is not part of the project; without it the floor is left out. */
const FLOOR = resolve(flag("floor", join(here, "../../../shared/bench/native")));

const work = mkdtempSync(join(tmpdir(), "inferscope-bench-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));

function program() {
  const target = process.env.CARGO_TARGET_DIR ?? "target";
  const built = [process.env.INFERSCOPE_BIN, join(target, "release/inferscope"), join(target, "debug/inferscope")];
  return built.find((path) => path && existsSync(path)) ?? fail("no `inferscope`: cargo build --release");
}

/** The Chromium that the browser tests use: named, installed, or else Playwright's own. */
function browserProgram() {
  if (process.env.INFERSCOPE_CHROMIUM) return process.env.INFERSCOPE_CHROMIUM;
  const folders = (process.env.PATH ?? "").split(":");
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

function fail(reason) {
  console.error(`benches/browser: ${reason}`);
  process.exit(1);
}

const csv = join(work, "rows.csv");
execFileSync(program(), ["demo", "--rows", String(rows)], { stdio: ["ignore", openSync(csv, "w"), "inherit"] });

/** The peers that are there, bundled; the others are named with what they lack. */
async function peers() {
  const found = [];
  for (const file of readdirSync(join(here, "peers"))) {
    const name = file.replace(".js", "");
    if (only && !only.includes(name)) continue;
    if (name === "floor" && !floor()) {
      console.log(`floor: left out (no crate in ${FLOOR}; --floor names another)`);
      continue;
    }
    const bundle = { entryPoints: [join(here, "peers", file)], bundle: true, format: "esm", minify: true, outdir: work, logLevel: "silent" };
    try {
      await build(bundle);
    } catch {
      console.log(`${name}: left out (cd benches/browser && npm install)`);
      continue;
    }
    if (name === "duckdb-wasm") {
      const from = dirname(createRequire(join(here, "peers/x")).resolve("@duckdb/duckdb-wasm"));
      cpSync(from, join(work, "duckdb"), { recursive: true });
    }
    found.push(name);
  }
  return found;
}

function floor() {
  if (!existsSync(join(FLOOR, "Cargo.toml"))) return false;
  cpSync(FLOOR, join(work, "floor"), { recursive: true });
  const target = join(tmpdir(), "inferscope-bench-floor");
  const env = { ...process.env, RUSTFLAGS: "-C target-feature=+simd128,+bulk-memory", CARGO_TARGET_DIR: target };
  execFileSync("chmod", ["-R", "u+w", join(work, "floor")]);
  execFileSync("cargo", ["build", "--release", "--quiet", "--lib", "--target", "wasm32-unknown-unknown"], { cwd: join(work, "floor"), env, stdio: ["ignore", "inherit", "ignore"] });
  cpSync(join(target, "wasm32-unknown-unknown/release/csvfloor.wasm"), join(work, "floor.wasm"));
  return true;
}

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json", ".css": "text/css", ".svg": "image/svg+xml" };

/** The page at /, everything else from the working folder. */
const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url, "http://local").pathname);
  if (path === "/peer.html") return response.setHeader("content-type", "text/html").end("<!doctype html><title>peer</title>");
  const file = [join(dist, path.endsWith("/") ? `${path}index.html` : path), join(work, path)].find((file) => existsSync(file) && statSync(file).isFile());
  if (!file) return response.writeHead(404).end();
  response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
  response.end(readFileSync(file));
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const origin = `http://127.0.0.1:${server.address().port}`;

/** The high-water mark of the largest renderer's memory, in MB: JavaScript, WebAssembly and the file's own bytes. */
async function peakMemory(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const peaks = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => {
    const status = existsSync(`/proc/${id}/status`) ? readFileSync(`/proc/${id}/status`, "utf8") : "";
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  });
  return Math.round(Math.max(...peaks));
}

/** From the bytes of the file in the page to its rows. */
async function peer(page, name) {
  await page.goto(`${origin}/peer.html`);
  return page.evaluate(async (name) => {
    const { start, parse } = await import(`/${name}.js`);
    await start?.();
    const bytes = await (await fetch("/rows.csv")).arrayBuffer();
    await new Promise((rest) => setTimeout(rest, 100));
    const before = performance.now();
    const rows = await parse(bytes);
    return { rows, read: performance.now() - before };
  }, name);
}

/** From the drop of the file until its rows have left the reader, and until their chart is painted. */
async function ours(page) {
  await page.addInitScript(() => {
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (JSON.stringify(message?.[0] ?? "").includes("Add")) window.read ??= performance.now();
      return postMessage.call(this, message, ...rest);
    };
  });
  await page.goto(origin);
  const idle = () => document.documentElement.dataset.ready === "true" && (document.documentElement.dataset.busy ?? "0") === "0";
  await page.waitForFunction(idle);
  await page.evaluate(() => {
    window.read = undefined;
    addEventListener("drop", () => (window.dropped = performance.now()), true);
    new MutationObserver(() => {
      const is = document.documentElement.dataset.busy ?? "0";
      if (window.read && is === "0") requestAnimationFrame(() => (window.shown ??= performance.now()));
    }).observe(document.documentElement, { attributes: true });
  });
  const session = await page.context().newCDPSession(page);
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await session.send("Input.dispatchDragEvent", { type, x: 600, y: 400, data: { items: [], files: [csv], dragOperationsMask: 1 } });
  }
  await page.waitForFunction(() => window.shown, null, { timeout: 120_000 });
  const rows = await page.evaluate(() => Number(document.querySelector(".sentence")?.textContent.match(/of (\d+) measurements/)?.[1]));
  const [read, shown] = await page.evaluate(() => [window.read - window.dropped, window.shown - window.dropped]);
  return { rows, read, shown };
}

const names = [...(!only || only.includes("ours") ? ["ours"] : []), ...(await peers())];
const samples = Object.fromEntries(names.map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const name of names) {
    const browser = await chromium.launch({ executablePath: browserProgram(), args: ["--no-sandbox", "--disable-gpu"] });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, serviceWorkers: "block" });
    const sample = name === "ours" ? await ours(page) : await peer(page, name);
    samples[name].push({ ...sample, memory: await peakMemory(browser) });
    await browser.close();
  }
}
server.close();

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const of = (name, key) => median(samples[name].map((sample) => sample[key] ?? NaN));
const base = names.includes("udsv") ? of("udsv", "read") : NaN;
console.log(`${rows} rows, ${(statSync(csv).size / 1e6).toFixed(1)} MB, ${rounds} rounds, medians; ${cpus().length} × ${cpus()[0].model.trim()}`);
console.log(`${"".padEnd(14)}${"read ms".padStart(10)}${"÷ udsv".padStart(8)}${"shown ms".padStart(10)}${"÷ udsv".padStart(8)}${"peak MB".padStart(9)}`);
for (const name of names) {
  if (of(name, "rows") !== rows) fail(`${name} read ${of(name, "rows")} of ${rows} rows`);
  const time = (key) => {
    const ms = of(name, key);
    return Number.isNaN(ms) ? " ".repeat(18) : `${ms.toFixed(0).padStart(10)}${(ms / base).toFixed(2).padStart(8)}`;
  };
  console.log(`${name.padEnd(14)}${time("read")}${time("shown")}${String(of(name, "memory")).padStart(9)}`);
}
if (gate) {
  for (const [key, limit] of Object.entries(LIMITS)) {
    const ratio = of("ours", key) / base;
    if (ratio > limit) fail(`“${key}” takes ${ratio.toFixed(1)} × udsv's time; the limit is ${limit}`);
  }
}
process.exit(0);
