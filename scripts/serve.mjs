// `make serve`: builds the page and serves it on 127.0.0.1. Until it is built, a page says how far the build is, and
// becomes Inferscope when it is ready. A plain file server with the few types a browser insists on; deployments use
// deploy/nginx.conf, this one needs nothing but Node.
import { spawn } from "node:child_process";
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const dist = "target/serve-dist";
const port = Number(process.env.PORT ?? 8080);
const url = `http://127.0.0.1:${port}/`;
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".csv": "text/csv",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** What the build is doing, since when; nothing once the page is there. */
let step = { name: "starting", since: Date.now() };

const server = createServer((request, response) => {
  const plain = (status) => response.writeHead(status, { "content-type": "text/plain" }).end(`${status}\n`);
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405);
  if (step) {
    response.writeHead(503, { "content-type": types[".html"], "cache-control": "no-store", "retry-after": "2" });
    return response.end(waiting());
  }
  let path;
  try {
    path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  } catch {
    return plain(400);
  }
  // `normalize` of an absolute path cannot climb above its root.
  const file = join(dist, path.endsWith("/") ? `${path}index.html` : path);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) return plain(404);
  response.writeHead(200, {
    "content-type": types[extname(file)] ?? "application/octet-stream",
    "content-length": stat.size,
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  });
  if (request.method === "HEAD") return response.end();
  createReadStream(file).on("error", () => response.destroy()).pipe(response);
});

/** It loads itself again until Inferscope is in its place. */
function waiting() {
  const seconds = Math.round((Date.now() - step.since) / 1000);
  const name = step.name.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2"><meta name="color-scheme" content="light dark">
<title>Building Inferscope</title><body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 15vh auto; padding: 0 1em">
<h1>Building Inferscope</h1><p>Now ${name}, for ${seconds} s.</p><p>This page turns into Inferscope when it is ready; the terminal shows the details.</p>`;
}

function build() {
  // A process group of its own, so that stopping it stops the compilers too.
  const child = spawn("scripts/build.sh", ["serve"], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  child.stdout.setEncoding("utf8").on("data", (text) => {
    process.stdout.write(text);
    // `say` in scripts/env.sh writes these lines.
    const said = [...text.matchAll(/^== (.*)$/gm)].at(-1);
    if (said) step = { name: said[1], since: Date.now() };
  });
  child.on("error", (error) => fail(error.message));
  child.on("exit", (code) => {
    if (code !== 0) return fail("the page could not be built");
    step = undefined;
    console.log(`\n  Inferscope is at  ${url}\n\n  Ctrl-C stops it.\n`);
  });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      if (child.exitCode === null) process.kill(-child.pid);
      process.exit(0);
    });
  }
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

server.on("error", (error) => fail(error.code === "EADDRINUSE" ? `port ${port} is taken: stop what uses it, or PORT=8081 make serve` : error.message));
server.listen(port, "127.0.0.1", () => {
  console.log(`${url} answers from now on: with the progress of the build, then with Inferscope.`);
  build();
});
