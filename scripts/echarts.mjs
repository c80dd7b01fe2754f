// Bundles scripts/echarts.entry.mjs into vendor/echarts.js: Trunk's pre_build hook (Trunk.toml).
// It writes only when its inputs changed, so that `make dev`'s watcher is not woken by its own hook.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

const entry = "scripts/echarts.entry.mjs";
const output = "vendor/echarts.js";

if (!existsSync("node_modules/echarts")) {
  console.error("ECharts is not installed: run `make setup` first.");
  process.exit(1);
}
const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
const inputs = createHash("sha256")
  .update(readFileSync(entry))
  .update(readFileSync(new URL(import.meta.url)))
  .update([version("echarts"), version("zrender"), version("esbuild")].join())
  .digest("hex")
  .slice(0, 16);
const banner = `/* ECharts ${version("echarts")}, Apache-2.0, https://echarts.apache.org; inputs ${inputs} */`;

if (!existsSync(output) || !readFileSync(output, "utf8").startsWith(banner)) {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [entry],
    outfile: output,
    banner: { js: banner },
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    // zrender looks at this to leave out its development checks.
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  console.log(`bundled ECharts ${version("echarts")} into ${output}`);
}
