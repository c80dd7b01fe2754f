// Splits the page's program in two, for a deployed page: what a first visit runs until its chart stands, and the rest, which
// comes after it. What that is, is not guessed: Chromium opens the page with a program that notes which of its functions are
// called. Where another visit calls more, nothing is lost: a function of the rest that is called too early has it fetched at once.
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { marked, parts, whole } from "./program.mjs";
import { called } from "./visits.mjs";

/** Splits the program of a staged page, which was linked as `linked`, and gives the page with the new names. */
export async function split(staging, html, linked) {
  const name = html.match(/inferscope-web-[0-9a-f]+(?=_bg\.wasm)/)?.[0];
  if (!name) throw new Error("index.html does not name the page's program");
  const [glue, wasm] = [`${name}.js`, `${name}_bg.wasm`];
  const program = readFileSync(join(staging, wasm));
  const script = readFileSync(join(staging, glue), "utf8");
  const places = await called(staging, { "/index.html": html, [`/${wasm}`]: marked(program), [`/${glue}`]: importing(script, MARK) });
  if (!places) {
    writeFileSync(join(staging, wasm), whole(program));
    return html;
  }
  const { first, rest, imports } = parts(program, readFileSync(linked), places);
  const second = `inferscope-rest-${hash(rest)}.wasm`;
  const renamed = imports.reduce((text, [from, to]) => replaced(text, `        ${from}: function`, `        ${to}: function`), script);
  const loader = readFileSync(new URL("loader.js", import.meta.url), "utf8");
  const { code } = await transform(`${importing(renamed, IMPORTS)}\n${loader}`, { minify: true, format: "esm", target: "es2022" });
  const to = `inferscope-web-${hash(first, code)}`;
  for (const file of [glue, wasm]) rmSync(join(staging, file));
  for (const [file, content] of [[`${to}.js`, code], [`${to}_bg.wasm`, first], [second, rest]]) writeFileSync(join(staging, file), content);
  return html.replaceAll(name, to).replace("</head>", `<link rel="later" href="./${second}" data-program="rest">\n</head>`);
}

const hash = (...contents) => contents.reduce((hash, content) => hash.update(content), createHash("sha256")).digest("hex").slice(0, 16);

/** The text with something else in place of what must be in it once. */
function replaced(text, from, to) {
  if (text.split(from).length !== 2) throw new Error(`wasm-bindgen's glue has not one “${from.trim()}”`);
  return text.replace(from, () => to);
}

/** The glue with another module to import from, `r`. */
const importing = (glue, module) => replaced(glue, '"./inferscope-web_bg.js": import0,', `"./inferscope-web_bg.js": import0, r: ${module},`);

const MARK = "{ mark: (at) => (globalThis.inferscopeCalled ??= new Set()).add(at) }";
/** What the first part calls of the rest (loader.js). */
const IMPORTS = "new Proxy({}, { get: (_, name) => later(name) })";
