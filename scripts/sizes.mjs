// What a first visit transfers, by part: raw, and as brotli, which is what the server sends. Fails above a budget.
//   node scripts/sizes.mjs dist
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const dir = process.argv[2];
const config = JSON.parse(readFileSync(join(dir, "config.json"), "utf8"));

/** The parts: names of files, the budget in bytes of brotli, and the goal where it is not reached yet. */
const PARTS = [
  ["page program", /^inferscope-web-.*_bg\.wasm$|^inferscope-web-.*\.js$/, 760e3, 350e3],
  ["engine program", /^inferscope-engine-.*_bg\.wasm$|^inferscope-engine-.*\.js$|^worker\.js$/, 2620e3],
  ["charts (ECharts)", /^echarts-.*\.js$/, 180e3],
  ["page, style, start", /^index\.html$|^start\.js$|\.css$|^config\.json$|^favicon\.svg$/, 45e3],
  ["start data", new RegExp(`^(${(config.start ?? []).map(({ src }) => src.replaceAll(".", "\\.")).join("|") || "-"})$`), 220e3],
];
const TOTAL = ["first visit", , 3800e3, 1200e3];

const files = readdirSync(dir, { recursive: true }).filter((name) => statSync(join(dir, name)).isFile());
const size = (name) => statSync(join(dir, name)).size;
const sent = (name) => (existsSync(join(dir, `${name}.br`)) ? size(`${name}.br`) : size(name));
const kb = (bytes) => `${Math.round(bytes / 1000)} kB`.padStart(9);
const sum = (names, of) => names.reduce((total, name) => total + of(name), 0);

let over = 0;
const row = ([what, , budget, goal], raw, brotli) => {
  const above = brotli > budget;
  over += above ? 1 : 0;
  const aim = goal ? `, goal ${kb(goal).trim()}` : "";
  console.log(`${what.padEnd(20)} ${kb(raw)} raw ${kb(brotli)} brotli   budget ${kb(budget).trim()}${aim}${above ? "   OVER" : ""}`);
};
const whole = [0, 0];
for (const part of PARTS) {
  const names = files.filter((name) => part[1].test(name));
  if (names.length === 0) throw new Error(`${dir} has nothing of “${part[0]}”`);
  const [raw, brotli] = [sum(names, size), sum(names, sent)];
  whole[0] += raw;
  whole[1] += brotli;
  row(part, raw, brotli);
}
row(TOTAL, ...whole);
process.exit(over ? 1 : 0);
