// The failed tests of a Playwright report: place, name, and the first lines of what was wrong.
//   node scripts/failed.mjs REPORT.json
import { readFileSync } from "node:fs";

const plain = (text) => text.replace(/\x1b\[[0-9;]*m/g, "").split("\n").filter((line) => line.trim()).slice(0, 3).join(" | ").slice(0, 300);

function walk(suite, titles) {
  for (const spec of suite.specs ?? []) {
    const errors = spec.tests.flatMap((test) => test.results).flatMap((result) => result.errors ?? []);
    if (!spec.ok) console.log(`${spec.file}:${spec.line} ${[...titles, spec.title].join(" › ")}: ${plain(errors[0]?.message ?? "no message")}`);
  }
  for (const inner of suite.suites ?? []) walk(inner, inner.title === inner.file ? titles : [...titles, inner.title]);
}

walk({ suites: JSON.parse(readFileSync(process.argv[2], "utf8")).suites }, []);
