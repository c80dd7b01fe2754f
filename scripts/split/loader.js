// Goes to the end of wasm-bindgen's glue (index.mjs), which has `wasm`: loads the rest of the program, which the page names.
const { href: url } = document.querySelector('link[data-program="rest"]');
let module, loading, exports;

const refused = (status) => new Error(`the rest of the program could not be loaded: the server answered ${status}`);

// Fetches and compiles the rest. After a failure the next call tries again.
export function complete() {
  loading ??= (async () => {
    const response = await fetch(url);
    if (!response.ok) throw refused(response.status);
    // A server that does not know the type of wasm cannot stream it.
    const typed = response.headers.get("content-type")?.startsWith("application/wasm");
    module ??= await (typed ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer()));
  })().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

// A function of the rest: when it is called the rest is there, even if nobody waited for it.
function later(name) {
  let inner;
  const rest = () => (exports ??= new WebAssembly.Instance((module ??= new WebAssembly.Module(bytes())), { f: wasm }).exports);
  return (...values) => (inner ??= rest()[name])(...values);
}

function bytes() {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  // A page that does not wait is given nothing but text: here a character for each byte.
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw refused(request.status);
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0));
}
