// Module worker of the engine or the reader: new Worker("worker.js?glue=…", { type: "module" }). The hashed name of the glue
// is only known to the page, which passes it on; the compiled program comes as the first message, `{ module }`.
const params = new URLSearchParams(self.location.search);

// Whoever can choose it could run code as us: only a file of our own origin, over the worker's own scheme (a blob: URL has
// our origin too).
const own = (name, extension) => {
  const given = params.get(name);
  const url = new URL(given ?? "", self.location.href);
  const ours = url.origin === self.location.origin && url.protocol === self.location.protocol;
  if (!given || !ours || !url.pathname.endsWith(extension)) throw new Error(`worker.js: refused ${name}=${given}`);
  return url.href;
};

// Messages that come before the program listens are kept and given to it again.
const early = [];
let keep;
const program = new Promise((resolve, reject) => {
  keep = (event) => {
    if (event.data?.module instanceof WebAssembly.Module) resolve(event.data.module);
    else if (event.data?.failed) reject(new Error(event.data.failed));
    else early.push(event);
  };
});
self.addEventListener("message", keep);
try {
  const { default: init } = await import(own("glue", ".js"));
  await init({ module_or_path: await program });
  self.removeEventListener("message", keep);
  // A trap ends the program, not this script: it says what the program was at, which the program left here.
  self.addEventListener("error", (event) => {
    event.preventDefault();
    const { inferscopeReading: reading, inferscopePanic: panic } = self;
    self.postMessage([JSON.stringify({ Died: { reading, panic, error: String(event.message) } })]);
  });
  for (const { data, ports } of early) self.dispatchEvent(new MessageEvent("message", { data, ports: [...ports] }));
} catch (error) {
  // As an `error` event on the page's Worker object; a rejected module would not be reported there.
  self.reportError(error);
}
