// The failed tests of a Playwright report: place, name, and the first lines of what was wrong. Or what was not run, and why.
//   node scripts/failed.mjs REPORT.json
//   node scripts/failed.mjs --not-run REPORT.json
import { readFileSync } from "node:fs";

const plain = (text) => text.replace(/\x1b\[[0-9;]*m/g, "").split("\n").filter((line) => line.trim()).slice(0, 3).join(" | ").slice(0, 300);

function walk(suite, titles) {
  for (const spec of suite.specs ?? []) {
    const errors = spec.tests.flatMap((test) => test.results).flatMap((result) => result.errors ?? []);
    if (!spec.ok) console.log(`${spec.file}:${spec.line} ${[...titles, spec.title].join(" › ")}: ${plain(errors[0]?.message ?? "no message")}`);
  }
  for (const inner of suite.suites ?? []) walk(inner, inner.title === inner.file ? titles : [...titles, inner.title]);
}

function notRun(suite) {
  const skipped = (suite.specs ?? []).flatMap(({ tests }) => tests).flatMap(({ annotations }) => annotations);
  const own = skipped.filter(({ type, description }) => type === "skip" && description).map(({ description }) => description);
  return [...own, ...(suite.suites ?? []).flatMap(notRun)];
}

const whole = { suites: JSON.parse(readFileSync(process.argv.at(-1), "utf8")).suites };
if (process.argv[2] === "--not-run") {
  const reasons = notRun(whole);
  for (const reason of new Set(reasons)) {
    console.log(`not tested (${reasons.filter((other) => other === reason).length}): ${reason.replace("NOT RUN: ", "")}`);
  }
} else walk(whole, []);
