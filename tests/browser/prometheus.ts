// A real Prometheus that scrapes an exporter of ours, whose series are known: two engines and a GPU, each scrape one step on.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether there is a Prometheus on this machine. */
export function hasPrometheus(): boolean {
  try {
    execFileSync("prometheus", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Upper bounds of the exporter's TTFT, in seconds. */
const BOUNDS = [0.02, 0.04, 0.06, 0.1, 0.25, 0.5];

/**
 * What an engine exports at its n-th scrape. Between two scrapes: 500 tokens generated, 10 requests with a TTFT in (0.04, 0.06]
 * and 10 in (0.1, 0.25], 60 and 150 ms on average. `kv` is its share of KV cache in use.
 */
export function engine(model: string, kv: number, scrape: number): string {
  const labels = `engine="0",model_name="${model}"`;
  const ttft = "vllm:time_to_first_token_seconds";
  const within = (bound: number) => (bound >= 0.25 ? 20 : bound >= 0.06 ? 10 : 0) * scrape;
  return [
    "# TYPE vllm:num_requests_running gauge",
    `vllm:num_requests_running{${labels}} ${8 + (scrape % 2)}`,
    "# TYPE vllm:num_requests_waiting gauge",
    `vllm:num_requests_waiting{${labels}} 3`,
    "# TYPE vllm:kv_cache_usage_perc gauge",
    `vllm:kv_cache_usage_perc{${labels}} ${kv}`,
    "# TYPE vllm:generation_tokens_total counter",
    `vllm:generation_tokens_total{${labels}} ${500 * scrape}`,
    `# TYPE ${ttft} histogram`,
    ...BOUNDS.map((bound) => `${ttft}_bucket{${labels},le="${bound}"} ${within(bound)}`),
    `${ttft}_bucket{${labels},le="+Inf"} ${20 * scrape}`,
    `${ttft}_sum{${labels}} ${(0.06 * 10 + 0.15 * 10) * scrape}`,
    `${ttft}_count{${labels}} ${20 * scrape}`,
    "",
  ].join("\n");
}

const gpu = (scrape: number) =>
  `# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1",modelName="NVIDIA H100",Hostname="node-1"} ${70 + (scrape % 2)}\n`;

export type Prometheus = {
  url: string;
  /** The answer to an instant query: the first result's value. */
  value: (query: string) => Promise<number | undefined>;
  stop: () => Promise<void>;
};

/** Starts the exporter and a Prometheus on this port that scrapes it each second; resolves after so many scrapes. */
export async function startPrometheus(port: number, scrapes: number): Promise<Prometheus> {
  const counts = new Map<string, number>();
  const exporter = createServer((request, response) => {
    const path = request.url ?? "/";
    const scrape = (counts.get(path) ?? 0) + 1;
    counts.set(path, scrape);
    response.setHeader("content-type", "text/plain; version=0.0.4");
    const texts: Record<string, string> = {
      "/vllm-0": engine("model-a", 0.4, scrape),
      "/vllm-1": engine("model-b", 0.8, scrape),
      "/dcgm": gpu(scrape),
    };
    response.end(texts[path] ?? "");
  });
  await listening(exporter, 0);
  const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  const job = (name: string, labels: string) =>
    `  - job_name: ${name}\n    metrics_path: /${name}\n    static_configs: [{targets: ["${target}"], labels: {${labels}}}]\n`;
  const dir = mkdtempSync(join(tmpdir(), "inferscope-prometheus-"));
  writeFileSync(
    join(dir, "prometheus.yml"),
    `global: {scrape_interval: 1s}\nscrape_configs:\n${job("vllm-0", "pod: vllm-0")}${job("vllm-1", "pod: vllm-1")}${job("dcgm", "")}`,
  );
  const flags = [`--config.file=${dir}/prometheus.yml`, `--storage.tsdb.path=${dir}/data`, `--web.listen-address=127.0.0.1:${port}`];
  const prometheus = spawn("prometheus", [...flags, "--log.level=error"], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await ended(prometheus);
    exporter.closeAllConnections();
    await new Promise((closed) => exporter.close(closed));
    rmSync(dir, { recursive: true, force: true });
  };
  const value = async (query: string) => {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const found = ((await response.json()) as { data: { result: { value: [number, string] }[] } }).data.result[0];
    return found ? Number(found.value[1]) : undefined;
  };
  try {
    for (const until = Date.now() + 60_000; ; ) {
      const scraped = await value("min(count_over_time(up[1h]))").catch(() => undefined);
      if ((scraped ?? 0) >= scrapes) return { url, value, stop };
      if (Date.now() > until) throw new Error(`Prometheus has ${scraped} scrapes after a minute`);
      await new Promise((next) => setTimeout(next, 200));
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((exit) => child.once("exit", exit));
  child.kill("SIGKILL");
  await exit;
}

/** Starts a server on a port of the loopback. */
export async function listening(server: Server, port: number): Promise<Server> {
  await new Promise<void>((ready, failed) => server.once("error", failed).listen(port, "127.0.0.1", ready));
  return server;
}
