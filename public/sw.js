// Service worker: Inferscope without a network, and never half of two versions. What a page sees of it, and what it tells the
// page, is in offline.js.
//
// - A version is a cache of its own, complete or not there at all: the programs by hashed name and checksum, start.js, and the
//   page that names them. Beside them lie the deployment's settings and the data that these name.
// - A page is answered from the version that is active. A newer one is fetched beside it and waits until the page is told to
//   take it, or the last tab is closed. Hashed names are answered from any version's cache, so a tab that stays open when
//   another takes the newer version goes on with all of its own; an old cache goes when no tab has its version any more.
// - The deployment's settings and data are asked for first, and kept for when nobody answers. Every other request is none of
//   its business: it is not even looked at, and local files are in no request.
//
// Why not Workbox, which does much of this: it is three times as large (17 kB), keeps all versions in one cache and empties it
// of the old one while other tabs still run it.

// The build fills these in (scripts/offline.mjs): the version, the page's own files with their checksums, what belongs to the
// page but may be a deployment's own, and whether the server's page comes before the copy, as for who is building it.
const VERSION = "VERSION";
const FILES = new Map([]);
const BESIDE = [];
const NEWEST = false;

const SCOPE = self.registration.scope;
const OURS = `inferscope ${SCOPE} `;
/** Pages of this version hold a lock of this name. */
const CACHE = OURS + VERSION;
/** Whoever does not answer within this time is not waited for, where there is a copy. */
const PATIENCE_MS = 3000;

/** Where it is noted that a visit was answered with something that is no Inferscope. */
const STRANGE = `${SCOPE}strange`;

const hashed = /-[0-9a-f]{8,16}(_bg)?\.(js|css|wasm)$/;
/** A copy, of this version if none is named. Asking makes no cache where there is none. */
const copyOf = (name, version = CACHE) => caches.match(SCOPE + name, { cacheName: version });
const gone = ({ status }) => status === 404 || status === 410;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim().then(tidy)));
self.addEventListener("message", (event) => {
  if (event.data === "apply") event.waitUntil(self.skipWaiting());
  if (event.data === "tidy") event.waitUntil(tidy());
  if (event.data === "version") event.ports[0].postMessage(CACHE);
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || request.headers.has("range") || !url.href.startsWith(SCOPE)) return;
  const name = url.href.slice(SCOPE.length).replace(/[?#].*/, "");
  if (name === "" || name === "index.html") {
    if (request.mode === "navigate") event.respondWith(page(event));
  } else if (FILES.has(name) || hashed.test(name)) {
    event.respondWith(file(name, request));
  } else if (url.search === "" && request.mode !== "navigate" && (!known || known.includes(name))) {
    event.respondWith(data(name, event));
  }
});

/** Fetches the whole version, or fails: then the next visit goes on with what is there, if there is room for it. */
async function install() {
  return fetchAll().catch(async (error) => {
    if (error?.name === "QuotaExceededError") await caches.delete(CACHE);
    throw error;
  });
}

async function fetchAll() {
  const cache = await caches.open(CACHE);
  for (const [name, integrity] of FILES) {
    if (await copyOf(name)) continue;
    const same = hashed.test(name) && (await kept(name));
    const asked = (cache) => fetch(SCOPE + name, { integrity, cache });
    // The page has just fetched most of them. What does not have its checksum, the server may have whole by now.
    const answer = same || (await asked(hashed.test(name) ? "default" : "no-cache").catch(() => asked("reload")));
    if (!answer.ok) throw new Error(`${name}: the server answered ${answer.status}`);
    await cache.put(SCOPE + name, answer);
  }
  const answer = await fetch(SCOPE, { cache: "no-cache" });
  if (!(answer.ok && (await ofThisVersion(answer)))) throw new Error("the page is of another version: it is just being replaced");
  await cache.put(SCOPE, plain(answer));
  await Promise.all(BESIDE.map(fetched));
  await Promise.all((await settings()).opening.map(fetched));
}

/** The page, at once; meanwhile the server is asked whether it still is this one. */
async function page(event) {
  const copy = await copyOf("");
  if (copy && (await copyOf("strange"))) {
    // At the visit before, something else was at this address: if it still is, this is its address.
    const answer = await fetch(event.request).catch(() => undefined);
    if (answer?.ok && !(await ofInferscope(answer))) {
      await release();
      return answer;
    }
    if (answer?.ok) await (await caches.open(CACHE)).delete(STRANGE);
  }
  event.waitUntil(compare().catch(() => {}));
  if (copy && !NEWEST) return copy;
  return fetch(event.request).catch(async (error) => copy ?? (await newerPage()) ?? Promise.reject(error));
}

/** Somebody took a newer version whose worker still waits. */
async function newerPage() {
  for (const version of (await versions()).reverse()) {
    const copy = await copyOf("", version);
    if (copy) return copy;
  }
}

/** Headers (the policy) and what a deployment wrote into the page may change within a version. */
async function compare() {
  const answer = await fetch(SCOPE, { cache: "no-cache", redirect: "manual" });
  const cache = await caches.open(CACHE);
  if (answer.ok && (await ofThisVersion(answer))) await cache.put(SCOPE, answer);
  // Somebody must sign in first: the next visit goes to the server, which asks for it.
  else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) await cache.delete(SCOPE);
  // Another version without a service worker: the next visit is its, and would register this one no more.
  else if (answer.ok && gone(await fetch(`${SCOPE}sw.js`, { cache: "no-cache" }))) {
    if (!(await cache.delete(SCOPE))) await release();
  }
  // Something else is at this address. A portal that asks to sign in is gone by the next visit.
  else if (answer.ok && !(await ofInferscope(answer))) await cache.put(STRANGE, new Response());
}

/** Gives this address up. */
async function release() {
  await self.registration.unregister();
  for (const name of await versions()) await caches.delete(name);
}

const ofInferscope = async (answer) => (await answer.clone().text()).includes("inferscope-engine");

const ofThisVersion = async (answer) => (await answer.clone().text()).includes(`data-version="${VERSION}"`);

/** A navigation takes no answer that was redirected. */
const plain = (answer) => (answer.redirected ? new Response(answer.body, answer) : answer);

const file = async (name, request) => (await kept(name)) ?? fetch(request);

/** One of our own files, of this version or, by its hash, of another. */
async function kept(name) {
  const own = await copyOf(name);
  if (own || !hashed.test(name)) return own;
  for (const version of await versions()) {
    const found = await copyOf(name, version);
    if (found) return found;
  }
}

const versions = async () => (await caches.keys()).filter((name) => name.startsWith(OURS));

/** What a deployment sets or names: the newest where the server answers. Whatever else is here is only passed on. */
async function data(name, event) {
  if (!(await settings()).named.includes(name)) return fetch(event.request);
  const copy = await copyOf(name);
  const asked = fetch(event.request);
  event.waitUntil(asked.then((answer) => keep(name, answer.clone(), copy)).catch(() => {}));
  if (!copy) return asked;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const answer = await Promise.race([asked.catch(() => undefined), late]);
  // A proxy answers for a server that is down.
  return answer && answer.status < 500 && (!answer.ok || (await isWhole(name, answer))) ? answer : marked(copy, answer);
}

/** A copy says that it is one, and what status the server answered with, or 0: the page tells its age (src/page/looks.rs). */
function marked(copy, answer) {
  const headers = new Headers(copy.headers);
  headers.set("x-inferscope-copy", answer?.status ?? 0);
  return new Response(copy.body, { status: copy.status, headers });
}

/** A page that answers in the place of JSON (a portal, a server's fallback) is none. */
const isWhole = async (name, answer) =>
  !name.endsWith(".json") || answer.clone().json().then(() => true, () => false);

/** Keeps an answer, unless it is the copy that is there. */
async function keep(name, answer, copy) {
  const mark = (of) => of?.headers.get("etag") ?? of?.headers.get("last-modified");
  if (!answer.ok || answer.redirected || (mark(copy) && mark(copy) === mark(answer))) return;
  if (!(await isWhole(name, answer))) return;
  // Not after it has been given up.
  if (await caches.has(CACHE)) await (await caches.open(CACHE)).put(SCOPE + name, answer);
  if (name === "config.json" || name === "catalog.json") read = known = undefined;
}

/** What a visit can do without. */
const fetched = (name) =>
  fetch(SCOPE + name, { cache: "no-cache" })
    .then((answer) => keep(name, answer))
    .catch(() => {});

const json = async (name) => (await (await copyOf(name))?.json().catch(() => undefined)) ?? {};

let read;
/** What a deployment sets or names, once it has been read. */
let known;
/** The data that the settings name: those that a visit without a link opens on; and all of them, with the settings themselves. */
function settings() {
  read ??= (async () => {
    const [config, catalogue] = await Promise.all(["config.json", "catalog.json"].map(json));
    const listed = (of) => (Array.isArray(of) ? of.filter((one) => one && typeof one === "object") : []);
    const { picture } = config;
    const [start, figures, examples] = [config.start, config.figures, config.examples].map(listed);
    // A catalogue's own come first, in place of what the settings would open on.
    const sources = listed(catalogue.sources);
    const shown = sources.filter(({ shown }) => shown !== false);
    const ours = (addresses) => [
      ...new Set(
        addresses
          .filter((address) => typeof address === "string")
          .map((address) => new URL(address, SCOPE).href)
          .filter((address) => address.startsWith(SCOPE) && !address.includes("?"))
          .map((address) => address.slice(SCOPE.length)),
      ),
    ];
    const links = examples.flatMap(({ link }) => new URL(link, SCOPE).searchParams.getAll("src"));
    const started = [...start.map(({ src, tables }) => tables ?? src), picture];
    const opening = ours(sources.length > 0 ? shown.map(({ src }) => src) : started);
    const beside = [...start, ...figures, ...sources].map(({ src }) => src);
    const named = ours([...opening, ...started, ...beside, ...sources.map(({ status }) => status), ...links]);
    return { opening, named: [...BESIDE, ...named] };
  })()
    .catch(() => ({ opening: [], named: BESIDE }))
    .then((found) => {
      known = found.named;
      return found;
    });
  return read;
}

/** Removes the versions that no tab has. */
async function tidy() {
  if (self.registration.installing || self.registration.waiting) return;
  const { held } = await self.navigator.locks.query();
  const used = new Set(held.map(({ name }) => name));
  for (const name of await versions()) {
    if (name !== CACHE && !used.has(name)) await caches.delete(name);
  }
}
