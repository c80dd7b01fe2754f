// What a first visit transfers, by part: raw, and as brotli, which is what the server sends. Fails above a budget.
//   node scripts/sizes.mjs dist
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const dir = process.argv[2];
const config = JSON.parse(readFileSync(join(dir, "config.json"), "utf8"));

const start = [...(config.start ?? []).flatMap(({ src, tables }) => [tables ?? src]), config.picture ?? ""];
const named = (names) => new RegExp(`^(${names.filter(Boolean).map((name) => name.replaceAll(".", "\\.")).join("|") || "-"})$`);

/**
 * The parts: names of files, the budget in bytes of brotli, the goal where it is not reached yet, and when it is fetched:
 * before the first picture of a visit without a link, right after it, or with the first file.
 */
const PARTS = [
  ["page program", /^inferscope-web-.*_bg\.wasm$|^inferscope-web-.*\.js$/, 350e3, , "first"],
  ["charts (ECharts)", /^echarts-.*\.js$/, 180e3, , "first"],
  ["page, style, start", /^index\.html$|^start\.js$|\.css$|^(config|catalog)\.json$|^favicon\.svg$/, 45e3, , "first"],
  ["start data, picture", named(start), 210e3, , "first"],
  ["its rest", /^inferscope-rest-.*\.wasm$/, 460e3, , "then"],
  ["engine program", /^inferscope-engine-.*_bg\.wasm$|^inferscope-engine-.*\.js$|^worker-.*\.js$/, 1720e3, 450e3, "then"],
  ["reader program", /^inferscope-reader-.*_bg\.wasm$|^inferscope-reader-.*\.js$/, 2000e3, , "later"],
];
const FIRST = ["until the first chart", , 760e3];
const TOTAL = ["first visit, whole", , 2925e3, 1200e3];
/** The first visit and what the service worker fetches after it (public/sw.js): the reader, above all. */
const KEPT = ["kept for offline", , 5090e3];

const files = readdirSync(dir, { recursive: true }).filter((name) => statSync(join(dir, name)).isFile());
const size = (name) => statSync(join(dir, name)).size;
const sent = (name) => (existsSync(join(dir, `${name}.br`)) ? size(`${name}.br`) : size(name));
const kb = (bytes) => `${Math.round(bytes / 1000)} kB`.padStart(9);
const sum = (names, of) => names.reduce((total, name) => total + of(name), 0);

let over = 0;
const row = ([what, , budget, goal = undefined], raw, brotli) => {
  const above = brotli > budget;
  over += above ? 1 : 0;
  const aim = goal ? `, goal ${kb(goal).trim()}` : "";
  console.log(`${what.padEnd(22)} ${kb(raw)} raw ${kb(brotli)} brotli   budget ${kb(budget).trim()}${aim}${above ? "   OVER" : ""}`);
};
const first = [0, 0];
const whole = [0, 0];
for (const part of PARTS) {
  const names = files.filter((name) => part[1].test(name));
  if (names.length === 0) throw new Error(`${dir} has nothing of “${part[0]}”`);
  const [raw, brotli] = [sum(names, size), sum(names, sent)];
  for (const [sum, counts] of [[first, part[4] === "first"], [whole, part[4] !== "later"]]) {
    if (counts) [sum[0], sum[1]] = [sum[0] + raw, sum[1] + brotli];
  }
  row(part, raw, brotli);
}
row(FIRST, ...first);
row(TOTAL, ...whole);
const listed = [...readFileSync(join(dir, "sw.js"), "utf8").matchAll(/\["([^"]+)","sha256-/g)].map(([, name]) => name);
const kept = files.filter((name) => listed.includes(name) || /^index\.html$|^(config|catalog)\.json$|^favicon\.svg$|\.webmanifest$/.test(name) || named(start).test(name));
row(KEPT, sum(kept, size), sum(kept, sent));
process.exit(over ? 1 : 0);
