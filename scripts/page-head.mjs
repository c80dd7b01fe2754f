// Trunk's post_build hook (Trunk.toml): completes the head of index.html.
//
// The engine and the reader: Trunk builds them as workers and leaves their names without a hash and out of the page. Content
// hashes go into the names and links into the head, by which public/start.js finds them and fetches each when it is needed.
// So with the scripts that it loads later. It has no hash itself: an older page, kept somewhere on the way, still finds it,
// and it says what has become of the rest.
//
// The page's own program is split in two where it is deployed (scripts/split/).
//
// The service worker (scripts/offline.mjs), where the page is not rebuilt all the time.
//
// The Content-Security-Policy, as a <meta>: for static hosts that cannot send headers; the policy's text has one home,
// deploy/nginx.conf. A <meta> cannot carry frame-ancestors, and a page obeys both the <meta> and the header, so a
// deployment that allows more origins in its header (deploy/README.md) builds with INFERSCOPE_META_CSP=off.
import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { completeWorker } from "./offline.mjs";
import { split } from "./split/index.mjs";

const staging = process.env.TRUNK_STAGING_DIR;
const file = join(staging, "index.html");
let html = readFileSync(file, "utf8");

const released = process.env.TRUNK_PROFILE === "release";

const hashed = (stem, ending) => {
  const name = `${stem}${ending}`;
  const hash = createHash("sha256").update(readFileSync(join(staging, name))).digest("hex").slice(0, 16);
  const to = `${stem}-${hash}${ending}`;
  renameSync(join(staging, name), join(staging, to));
  return to;
};
const link = (name, attributes) => `<link rel="later" href="./${name}" ${attributes}>`;
const links = ["engine", "reader"].flatMap((program) => {
  const part = (part, ending) => link(hashed(`inferscope-${program}`, ending), `data-program="${program}" data-part="${part}"`);
  return [part("wasm", "_bg.wasm"), part("glue", ".js")];
});
links.push(...["worker", "keep", "zip"].map((script) => link(hashed(script, ".js"), `data-program="${script}"`)));
if (released) links.push(link(hashed("offline", ".js"), 'data-program="offline"'));
else for (const name of ["offline.js", "sw.js"]) rmSync(join(staging, name));
const place = "<!-- programs -->";
if (!html.includes(place)) throw new Error(`index.html: no ${place} to put the programs' links at`);
html = html.replace(place, links.join("\n"));
if (process.env.INFERSCOPE_SPLIT === "yes") {
  const linked = join(process.env.CARGO_TARGET_DIR ?? "target", "wasm32-unknown-unknown/page/inferscope-web.wasm");
  html = await split(staging, html, linked);
}

if (released && process.env.INFERSCOPE_META_CSP !== "off") {
  const header = readFileSync("deploy/nginx.conf", "utf8").match(/Content-Security-Policy "([^"]+)"/)?.[1];
  if (!header) throw new Error("deploy/nginx.conf has no Content-Security-Policy");
  const policy = header
    .replaceAll("$connect_extra", process.env.INFERSCOPE_CONNECT_SRC ?? "")
    .split(";")
    .map((directive) => directive.trim().replace(/\s+/g, " "))
    .filter((directive) => directive && !directive.startsWith("frame-ancestors"))
    .join("; ");
  // Before anything that loads: a policy does not reach back. After the charset, which must come first.
  const charset = /<meta charset="utf-8"\s*\/?>/i;
  if (!charset.test(html)) throw new Error("index.html: no <meta charset> to put the policy after");
  if (/["<>]/.test(policy)) throw new Error(`not a policy: ${policy}`);
  html = html.replace(charset, (meta) => `${meta}\n<meta http-equiv="Content-Security-Policy" content="${policy}">`);
}

if (released) {
  const version = completeWorker(staging, html, process.env.INFERSCOPE_NEWEST === "yes");
  html = html.replace('data-program="offline"', `$& data-version="${version}"`);
}
writeFileSync(file, html);
