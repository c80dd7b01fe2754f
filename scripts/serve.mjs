// Serves dist/ on 127.0.0.1 for `make serve`: a plain file server with the few types a browser insists on.
// Deployments use deploy/nginx.conf; this one needs nothing but Node.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const port = Number(process.env.PORT ?? 8080);
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".csv": "text/csv",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const server = createServer((request, response) => {
  const plain = (status) => response.writeHead(status, { "content-type": "text/plain" }).end(`${status}\n`);
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405);
  let path;
  try {
    path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  } catch {
    return plain(400);
  }
  // `normalize` of an absolute path cannot climb above its root.
  const file = join("dist", path.endsWith("/") ? `${path}index.html` : path);
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

server.on("error", (error) => {
  const hint = error.code === "EADDRINUSE" ? `port ${port} is taken: stop what uses it, or PORT=8081 make serve` : error.message;
  console.error(`error: ${hint}`);
  process.exit(1);
});
server.listen(port, "127.0.0.1", () => {
  console.log(`\n  Inferscope is at  http://127.0.0.1:${port}/\n\n  Ctrl-C stops it.\n`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
