// Browser tests: `make test`, or after `make dist` `npx playwright test --project=page`, `--project=alone` and
// `--project=others` (Firefox and WebKit).
import { defineConfig } from "@playwright/test";
import { browser } from "./scripts/browser.mjs";

const ALONE = "large.spec.ts";
const OTHERS = "others.spec.ts";

export default defineConfig({
  testDir: "tests/browser",
  globalSetup: "./tests/browser/nginx.ts",
  reporter: [["list"], ["json", { outputFile: process.env.INFERSCOPE_REPORT ?? "test-results/browser.json" }]],
  // No retries: a test that fails sometimes is a failing test.
  retries: 0,
  // Each test has a browser context of its own, and the server only sends files: any two may run beside each other.
  fullyParallel: true,
  workers: 2,
  projects: [
    { name: "page", testIgnore: [ALONE, OTHERS], outputDir: "test-results/browser" },
    // It measures how long the main thread is busy: nothing beside it.
    { name: "alone", testMatch: ALONE, outputDir: "test-results/browser-alone", workers: 1 },
    // Longer than any step within, so that a failure names its step.
    { name: "others", testMatch: OTHERS, outputDir: "test-results/browser-others", timeout: 120_000 },
  ],
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: process.env.CI === "true",
  use: {
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    // What is kept for visits without a network is fetched after the page is idle, beside what a test measures: tests of their own.
    serviceWorkers: "block",
    launchOptions: {
      executablePath: browser(),
      args: [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // A page that a test makes up has no address, and would not be let to one of the loopback (embed.spec.ts).
        "--disable-features=LocalNetworkAccessChecks",
        // The network is cut: no name but the loopback resolves (tests/browser/app.ts also watches every request).
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
      ],
    },
  },
});
