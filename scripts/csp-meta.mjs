// Puts the Content-Security-Policy into index.html as a <meta>: Trunk's post_build hook (Trunk.toml).
// It is for static hosts that cannot send headers; the policy's text has one home, deploy/nginx.conf.
// A <meta> cannot carry frame-ancestors, and a page obeys both the <meta> and the header, so a
// deployment that allows more origins in its header (deploy/README.md) builds with INFERSCOPE_META_CSP=off.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

if (process.env.TRUNK_PROFILE === "release" && process.env.INFERSCOPE_META_CSP !== "off") {
  const header = readFileSync("deploy/nginx.conf", "utf8").match(/Content-Security-Policy "([^"]+)"/)?.[1];
  if (!header) throw new Error("deploy/nginx.conf has no Content-Security-Policy");
  const policy = header
    .replaceAll("$connect_extra", process.env.INFERSCOPE_CONNECT_SRC ?? "")
    .split(";")
    .map((directive) => directive.trim().replace(/\s+/g, " "))
    .filter((directive) => directive && !directive.startsWith("frame-ancestors"))
    .join("; ");

  const file = join(process.env.TRUNK_STAGING_DIR, "index.html");
  const html = readFileSync(file, "utf8");
  // Before anything that loads: a policy does not reach back. After the charset, which must come first.
  const place = /<meta charset="utf-8"\s*\/?>/i;
  if (!place.test(html)) throw new Error("index.html: no <meta charset> to put the policy after");
  if (/["<>]/.test(policy)) throw new Error(`not a policy: ${policy}`);
  writeFileSync(file, html.replace(place, (meta) => `${meta}\n<meta http-equiv="Content-Security-Policy" content="${policy}">`));
}
