// Completes the service worker of a staged page (public/sw.js): the version, and the files that a visit without a network
// needs, each with its checksum. What a deployment may have changed (settings, icon, manifest) has none. The programs'
// notices, pictures and data are left out; the worker keeps the data that config.json opens on as it finds them.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const OWN = /^(start|report)\.js$|-[0-9a-f]{8,16}(_bg)?\.(js|css|wasm)$/;
const BESIDE = ["catalog.json", "config.json", "favicon.svg", "manifest.webmanifest"];

/**
 * Gives the version, a hash of the page and its files. The page is to name it (`data-version`). With `newest`, a visit is
 * shown the server's page where there is one, not the copy until somebody takes the newer.
 */
export function completeWorker(staging, html, newest) {
  const checksum = (name) => `sha256-${createHash("sha256").update(readFileSync(join(staging, name))).digest("base64")}`;
  const files = readdirSync(staging).filter((name) => OWN.test(name)).sort().map((name) => [name, checksum(name)]);
  const path = join(staging, "sw.js");
  let worker = readFileSync(path, "utf8");
  const version = createHash("sha256").update(html).update(worker).update(JSON.stringify(files)).digest("hex").slice(0, 16);
  const list = files.map((file) => `\n  ${JSON.stringify(file)},`).join("");
  for (const [place, value] of [
    ['VERSION = "VERSION"', `VERSION = "${version}"`],
    ["new Map([])", `new Map([${list}\n])`],
    ["BESIDE = []", `BESIDE = ${JSON.stringify(BESIDE)}`],
    ["NEWEST = false", `NEWEST = ${newest}`],
  ]) {
    if (!worker.includes(place)) throw new Error(`sw.js: no ${place} to fill in`);
    worker = worker.replace(place, value);
  }
  writeFileSync(path, worker);
  return version;
}
