// A real server of S3's interface (moto's), objects in it, and deploy/s3/sync.py as it runs beside nginx.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { freePort } from "./nginx";

const python = process.env.INFERSCOPE_DEPLOYMENT_PYTHON ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "inferscope/deployment-python/bin/python3");

/** Why there is no server of S3's interface, where there is none. */
export const MISSING = existsSync(python) ? undefined : `no ${python}: scripts/setup.sh test installs moto`;

async function until(what: () => Promise<boolean> | boolean, seconds = 30): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (await what()) return;
    await new Promise((next) => setTimeout(next, 50));
  }
  throw new Error("it did not come about in time");
}

async function killed(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  child.kill(signal);
  // On a busy machine it may be in the middle of a request.
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await exit;
  clearTimeout(late);
}

export class Moto {
  private server?: ChildProcess;
  constructor(readonly port: number) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, empty, where it does not run already. */
  async start(): Promise<void> {
    if (this.server?.exitCode === null && this.server.signalCode === null) return;
    // Only what a bucket's own rule allows may be read by pages.
    const env = { ...process.env, MOTO_DISABLE_GLOBAL_CORS: "true" };
    this.server = spawn(python, ["-B", "-m", "moto.server", "-H", "127.0.0.1", "-p", String(this.port)], { env, stdio: "ignore" });
    await until(() => fetch(`${this.url}/moto-api/`).then((answer) => answer.ok, () => false));
  }

  async stop(): Promise<void> {
    await killed(this.server, "SIGKILL");
  }

  /** Asks it as nobody, which it lets do everything; what is put can be read by everybody. */
  async ask(method: string, path: string, body?: string | Buffer): Promise<void> {
    const headers = method === "PUT" ? { "x-amz-acl": "public-read", "content-type": "application/octet-stream" } : undefined;
    const answer = await fetch(`${this.url}/${path}`, { method, headers, body: body as BodyInit | undefined });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
}

export class Sync {
  private process?: ChildProcess;
  said = "";
  constructor(
    readonly target: string,
    readonly variables: Record<string, string>,
  ) {}

  private env(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !/^(AWS|S3|SYNC)_/.test(name));
    const nowhere = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null", AWS_EC2_METADATA_DISABLED: "true" };
    return { ...Object.fromEntries(kept), ...nowhere, ...this.variables, SYNC_TARGET: this.target };
  }

  /** Begins to copy, and waits for the first copy. */
  async start(): Promise<void> {
    const child = spawn(python, ["-B", "deploy/s3/sync.py"], { env: this.env(), stdio: ["ignore", "pipe", "pipe"] });
    this.process = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes) => (this.said += bytes));
    await until(() => this.status()?.failed === null);
  }

  /** The catalog.json that sync.py prints. */
  async catalog(): Promise<string> {
    const child = spawn(python, ["-B", "deploy/s3/sync.py", "catalog"], { env: this.env(), stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout?.on("data", (bytes) => (text += bytes));
    await new Promise((done) => child.once("close", done));
    return text;
  }

  status(): { synced: string | null; failed: string | null; since: string } | undefined {
    try {
      return JSON.parse(readFileSync(join(this.target, "status.json"), "utf8"));
    } catch {
      return undefined;
    }
  }

  /** Waits until a round has failed, or until one has gone well again. */
  async state(well: boolean): Promise<void> {
    await until(() => (this.status()?.failed === null) === well);
  }

  async stop(): Promise<void> {
    await killed(this.process, "SIGTERM");
  }
}

export { freePort };
