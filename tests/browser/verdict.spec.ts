// Two runs dropped: the answer, a picture for a colleague and a sentence to paste, without choosing anything.
import { readFileSync } from "node:fs";
import { corpus, expect, load, openApp, query, test, waitIdle } from "./app";

const OLD = "guidellm-0.4.0/concurrent-1-4-16.json";
const NEW = "guidellm-0.8.1/concurrent-1-16.json";

/** Output throughput in tok/s by concurrency, and P95 TTFT: read out of GuideLLM's file without any code of ours. */
function figures(path: string): Map<number, { throughput: number; ttft: number }> {
  const { benchmarks } = JSON.parse(readFileSync(corpus(path), "utf8"));
  return new Map(
    benchmarks.map((benchmark: any) => {
      const streams = benchmark.config?.strategy?.streams ?? benchmark.args?.strategy?.streams ?? 1;
      const { output_tokens_per_second, time_to_first_token_ms } = benchmark.metrics;
      return [streams, { throughput: output_tokens_per_second.successful.mean, ttft: time_to_first_token_ms.successful.percentiles.p95 }];
    }),
  );
}

const headline = ".headline";

test("job 1: two files of two versions, no click: which is faster, where, by how much", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openApp(page);
  await load(page, corpus(OLD), corpus(NEW));
  expect(query(page).get("view")).toBe("compare");
  await expect(page).toHaveTitle("Compare · 2 files – Inferscope");

  const [old, young] = [figures(OLD), figures(NEW)];
  const shared = [...old.keys()].filter((load) => young.has(load) && load > 1).sort((a, b) => a - b);
  expect(shared).toEqual([4, 16]);
  // The headline gives the change of the side that is not the baseline.
  const text = await page.locator(headline).innerText();
  const oldIsBase = text.includes(`than ${OLD.split("/")[1]}`);
  const change = (load: number) => {
    const [base, other] = oldIsBase ? [old, young] : [young, old];
    return 100 * (other.get(load)!.throughput / base.get(load)!.throughput - 1);
  };
  for (const load of shared) {
    const percent = Math.abs(change(load));
    expect(text, `${load}: ${percent}`).toContain(percent >= 10 ? percent.toFixed(0) : percent.toFixed(1));
  }
  expect(text).toContain("at concurrency 4–16");
  const titles = page.locator(".panel-head .axis-title");
  await expect(titles).toHaveText([/^Output throughput/, /^P95 TTFT/, /^P95 ITL/]);
  await expect(page.getByRole("heading", { name: "What differs" })).toBeVisible();

  // A sentence to paste.
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: "Copy for chat (Markdown)" }).click();
  await expect(page.locator(".toasts")).toContainText("Report copied as Markdown.");
  const report = await page.evaluate(() => navigator.clipboard.readText());
  expect(report).toContain("at concurrency 4–16");
  expect(report).toContain("### What differs");
  expect(/<(http[^>]+)>/.exec(report)?.[1]).toContain("view=compare");
  await page.getByRole("button", { name: "Copy for a wiki, with pictures" }).click();
  await expect(page.locator(".toasts")).toContainText("Report copied with its pictures.");
  const html = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    return (await item.getType("text/html")).text();
  });
  expect(html.match(/<img /g)).toHaveLength(3);
  await page.keyboard.press("Escape");

  // The other way round.
  await page.getByRole("link", { name: "Swap sides" }).click();
  await waitIdle(page);
  await expect(page.locator(headline)).toContainText(oldIsBase ? `than ${NEW.split("/")[1]}` : `than ${OLD.split("/")[1]}`);
  await page.goBack();
  await waitIdle(page);
  await expect(page.locator(headline)).toHaveText(text);
});

test("what must match can be emptied, and filled again", async ({ page }) => {
  await openApp(page, "v=2&src=demo/consolidated.csv&view=compare&f.model=openai/gpt-oss-120b");
  const button = page.locator("#control-match");
  await button.click();
  const chosen = page.getByRole("option", { selected: true });
  while ((await chosen.count()) > 0) {
    await chosen.first().click();
    await waitIdle(page);
  }
  expect(query(page).getAll("o.match")).toEqual(["none"]);
  await expect(button).toContainText("none");
  await page.getByRole("option").first().click();
  await waitIdle(page);
  expect(query(page).getAll("o.match")).not.toContain("none");
});

test("job 4: limits and a load in, one sentence out", async ({ page }) => {
  await openApp(page, "v=2&src=demo/consolidated.csv&view=capacity&slo.ttft.p95=2000&slo.itl.p95=50&o.target=20&o.target_unit=rps");
  const answer = page.locator(headline);
  await expect(answer).toContainText(/^20 req\/s → 1 × .*, 1 replica of .*% loaded, \$[\d.]+k a month\./);
  await expect(answer).toContainText("P95 TTFT ≤ 2000 ms");
  const loaded = async () => Number(/([\d.]+)% loaded/.exec(await answer.innerText())?.[1]);
  const before = await loaded();
  await page.locator('[data-control="headroom"]').fill("50");
  await page.locator('[data-control="headroom"]').press("Enter");
  await waitIdle(page);
  // With half of the capacity kept free, no more than half is loaded.
  expect(before).toBeGreaterThan(50);
  expect(await loaded()).toBeLessThanOrEqual(50);
});

test("by keyboard: the content is one step away", async ({ page }) => {
  await openApp(page);
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
});
