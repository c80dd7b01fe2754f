// Keeps loaded files in the browser (IndexedDB, which holds files as files), so that they survive a reload and a crash.
// public/start.js loads this when there is something to keep or to restore; src/page/kept.rs calls it.
//
// A tab has a session: its files in their order, and its link. Two tabs never share one: a copy of a tab, or a second visit,
// takes over the list and writes its own. A file is stored once, however many sessions list it, and goes with the last.
import { openDB } from "idb";

const SESSION = "inferscope.session";
const RESTORING = "inferscope.restoring";
/** Tells a visit that there is something to restore, before this file is loaded. */
const KEPT = "inferscope.kept";
const SESSIONS = 4;
/** So large a file is kept as bytes where the browser refuses files: it is in memory once more while it is written. */
const AS_BYTES_UP_TO = 64 * 1024 * 1024;

let opened;
const database = () =>
  (opened ??= openDB("inferscope", 1, {
    upgrade(db) {
      db.createObjectStore("files", { autoIncrement: true });
      db.createObjectStore("sessions", { keyPath: "id" });
    },
    // Another tab wants to forget everything, or has a newer version.
    blocking() {
      opened?.then((db) => db.close());
      opened = undefined;
    },
  }));

/** Where the file of a blob is. */
const keys = new WeakMap();
let session;

/** Takes a session's name for this tab; false while another tab has it. The lock is held until the tab is gone. */
const claim = (id) =>
  new Promise((resolve) => {
    if (!navigator.locks) return resolve(true);
    navigator.locks.request(`inferscope ${id}`, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock ? new Promise(() => {}) : undefined;
    });
  });

async function own() {
  if (session) return session;
  const former = sessionStorage.getItem(SESSION);
  session = former && (await claim(former)) ? former : `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  if (session !== former) await claim(session);
  sessionStorage.setItem(SESSION, session);
  return session;
}

/**
 * What this tab had before it was reloaded; else what the last visit had, if this one has no link or has that one's. Whoever
 * asks says `restored` when it stands: until then the next visit takes it for what ended the page.
 */
export async function restore(link) {
  const db = await database();
  const former = sessionStorage.getItem(SESSION);
  const mine = await own();
  const last = (await db.getAll("sessions")).sort((a, b) => b.at - a.at);
  const from = last.find(({ id }) => id === former) ?? (link === "" ? last[0] : last.find((session) => session.link === link));
  if (!from?.files.length) return undefined;
  const ended = sessionStorage.getItem(RESTORING) === from.id;
  if (ended) {
    sessionStorage.removeItem(RESTORING);
    return { ended, link: from.link, files: [], missing: 0, again: true };
  }
  sessionStorage.setItem(RESTORING, mine);
  const files = [];
  for (const { path, how, key } of from.files) {
    const stored = await db.get("files", key);
    if (!stored) continue;
    const blob = stored instanceof Blob ? stored : new Blob([stored]);
    keys.set(blob, key);
    files.push({ path, how, blob });
  }
  await db.put("sessions", { ...from, id: mine, at: Date.now() });
  return { ended, link: from.link, files, missing: from.files.length - files.length, again: from.id === former };
}

/** What was restored stands. */
export function restored() {
  sessionStorage.removeItem(RESTORING);
}

let before = Promise.resolve();

/** Keeps this tab's files and link in the place of what it kept before; gives those that could not be kept, and why. */
export function keep(files, link) {
  before = before.then(
    () => write(files, link),
    () => write(files, link),
  );
  return before;
}

async function write(files, link) {
  const db = await database();
  const id = await own();
  const there = new Set(await db.getAllKeys("files"));
  const list = [];
  const refused = [];
  for (const { path, how, blob } of files) {
    let key = keys.get(blob);
    if (!there.has(key)) {
      try {
        key = await add(db, blob);
        keys.set(blob, key);
      } catch (error) {
        refused.push({ path, reason: error?.name === "QuotaExceededError" ? "the browser's storage is full" : String(error?.message ?? error) });
        continue;
      }
    }
    list.push({ path, how, key, size: blob.size });
  }
  await db.put("sessions", { id, at: Date.now(), link, files: list });
  localStorage.setItem(KEPT, "1");
  await tidy(db);
  return refused;
}

/** WebKit keeps no files in a private window, only bytes (and forgets those with the window). */
async function add(db, blob) {
  try {
    return await db.add("files", blob);
  } catch (error) {
    if (error?.name !== "UnknownError" || blob.size > AS_BYTES_UP_TO) throw error;
    return db.add("files", await blob.arrayBuffer());
  }
}

/** Removes old sessions, and the files that none lists. */
async function tidy(db) {
  const sessions = (await db.getAll("sessions")).sort((a, b) => b.at - a.at);
  const [stay, go] = [sessions.slice(0, SESSIONS), sessions.slice(SESSIONS)];
  const listed = new Set(stay.flatMap(({ files }) => files.map(({ key }) => key)));
  for (const { id } of go) await db.delete("sessions", id);
  for (const key of await db.getAllKeys("files")) if (!listed.has(key)) await db.delete("files", key);
}

/** How many files are kept for this browser, of all tabs, and their bytes. */
export async function usage() {
  const db = await database();
  const sizes = new Map((await db.getAll("sessions")).flatMap(({ files }) => files.map(({ key, size }) => [key, size])));
  return { files: sizes.size, bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}

/** Forgets all kept files, of all tabs. */
export async function forget() {
  const db = await database();
  await Promise.all([db.clear("files"), db.clear("sessions")]);
  localStorage.removeItem(KEPT);
}
