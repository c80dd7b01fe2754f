// Module worker: the same glue and wasm as the page, one program for both roles. Their hashed names are
// only known to the page, which passes them on: new Worker("worker.js?glue=…&wasm=…", { type: "module" }).
const params = new URLSearchParams(self.location.search);

// Whoever can choose these could run code as us: only files of our own origin, over the worker's own
// scheme (a blob: URL has our origin too).
const own = (name, extension) => {
  const given = params.get(name);
  const url = new URL(given ?? "", self.location.href);
  const ours = url.origin === self.location.origin && url.protocol === self.location.protocol;
  if (!given || !ours || !url.pathname.endsWith(extension)) throw new Error(`worker.js: refused ${name}=${given}`);
  return url.href;
};

// Messages that come before the program listens are kept and given to it again.
const early = [];
const keep = (event) => early.push(event);
self.addEventListener("message", keep);
try {
  const glue = own("glue", ".js");
  const wasm = own("wasm", ".wasm");
  const { default: init } = await import(glue);
  await init({ module_or_path: wasm });
  self.removeEventListener("message", keep);
  for (const { data, ports } of early) self.dispatchEvent(new MessageEvent("message", { data, ports: [...ports] }));
} catch (error) {
  // As an `error` event on the page's Worker object; a rejected module would not be reported there.
  self.reportError(error);
}
