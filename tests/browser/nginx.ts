// Playwright's global set-up: a real nginx with deploy/nginx.conf on a free loopback port, serving dist/
// twice: at the root and under SUB_PATH. What is replaced in a temporary copy is what cannot be the
// same in a test: the port, the root, /tmp (several runs at once) and where the modules are.
// INFERSCOPE_DIST names another build than dist/, e.g. a development one.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const DIST = process.env.INFERSCOPE_DIST ?? "dist";
export const SUB_PATH = "/some/sub/path/";

/** How many servers of their own tests may start; `live.spec.ts` names the first four, `places.spec.ts` the last. */
const ALLOWED = 5;

/** Origins whose answers `places.spec.ts` makes up: there is no network. */
const PLACES = ["api.github.com", "raw.githubusercontent.com", "gitlab.com", "huggingface.co", "storage.googleapis.com"];

const MODULE = "ngx_http_brotli_static_module.so";
const MODULE_FOLDERS = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules", "/etc/nginx/modules"];

export default async function setup(): Promise<() => Promise<void>> {
  // With origins for servers that tests start: the page may ask these and no others.
  const allowed = await freePorts(ALLOWED);
  process.env.INFERSCOPE_ALLOWED_PORTS = allowed.join(" ");
  const origins = [...allowed.map((port) => `http://127.0.0.1:${port}`), ...PLACES.map((host) => `https://${host}`)];
  process.env.INFERSCOPE_ALLOWED_ORIGINS = origins.join(" ");
  const { url, brotli, stop } = await serve(origins, SUB_PATH);
  process.env.INFERSCOPE_URL = url;
  process.env.INFERSCOPE_BROTLI = brotli ? "yes" : "no";
  return stop;
}

export type Nginx = {
  url: string;
  /** What it serves: a copy of dist/, to which a test may add. */
  root: string;
  brotli: boolean;
  stop: () => Promise<void>;
};

/** Starts an nginx whose page may ask these origins, with a second copy of the page where a path is given. */
export async function serve(origins: string[], second?: string): Promise<Nginx> {
  if (!existsSync(join(DIST, "index.html"))) throw new Error(`${DIST}/ is missing: run \`make dist\` first`);
  const dir = mkdtempSync(join(tmpdir(), "inferscope-nginx-"));
  const root = join(dir, "html");
  cpSync(DIST, root, { recursive: true });
  if (second) cpSync(DIST, join(root, second), { recursive: true });
  let extra = readFileSync("deploy/connect-src.conf", "utf8");
  if (!/^default "";$/m.test(extra)) throw new Error("deploy/connect-src.conf: no default; adapt tests/browser/nginx.ts");
  extra = extra.replace(/^default "";$/m, `default "${origins.join(" ")}";`);
  writeFileSync(join(dir, "connect-src.conf"), extra);

  const port = await freePort();
  // Tests show the page inside pages of its own origin and of another one.
  const ancestors = readFileSync("deploy/frame-ancestors.conf", "utf8");
  const nobody = /^default "'none'";$/m;
  if (!nobody.test(ancestors)) throw new Error("deploy/frame-ancestors.conf: no default; adapt tests/browser/nginx.ts");
  writeFileSync(join(dir, "frame-ancestors.conf"), ancestors.replace(nobody, `default "'self' http://localhost:${port}";`));
  const module = MODULE_FOLDERS.map((folder) => join(folder, MODULE)).find((path) => existsSync(path));
  let conf = readFileSync("deploy/nginx.conf", "utf8");
  const replace = (what: RegExp, by: string) => {
    if (!what.test(conf)) throw new Error(`deploy/nginx.conf: ${what} is not there any more; adapt tests/browser/nginx.ts`);
    conf = conf.replace(what, by);
  };
  replace(/^load_module .*;/m, module ? `load_module ${module};` : "");
  if (!module) replace(/^\s*brotli_static \w+;/gm, "");
  replace(/\/tmp\//g, `${dir}/`);
  replace(/listen 8080;/, `listen 127.0.0.1:${port};`);
  replace(/root \S+;/, `root ${root};`);
  // As root, nginx would hand its workers to `nobody`, who may not read this checkout.
  if (process.getuid?.() === 0) conf = `user root;\n${conf}`;
  writeFileSync(join(dir, "nginx.conf"), conf);

  // Files, not pipes: nginx opens /dev/stdout by name, which a pipe from Node does not allow.
  const log = join(dir, "nginx.log");
  const out = openSync(log, "a");
  const nginx = spawn("nginx", ["-e", "stderr", "-p", dir, "-c", join(dir, "nginx.conf")], { stdio: ["ignore", out, out] });
  closeSync(out);
  const stop = async () => {
    await ended(nginx, "SIGTERM");
    rmSync(dir, { recursive: true, force: true });
  };

  const url = `http://127.0.0.1:${port}/`;
  try {
    await answering(nginx, `${url}healthz`);
  } catch (error) {
    const said = readFileSync(log, "utf8");
    await stop();
    throw new Error(`nginx did not start: ${error}\n${said}`);
  }
  return { url, root, brotli: module !== undefined, stop };
}

/** So many free ports, all different. */
async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(probes.map((probe) => new Promise((listening) => probe.once("listening", listening))));
  const ports = probes.map((probe) => (probe.address() as { port: number }).port);
  await Promise.all(probes.map((probe) => new Promise((closed) => probe.close(closed))));
  return ports;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => probe.once("listening", listening));
  const { port } = probe.address() as { port: number };
  await new Promise((closed) => probe.close(closed));
  return port;
}

async function answering(nginx: ChildProcess, url: string): Promise<void> {
  let failure: unknown;
  nginx.once("error", (error) => (failure = error));
  nginx.once("exit", (code) => (failure = `exit code ${code}`));
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    if (failure) throw failure;
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((next) => setTimeout(next, 20));
  }
  throw new Error(`no answer from ${url}`);
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  child.kill(signal);
  await exit;
}
