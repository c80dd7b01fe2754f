// Starts the page: imports the wasm glue that Trunk built and initialises it, compiles the engine's program beside it and the
// reader's once there is something to read, and keeps what is dropped meanwhile. A file of its own so that the page has no
// inline script; a classic script so that it runs, and can say what is wrong, even where module scripts cannot be loaded.
// The hashed names come from the links that the build put into the head.
(async () => {
  const href = (selector) => document.querySelector(selector)?.href;
  // Links to wasm-bindgen's snippets, if any, follow the glue's.
  const glue = href('link[rel="modulepreload"]:not([data-program])');
  const wasm = href('link[rel="preload"][type="application/wasm"]:not([data-program])');
  globalThis.inferscopeDropped = drops();
  globalThis.inferscopeKept = late("keep", ["restore", "restored", "keep", "usage", "forget"]);
  globalThis.inferscopeZip = late("zip", ["pack"]);
  globalThis.inferscopeOffline = {};
  const NEWER = "a new version of Inferscope was published while this page was open: reload the page";
  // The rest of the page's program, where it comes in two parts (scripts/split/).
  let whole = async () => {};
  const version = offlineVersion();
  // For as long as this page is open, its version is kept (sw.js). A page that holds a lock cannot be gone back to as it was.
  const keepVersion = () => {
    const left = () => new Promise((resolve) => addEventListener("pagehide", resolve, { once: true }));
    navigator.locks.request(version, { mode: "shared" }, left).catch(() => {});
  };
  if (version) {
    keepVersion();
    addEventListener("pageshow", ({ persisted }) => persisted && keepVersion());
  }
  try {
    if (location.protocol === "file:") throw new Error("a page opened from a file cannot load its program");
    const there = globalThis.echarts && document.querySelector('link[rel="stylesheet"]')?.sheet;
    if (!there && (await replaced())) throw new Error("a part of it is gone from the server");
    if (typeof WebAssembly !== "object") throw new Error("WebAssembly is missing or blocked");
    globalThis.inferscopePrograms = programs(
      (name, part) => href(`link[data-program="${name}"][data-part="${part}"]`),
      href('link[data-program="worker"]'),
    );
    const { default: init, complete } = await import(glue);
    const first = complete && isFirst();
    if (!first) await complete?.();
    const release = first ? hold() : () => {};
    // Nothing goes on without it: what is not to be had at the fourth attempt is told in place of the page.
    const again = async (error, attempt = 0) => {
      if (attempt === 3 || (await replaced())) return failed(error).then(() => new Promise(() => {}));
      await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** attempt));
      return complete().catch((error) => again(error, attempt + 1));
    };
    let completed;
    whole = () => (completed ??= (complete ? complete().catch(again) : Promise.resolve()).then(release));
    await init({ module_or_path: wasm });
    if (version) idle().then(async () => (await import(href('link[data-program="offline"]'))).start(tell, version)).catch(() => {});
  } catch (error) {
    await failed(error);
  }

  // Whether the first part of the program will do: it has what a first visit runs until it has the prepared picture.
  function isFirst() {
    const { entries, files } = globalThis.inferscopeDropped;
    try {
      return !location.search && !location.hash && localStorage.length === 0 && entries.length + files.length === 0;
    } catch {
      return false;
    }
  }

  // Holds what the user does until the rest of the program is there, so that the page need not stand still for it; returns what
  // lets it through. Clicks and keys come late then, and the page shows that they wait; moves of the pointer come not at all.
  function hold() {
    const MOVES = ["over", "enter", "move", "down", "up", "out", "leave"].flatMap((move) => [`pointer${move}`, `mouse${move}`]);
    MOVES.push("wheel", "scroll", "touchstart", "touchmove", "touchend", "focusin", "focusout", "keyup", "dragenter");
    const held = [];
    const keep = (again) => {
      held.push(again);
      document.documentElement.classList.add("held");
    };
    const stop = (event) => {
      if (!event.isTrusted) return;
      event.stopImmediatePropagation();
      if (event.type === "click") {
        event.preventDefault();
        keep(() => event.target.isConnected && event.target.click());
      } else if (event.type === "keydown" && !event.ctrlKey && !event.metaKey && event.key !== "Tab") {
        event.preventDefault();
        const { target, key, code, shiftKey, altKey } = event;
        keep(() => target.dispatchEvent(new KeyboardEvent("keydown", { key, code, shiftKey, altKey, bubbles: true, cancelable: true })));
      }
    };
    const types = [...MOVES, "click", "keydown"];
    for (const type of types) addEventListener(type, stop, { capture: true, passive: MOVES.includes(type) });
    return () => {
      for (const type of types) removeEventListener(type, stop, { capture: true });
      for (const again of held) again();
      document.documentElement.classList.remove("held");
    };
  }

  // Says that the page cannot go on, in place of it.
  async function failed(error) {
    console.error(error);
    document.documentElement.classList.remove("held");
    const newer = await replaced();
    const line = (text) => Object.assign(document.createElement("p"), { textContent: text });
    const box = document.createElement("main");
    box.id = "boot";
    box.className = "boot boot-failed";
    box.setAttribute("role", "alert");
    box.append(line(newer ? "A new version of Inferscope was published while this page loaded." : "Inferscope could not start."));
    if (!newer) box.append(line(String(error?.message ?? error)), line(help()));
    box.append(Object.assign(document.createElement("button"), { textContent: "Reload", onclick: () => location.reload() }));
    document.body.replaceChildren(box);
  }

  // What is dropped before the page listens is kept for it.
  function drops() {
    const entries = [];
    const files = [];
    const over = (event) => event.preventDefault();
    // Whoever drags a file over the page is about to need what reads it.
    addEventListener("dragenter", () => globalThis.inferscopePrograms?.expect("reader"), { once: true });
    const drop = (event) => {
      event.preventDefault();
      // Within the event: the browser empties the drop afterwards.
      const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
      const found = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      entries.push(...found);
      if (found.length === 0) files.push(...event.dataTransfer.files);
      const line = document.getElementById("boot-files");
      if (line && entries.length + files.length > 0) line.textContent = "Your files are read as soon as the page is loaded.";
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return {
      entries,
      files,
      take() {
        removeEventListener("dragover", over);
        removeEventListener("drop", drop);
        return { entries, files };
      },
    };
  }

  // The functions of a part that few visits need (vendor/), which is loaded with the first call.
  function late(part, names) {
    const lost = async (error) => Promise.reject((await replaced()) ? new Error(NEWER) : error);
    const load = () => import(href(`link[data-program="${part}"]`)).catch(lost);
    const call = (name) => [name, async (...args) => (await load())[name](...args)];
    return Object.fromEntries(names.map(call));
  }

  // A program is fetched and compiled once, whoever runs it: workers get the module, not its bytes.
  function programs(href, script) {
    const compiled = async (name) => {
      const response = await fetch(href(name, "wasm"));
      if (response.status === 404 && (await replaced())) throw new Error(NEWER);
      if (!response.ok) throw new Error(`the ${name} could not be loaded: the server answered ${response.status}`);
      // A server that does not know the type of wasm cannot stream it.
      const typed = response.headers.get("content-type")?.startsWith("application/wasm");
      return typed ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
    };
    const modules = {};
    const module = (name) => {
      if (!modules[name]) {
        const module = compiled(name);
        modules[name] = module;
        // Whoever waits for it hears of a failure; whoever comes later tries again.
        module.catch(() => delete modules[name]);
      }
      return modules[name];
    };
    const started = {};
    const said = (error) => String(error?.message ?? error);
    // A visit without a link opens on a picture that was drawn before (`picture` in config.json). The rest of the page's program
    // and the engine come after it, as soon as the page asks for the engine.
    let expected;
    const until = new Promise((resolve) => (expected = resolve));
    const wanted = (name) => (name === "engine" ? until.then(() => whole()).then(() => module(name)) : module(name));
    const expect = (name) => (name === "engine" ? expected() : void module(name));
    if (location.search || location.hash) expect("engine");
    return {
      expect,
      whole: () => whole(),
      worker(name) {
        const worker = new Worker(`${script}?glue=${encodeURIComponent(href(name, "glue"))}`, { type: "module" });
        wanted(name).then(
          (module) => worker.postMessage({ module }),
          (error) => worker.postMessage({ failed: said(error) }),
        );
        return worker;
      },
      local(name, reply, failed) {
        const serving = (async () => {
          // One that has ended stays in its module: another is a module of its own.
          started[name] = (started[name] ?? 0) + 1;
          const again = started[name] > 1 ? `?${started[name]}` : "";
          const { default: init, serve } = await import(href(name, "glue") + again);
          await init({ module_or_path: await wanted(name) });
          if (name === "reader") addEventListener("error", ended);
          return serve(reply);
        })();
        // A trap ends the reader, not the page: whatever fails while it reads is that.
        const ended = (event) => {
          const { inferscopeReading: reading, inferscopePanic: panic } = globalThis;
          if (!reading) return;
          event.preventDefault();
          removeEventListener("error", ended);
          globalThis.inferscopeReading = globalThis.inferscopePanic = undefined;
          reply([JSON.stringify({ Died: { reading, panic, error: String(event.message) } })]);
        };
        serving.catch(async (error) => failed((await replaced()) ? NEWER : said(error)));
        // A task of its own, so that the page can paint what led to the request.
        return (message) => void serving.then((take) => setTimeout(take, 0, message), () => {});
      },
    };
  }

  // The name of this page's version; nothing where it cannot be kept for visits without a network.
  function offlineVersion() {
    try {
      const version = document.querySelector('link[data-program="offline"]')?.dataset.version;
      // A page that shows it as a part of itself decides about its own visits.
      const can = version && top === self && navigator.serviceWorker && caches && navigator.locks;
      return can ? `inferscope ${new URL("./", location.href)} ${version}` : undefined;
    } catch {
      return undefined;
    }
  }

  // Tells the page what becomes of its version (offline.js).
  function tell(what, detail) {
    const told = globalThis.inferscopeOffline;
    if (told[what] && told[what].complete === detail.complete) return;
    told[what] = detail;
    dispatchEvent(new CustomEvent(`inferscope:${what}`, { detail }));
  }

  // Whether the page on the server names other files than this one: then those that this one lacks are gone.
  async function replaced() {
    try {
      const answer = await fetch("./", { cache: "no-store" });
      const page = answer.ok ? await answer.text() : "";
      const files = [...document.querySelectorAll("link[data-program], link[rel=modulepreload], link[rel=stylesheet], script[src]")];
      const names = files.map(({ href, src }) => new URL(href ?? src).pathname.split("/").pop());
      if (!page.includes("inferscope-engine") || names.every((name) => page.includes(name))) return false;
    } catch {
      return false;
    }
    tell("update", { apply: () => location.reload(), complete: false });
    return true;
  }

  // Once the first picture stands and nothing is under way.
  function idle() {
    const { documentElement: root } = document;
    return new Promise((resolve) => {
      const look = () => {
        if (root.dataset.ready !== "true" || Number(root.dataset.busy ?? 0) > 0) return;
        observer.disconnect();
        if (globalThis.requestIdleCallback) requestIdleCallback(() => resolve());
        else setTimeout(resolve, 1000);
      };
      const observer = new MutationObserver(look);
      observer.observe(root, { attributes: true });
      look();
    });
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
