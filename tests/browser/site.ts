// A server of a test's own: it can be stopped, and its folder replaced, while a page is open. It sends what deploy/nginx.conf
// sends where that matters here: types, the policy, how long a name may be kept.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";
import { DIST } from "./nginx";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".csv": "text/csv",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
};
const HASHED = /-[0-9a-f]{8,16}(_bg)?\.(js|css|wasm)$/;

export class Site {
  /** What it sends; a test replaces it. */
  folder: string;
  /** The policy; a test replaces it, as a deployment may. */
  policy = (readFileSync("deploy/nginx.conf", "utf8").match(/Content-Security-Policy "([^"]+)"/)?.[1] ?? "").replace("$connect_extra", "").replace("$frame_ancestors", "'none'");
  /** Whoever is asked first: true once it has answered itself. */
  before: (path: string, response: ServerResponse) => boolean | undefined | Promise<boolean | undefined> = () => false;
  /** The paths that were asked for, with their queries. */
  asked: string[] = [];
  url = "";
  private server?: Server;

  constructor(folder: string) {
    this.folder = folder;
  }

  async start(): Promise<void> {
    this.server = createServer((request, response) => void this.answer(request, response));
    const port = this.url ? Number(new URL(this.url).port) : 0;
    await new Promise<void>((listening) => this.server?.listen(port, "127.0.0.1", listening));
    this.url = `http://127.0.0.1:${(this.server.address() as { port: number }).port}/`;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    await new Promise((closed) => (server ? server.close(closed) : closed(undefined)));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url as string, this.url);
    this.asked.push(pathname + search);
    if (await this.before(pathname, response)) return;
    const path = normalize(decodeURIComponent(pathname));
    const file = join(this.folder, path.endsWith("/") ? `${path}index.html` : path);
    const there = existsSync(file) && statSync(file).isFile();
    response.setHeader("content-security-policy", this.policy);
    response.setHeader("cache-control", there && HASHED.test(path) ? "public, max-age=31536000, immutable" : "no-cache");
    if (!there) return void response.writeHead(404, { "content-type": "text/plain" }).end("404\n");
    const contents = readFileSync(file);
    const etag = `"${createHash("sha256").update(contents).digest("hex").slice(0, 16)}"`;
    response.setHeader("etag", etag);
    if (request.headers["if-none-match"] === etag) return void response.writeHead(304).end();
    response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
    // Packed as by any server: Chromium's cache in memory keeps no answer over 6.25 MB, so that a larger program came twice.
    const packs = extname(file) === ".wasm" && /\bgzip\b/.test(`${request.headers["accept-encoding"]}`);
    if (packs) response.setHeader("content-encoding", "gzip");
    const body = packs ? gzipSync(contents, { level: 1 }) : contents;
    response.writeHead(200, { "content-length": body.length }).end(body);
  }
}

/** A copy of dist/ as it is deployed (not as `make serve` builds it) without what only nginx sends, at a path within a folder. */
export function copied(path = ""): string {
  const folder = mkdtempSync(join(tmpdir(), "inferscope-site-"));
  cpSync(DIST, join(folder, path), { recursive: true, filter: (name) => !/\.(br|gz)$/.test(name) });
  const worker = join(folder, path, "sw.js");
  writeFileSync(worker, readFileSync(worker, "utf8").replace("NEWEST = true", "NEWEST = false"));
  return folder;
}

export const removed = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** The folder's page as another version: what is hashed has other names, and the worker is made as the build makes it (`newest`: as for `make serve`). */
export async function another(folder: string, newest = false): Promise<string> {
  const to = mkdtempSync(join(tmpdir(), "inferscope-site-"));
  cpSync(folder, to, { recursive: true });
  const page = join(to, "index.html");
  let html = readFileSync(page, "utf8").replace(/ data-version="[0-9a-f]+"/, "");
  for (const name of readdirSync(to).filter((name) => HASHED.test(name))) {
    const newer = name.replace(/[0-9a-f]{8,16}(?=(_bg)?\.)/, (hash) => [...hash].reverse().join("").replace(/^0/, "1"));
    renameSync(join(to, name), join(to, newer));
    html = html.replaceAll(name, newer);
  }
  cpSync("public/sw.js", join(to, "sw.js"));
  const { completeWorker } = await import(new URL("../../scripts/offline.mjs", import.meta.url).href);
  writeFileSync(page, html.replace('data-program="offline"', `$& data-version="${completeWorker(to, html, newest)}"`));
  return to;
}

/** The version that a folder's page names. */
export const versionOf = (folder: string): string =>
  readFileSync(join(folder, "index.html"), "utf8").match(/data-version="([0-9a-f]+)"/)?.[1] ?? "";
