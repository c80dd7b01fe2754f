// Starts the page: imports the wasm glue that Trunk built and initialises it. A file of its own so that
// the page has no inline script; a classic script so that it runs, and can say what is wrong, even where
// module scripts cannot be loaded. The hashed names come from the preload links Trunk put into the head.
(async () => {
  // Links to wasm-bindgen's snippets, if any, follow the glue's.
  const glue = document.querySelector('link[rel="modulepreload"]');
  const wasm = document.querySelector('link[rel="preload"][type="application/wasm"]');
  try {
    if (location.protocol === "file:") throw new Error("a page opened from a file cannot load its program");
    if (typeof WebAssembly !== "object") throw new Error("WebAssembly is missing or blocked");
    const { default: init } = await import(glue.href);
    await init({ module_or_path: wasm.href });
  } catch (error) {
    console.error(error);
    const line = (text) => Object.assign(document.createElement("p"), { textContent: text });
    const box = document.createElement("main");
    box.id = "boot";
    box.className = "boot boot-failed";
    box.setAttribute("role", "alert");
    box.append(line("Inferscope could not start."), line(String(error?.message ?? error)), line(help()));
    document.body.replaceChildren(box);
  }

  function help() {
    if (location.protocol === "file:") {
      return "Serve the folder over HTTP, for example with “python3 -m http.server”, and open the address it prints.";
    }
    if (typeof WebAssembly !== "object") {
      return "Allow WebAssembly for this site (some browsers switch it off in their strictest security mode), or use a current Firefox, Chrome, Edge or Safari.";
    }
    return "Reload the page: it may have been updated while it loaded. If that does not help, try a current Firefox, Chrome, Edge or Safari; if it still fails, the copy on this server may be incomplete.";
  }
})();
