// A live server with Prometheus' HTTP API: a real Prometheus, and servers that refuse.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { dropFiles, expect, openApp, openView, test, waitIdle, type Watch } from "./app";
import { engine, hasPrometheus, listening, type Prometheus, startPrometheus } from "./prometheus";

// One after the other: each server has a port of its own, which the deployment allows.
test.describe.configure({ mode: "default" });

const PORTS = (process.env.INFERSCOPE_ALLOWED_PORTS ?? "").split(" ").map(Number);
const [PROMETHEUS, REFUSING, SILENT, SHORT] = PORTS;
const at = (port: number) => `http://127.0.0.1:${port}`;

/** Takes out of the watch what a test asks of a server on purpose. */
function asked(watch: Watch, origin: string): string[] {
  const own = watch.outside.filter((request) => request.includes(` ${origin}/`));
  watch.outside = watch.outside.filter((request) => !request.includes(` ${origin}/`));
  return own;
}

const bar = (page: Page) => page.getByRole("region", { name: "Connected server" });
const alert = (page: Page) => bar(page).getByRole("alert");

async function connect(page: Page, url: string, token = ""): Promise<void> {
  await page.getByRole("button", { name: "Connect", exact: true }).first().click();
  const dialog = page.getByRole("dialog", { name: "Connect to a Prometheus server" });
  await dialog.getByLabel(/^Address/).fill(url);
  if (token) await dialog.getByLabel(/^Bearer token/).fill(token);
  await dialog.getByRole("button", { name: "Connect" }).click();
  await waitIdle(page);
}

test.describe("a real Prometheus", () => {
  let prometheus: Prometheus | undefined;
  test.skip(!hasPrometheus(), "prometheus is not installed (Debian: apt-get install prometheus)");
  test.beforeAll(async () => {
    test.setTimeout(120_000);
    prometheus = await startPrometheus(PROMETHEUS, 12);
  });
  test.afterAll(async () => prometheus?.stop());

  test("connected by a person: figures are Prometheus' own, pickers narrow what is asked, the link has no token", async ({ page, watch }) => {
    await openApp(page);
    await connect(page, `${at(PROMETHEUS)}/graph?g0.expr=up`, "very-secret");
    await expect(bar(page)).toContainText(/series, every 1 s as scraped; read at \d\d:\d\d:\d\d UTC/);
    await expect(page.locator(".demo"), "the demo data made room").toHaveCount(0);
    await expect(page.getByRole("tab", { name: "Server", exact: true })).toHaveAttribute("aria-selected", "true");
    await openView(page, "Server", "Server metrics");
    const row = (name: RegExp) => page.getByRole("row", { name });
    // 235 ms: of 20 requests between two scrapes the 19th is the 9th of 10 in (0.1, 0.25].
    await expect(row(/TTFT.*P95.*vllm-0/).first()).toContainText("235");
    const query = 'histogram_quantile(0.95, sum by (le) (rate({__name__="vllm:time_to_first_token_seconds_bucket",pod="vllm-0"}[10s])))';
    expect(await prometheus?.value(query)).toBeCloseTo(0.235, 9);
    await expect(row(/KV cache usage.*vllm-1/).first()).toContainText("80");

    await bar(page).getByRole("button", { name: "Pod: all" }).click();
    await page.getByRole("option", { name: "vllm-1" }).click();
    await page.keyboard.press("Escape");
    await waitIdle(page);
    await expect(row(/KV cache usage.*vllm-0/)).toHaveCount(0);
    await expect(page).toHaveURL(/prom\.is\.pod=vllm-1/);
    expect(page.url()).not.toContain("very-secret");
    const requests = asked(watch, at(PROMETHEUS));
    expect(requests.filter((request) => request.includes("query=")).at(-1)).toContain("vllm-1");
    expect(requests.join(), "only what is drawn").not.toContain("scrape_duration_seconds");
  });

  test("a link opens it, and refreshes as often as it says", async ({ page, watch }) => {
    await openApp(page, `v=2&view=server/metrics&prom=${at(PROMETHEUS)}&prom.last=15m&prom.every=2s`);
    await expect(bar(page)).toContainText("read at");
    const read = () => bar(page).locator(".live-said").innerText().then((text) => text.match(/read at ([\d:]+)/)?.[1]);
    const first = await read();
    await expect.poll(read).not.toBe(first);
    await expect(page.locator(".plot").first()).toBeVisible();
    await bar(page).getByRole("button", { name: "Last 15m" }).click();
    await page.getByRole("option", { name: "Last 1h" }).click();
    await expect(page).not.toHaveURL(/prom\.last/);
    await bar(page).getByRole("button", { name: "Disconnect" }).click();
    await expect(bar(page)).toHaveCount(0);
    expect(page.url()).not.toContain("prom=");
    asked(watch, at(PROMETHEUS));
  });

  test("a server that has gone: what was read stays, and it is said; another choice does not show it", async ({ page, watch }) => {
    await openApp(page, `v=2&view=server/metrics&prom=${at(PROMETHEUS)}`);
    await expect(page.locator(".plot").first()).toBeVisible();
    await prometheus?.stop();
    prometheus = undefined;
    await bar(page).getByRole("button", { name: "Refresh", exact: true }).click();
    await waitIdle(page);
    await expect(alert(page)).toContainText(`No answer: 127.0.0.1:${PROMETHEUS} is not reachable, or it does not allow this page to read it (CORS). What is shown was read before.`);
    await expect(page.locator(".plot").first()).toBeVisible();
    await bar(page).getByRole("button", { name: "Last 1h" }).click();
    await page.getByRole("option", { name: "Last 6h" }).click();
    await waitIdle(page);
    await expect(page.locator(".plot")).toHaveCount(0);
    await expect(alert(page)).toContainText("No answer");
    asked(watch, at(PROMETHEUS));
  });
});

test("a server that wants a token says so, gets it in a header, and nothing of it is kept", async ({ page, watch }) => {
  const seen: (string | undefined)[] = [];
  const names = { status: "success", data: [] };
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "authorization");
    if (request.method === "OPTIONS") return response.end();
    seen.push(request.headers.authorization);
    if (request.headers.authorization !== "Bearer s3cret") response.statusCode = 401;
    response.end(JSON.stringify(names));
  });
  await listening(server, REFUSING);
  await openApp(page);
  await connect(page, at(REFUSING));
  await expect(alert(page)).toContainText("The server refuses without the right token (it answered 401).");
  await connect(page, at(REFUSING), "s3cret");
  await expect(alert(page)).toContainText("has no series of vLLM, SGLang, TensorRT-LLM, Dynamo, llm-d or DCGM in the last 1h");
  expect(seen).toContain("Bearer s3cret");
  expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]))).not.toContain("s3cret");
  expect(asked(watch, at(REFUSING)).join()).not.toContain("s3cret");
  server.close();
});

test("a token goes to the server that it was entered for, and to no other, Back and Forward included", async ({ page, watch }) => {
  const seen: Record<string, (string | undefined)[]> = { first: [], second: [] };
  const server = (name: string) =>
    createServer((request, response) => {
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("access-control-allow-headers", "authorization");
      if (request.method === "OPTIONS") return response.end();
      seen[name].push(request.headers.authorization);
      response.end(JSON.stringify({ status: "success", data: [] }));
    });
  const servers = [await listening(server("first"), SILENT), await listening(server("second"), SHORT)];
  await openApp(page);
  await connect(page, at(SILENT), "one");
  await expect(alert(page)).toContainText("has no series");
  await connect(page, at(SHORT), "two");
  await expect.poll(() => seen.second).toContain("Bearer two");
  await page.goBack();
  await waitIdle(page);
  await expect.poll(() => seen.first.length).toBeGreaterThan(1);
  expect(seen.first).not.toContain("Bearer two");
  expect(seen.second).not.toContain("Bearer one");
  for (const one of servers) one.close();
  asked(watch, at(SILENT));
  asked(watch, at(SHORT));
});

test("a server that never ends its answer: files are read beside it, and asking can be cancelled", async ({ page, watch }) => {
  const server = createServer((_, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.write('{"status":"success","data":[');
  });
  await listening(server, SHORT);
  await page.goto(`/?v=2&view=server&prom=${at(SHORT)}`);
  await expect(bar(page)).toContainText("Asking the server");
  await dropFiles(page, [{ name: "metrics.prom", contents: engine("model-a", 0.4, 1) }]);
  await expect(page.locator(".data-name")).toHaveText("2 files · 1 row");
  await bar(page).getByRole("button", { name: "Cancel" }).click();
  await waitIdle(page);
  await expect(bar(page).getByRole("button", { name: "Refresh", exact: true })).toBeVisible();
  server.closeAllConnections();
  server.close();
  asked(watch, at(SHORT));
});

test("CORS refused, a page in place of the API, an address that is none", async ({ page, watch }) => {
  const silent = await listening(createServer((_, response) => response.end("{}")), SILENT);
  await openApp(page);
  await connect(page, at(SILENT));
  await expect(alert(page)).toContainText("it does not allow this page to read it (CORS)");
  await expect(alert(page)).toContainText("--web.cors.origin");
  silent.close();
  asked(watch, at(SILENT));

  const login = createServer((_, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.end("<!doctype html><title>Log in</title>");
  });
  await listening(login, SHORT);
  await connect(page, at(SHORT));
  await expect(alert(page)).toContainText("It may be the page of a login");
  login.close();
  asked(watch, at(SHORT));

  await page.getByRole("button", { name: "Connect", exact: true }).first().click();
  const dialog = page.getByRole("dialog", { name: "Connect to a Prometheus server" });
  for (const [address, why] of [
    ["prometheus.example:9090", "begins with http:// or https://"],
    ["https://me:password@prometheus.example", "contains a user name or password"],
    ["https://prometheus.example?token=abc", "carries a secret"],
  ]) {
    await dialog.getByLabel(/^Address/).fill(address);
    await dialog.getByRole("button", { name: "Connect" }).click();
    await expect(dialog.getByRole("alert")).toContainText(why);
  }
});

test("a server that the deployment does not allow is not asked: the policy is named, not CORS", async ({ page, watch }) => {
  let requests = 0;
  const server = await listening(createServer((_, response) => response.end(String(++requests))), 0);
  const origin = at((server.address() as AddressInfo).port);
  await openApp(page, `v=2&view=server&prom=${origin}`);
  await expect(alert(page)).toContainText(`does not allow it to ask ${new URL(origin).host} (Content-Security-Policy, connect-src)`);
  await expect(alert(page)).toContainText("connect-src.conf");
  expect(requests).toBe(0);
  asked(watch, origin);
  server.close();
});
