// Registers the service worker (sw.js), which keeps this version of the page for visits without a network, and tells the page
// what becomes of it. start.js loads this once the first picture stands and the browser is idle.
//
// What a page hears, as events on `window` (each once, but for an update that becomes urgent):
//
//   inferscope:update           A newer version is there, or this one is gone from the server. `event.detail.apply()` takes it:
//                               it reloads the page, which then is the newer version: call it when a person says so.
//                               `event.detail.complete` is true where the page can be used on as it is, and false where
//                               files of its version are lost, so that only a reload helps.
//   inferscope:offline-ready    This version works without a network from now on. `event.detail.bytes` is what the browser
//                               keeps for this site in all, kept files included, where it says so.
//
// Whoever comes later finds the same details as `inferscopeOffline["update"]` and `inferscopeOffline["offline-ready"]` on
// `globalThis` (start.js makes the object and tells, also where it finds a file of this version lost).

const UPDATE_EVERY_MS = 60 * 60 * 1000;

/** `tell(what, detail)`, and the version's name: that of its cache, and of the lock that start.js holds. */
export async function start(tell, version) {
  const { serviceWorker } = navigator;
  // Visits that save data do not fetch for later; what an earlier one has kept stays in use.
  if (navigator.connection?.saveData && !serviceWorker.controller) return;
  const registration = await serviceWorker.register("sw.js", { updateViaCache: "none" });

  const apply = async () => {
    // Without its own page, this version's worker gets the newer one from the server, or from the newer version's cache. The
    // newer page then has its worker take over: a browser may never answer a page that is asked for at that very moment.
    if (await caches.has(version)) await (await caches.open(version)).delete("./");
    location.reload();
  };
  const look = async (worker) => {
    if (!worker) return;
    await settled(worker, registration);
    if (worker.state === "redundant") return;
    if ((await versionOf(worker)) !== version) return tell("update", { apply, complete: await caches.has(version) });
    // This page is the newer one already: nobody need be asked.
    if (worker.state === "installed") worker.postMessage("apply");
    tell("offline-ready", { bytes: (await navigator.storage?.estimate?.())?.usage });
  };
  registration.addEventListener("updatefound", () => look(registration.installing));
  const { active } = registration;
  if (active) {
    // A page that was loaded past it may be the newer one.
    if ((await versionOf(active)) !== version) await registration.update().catch(() => {});
    else {
      look(active);
      active.postMessage("tidy");
    }
  }
  look(registration.installing ?? registration.waiting ?? registration.active);

  let asked = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || Date.now() - asked < UPDATE_EVERY_MS) return;
    asked = Date.now();
    registration.update().catch(() => {});
  });
}

/** Until a worker is active, waits behind one that is, or has failed. */
function settled(worker, registration) {
  return new Promise((resolve) => {
    const look = () => {
      const waits = worker.state === "installed" && registration.active;
      if (waits || worker.state === "activated" || worker.state === "redundant") resolve();
    };
    worker.addEventListener("statechange", look);
    look();
  });
}

function versionOf(worker) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage("version", [port2]);
  });
}
