// Which Chromium is used: the environment's, the system's, else (undefined) Playwright's own download. The same order as in
// scripts/setup.sh.
import { execFileSync } from "node:child_process";

export function browser() {
  if (process.env.INFERSCOPE_CHROMIUM) return process.env.INFERSCOPE_CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // not this one
    }
  }
  return undefined;
}
