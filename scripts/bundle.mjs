// Bundles what the page takes from npm into vendor/: Trunk's pre_build hook (Trunk.toml).
// It writes only when its inputs changed, so that `make dev`'s watcher is not woken by its own hook.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

/** Each bundle: what is in it, by package, and the form in which the page loads it. */
const BUNDLES = [
  { name: "echarts", packages: ["echarts", "zrender"], about: "ECharts, Apache-2.0, https://echarts.apache.org", format: "iife" },
  { name: "keep", packages: ["idb"], about: "idb, ISC, https://github.com/jakearchibald/idb", format: "esm" },
  { name: "zip", packages: ["client-zip"], about: "client-zip, MIT, https://github.com/Touffy/client-zip", format: "esm" },
  { name: "report", packages: ["echarts", "zrender"], about: "ECharts, Apache-2.0, https://echarts.apache.org", format: "iife" },
];

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;

for (const { name, packages, about, format } of BUNDLES) {
  const missing = packages.find((name) => !existsSync(`node_modules/${name}`));
  if (missing) {
    console.error(`${missing} is not installed: run \`make setup\` first.`);
    process.exit(1);
  }
  const entry = `scripts/${name}.entry.mjs`;
  const output = `vendor/${name}.js`;
  const versions = packages.map((name) => `${name} ${version(name)}`).join(", ");
  const inputs = createHash("sha256")
    .update(readFileSync(entry))
    .update(readFileSync(new URL(import.meta.url)))
    .update(`${versions}, esbuild ${version("esbuild")}`)
    .digest("hex")
    .slice(0, 16);
  const banner = `/* ${about}; ${versions}; inputs ${inputs} */`;
  if (existsSync(output) && readFileSync(output, "utf8").startsWith(banner)) continue;
  const { build } = await import("esbuild");
  await build({
    entryPoints: [entry],
    outfile: output,
    banner: { js: banner },
    bundle: true,
    minify: true,
    format,
    target: "es2022",
    legalComments: "none",
    // zrender looks at this to leave out its development checks.
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  console.log(`bundled ${versions} into ${output}`);
}
