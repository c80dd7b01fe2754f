// Firefox and WebKit: the same cases in each (tests/browser/drivers.ts drives them). What is shown is compared with the file's
// own figures. A browser that is not installed is not tested, and its tests say what is missing.
import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { DRIVERS, type Driver, type Session } from "./drivers";
import { Site, another, copied, removed, versionOf } from "./site";

const GUIDELLM = "public/demo/guidellm.json";
const NAME = "guidellm.json · 5 rows";
const DEMO = "Synthetic demo data · 1,681 rows";

/** What the file says: output throughput by concurrency. */
const FIGURES: Record<string, number> = Object.fromEntries(
  // biome-ignore lint: the file's own shape.
  JSON.parse(readFileSync(GUIDELLM, "utf8")).benchmarks.map(({ config, metrics }: any) => [
    config.strategy.streams,
    metrics.output_tokens_per_second.successful.mean,
  ]),
);

/** A window of the browser, and what a person sees and does in it. */
class Visit {
  constructor(
    private session: Session,
    private site: Site,
  ) {}

  run: Session["run"] = (what, ...args) => this.session.run(what, ...args);
  close = () => this.session.close();
  click = (selector: string) => this.session.click(selector);
  press = (key: string) => this.session.press(key);

  async open(query = ""): Promise<void> {
    await this.goto(this.site.url + (query && `?${query}`));
  }

  async goto(url: string): Promise<void> {
    // Another fragment alone would load nothing.
    await this.session.goto("about:blank");
    await this.session.goto(url);
    await this.idle();
  }

  async reload(): Promise<void> {
    await this.run(() => {
      Object.assign(globalThis, { before: true });
      setTimeout(() => location.reload());
    });
    await expect.poll(() => this.run(() => "before" in globalThis).catch(() => true)).toBe(false);
    await this.idle();
  }

  async idle(): Promise<void> {
    const idle = () => document.documentElement.dataset.ready === "true" && Number(document.documentElement.dataset.busy ?? 0) === 0;
    await expect.poll(() => this.run(idle), { message: "the page is ready and idle", timeout: 30_000 }).toBe(true);
  }

  text(selector: string): Promise<string> {
    return this.run((selector) => (document.querySelector(selector) as HTMLElement | null)?.textContent?.trim() ?? "", selector);
  }

  async shows(name: string): Promise<void> {
    await expect.poll(() => this.text(".data-name"), { timeout: 30_000 }).toBe(name);
    await this.idle();
  }

  /** A canvas with several colours. */
  async draws(): Promise<void> {
    const colours = () =>
      Math.max(0, ...[...document.querySelectorAll("canvas")].filter(({ width }) => width > 100).map((canvas) => {
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        const found = new Set<number>();
        for (let at = 0; at < data.length; at += 388) if (data[at + 3]) found.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
        return found.size;
      }));
    await expect.poll(() => this.run(colours), { timeout: 30_000 }).toBeGreaterThan(6);
  }

  /** Files of this computer, dropped: no driver makes a drag of the system's, so the page gets the event with real files. */
  async drop(path: string): Promise<void> {
    await this.run(() => {
      const input = Object.assign(document.createElement("input"), { type: "file", id: "dropped", multiple: true });
      document.body.append(input);
    });
    await this.session.choose("#dropped", [path]);
    await this.run(() => {
      const input = document.getElementById("dropped") as HTMLInputElement;
      const dataTransfer = new DataTransfer();
      for (const file of input.files ?? []) dataTransfer.items.add(file);
      input.remove();
      for (const type of ["dragenter", "dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
      }
    });
  }

  /** Output throughput by load, every digit, as the table under the chart has it. */
  async figures(): Promise<Record<string, number>> {
    const open = () => document.querySelector("#toggle-table")?.getAttribute("aria-expanded") === "true";
    if (!(await this.run(open))) await this.click("#toggle-table");
    await this.idle();
    return this.run(() => {
      const words = (cell: Element) => (cell.textContent ?? "").replace(/[▾▴]/g, "").replace(/\s+/g, " ").trim();
      const table = document.querySelector(".twin table") as HTMLTableElement;
      const headings = [...table.querySelectorAll("thead th")].map(words);
      const at = (name: string) => headings.indexOf(name);
      return Object.fromEntries(
        [...table.querySelectorAll("tbody tr:not(.spacer)")].map(({ children }) => {
          const number = (name: string) => Number(children[at(name)].getAttribute("title") || words(children[at(name)]));
          return [number("Concurrency/rate"), number("Output throughput tok/s")];
        }),
      );
    });
  }

  async showsFigures(): Promise<void> {
    const shown = await this.figures();
    expect(Object.keys(shown)).toEqual(Object.keys(FIGURES));
    for (const [load, value] of Object.entries(FIGURES)) expect(shown[load] / value, `at ${load}`).toBeCloseTo(1, 12);
  }
}

/** `elsewhere` ends the visit and begins one that has nothing of it. */
type Case = (visit: Visit, site: Site, elsewhere: () => Promise<Visit>) => Promise<void>;

const CASES: Record<string, Case> = {
  "starts on the demo and draws it": async (visit) => {
    await visit.open();
    await visit.shows(DEMO);
    await visit.draws();
  },

  "reads a dropped file: its own figures": async (visit) => {
    await visit.open();
    await visit.drop(GUIDELLM);
    await visit.shows(NAME);
    await visit.draws();
    await visit.showsFigures();
  },

  "filters, and Back takes it back": async (visit) => {
    await visit.open("v=2&src=demo/consolidated.csv&f=none");
    const box = '.facet[data-facet="version"] input[data-value="RHAIIS-3.4-GA"]';
    const chosen = () => visit.run(() => new URLSearchParams(location.search).getAll("f.version"));
    await visit.click(box);
    await expect.poll(chosen).toEqual(["RHAIIS-3.4-GA"]);
    await visit.idle();
    expect(await visit.text(".chip")).toContain("RHAIIS-3.4-GA");
    await visit.draws();
    await visit.run(() => history.back());
    await expect.poll(chosen).toEqual([]);
  },

  "a shared link opens elsewhere with the same figures": async (visit, _, elsewhere) => {
    await visit.open();
    await visit.drop(GUIDELLM);
    await visit.shows(NAME);
    await visit.press("s");
    const link = () => visit.run(() => [...document.querySelectorAll<HTMLInputElement>("dialog[open] input, dialog[open] textarea")].map(({ value }) => value).find((value) => value.includes("#d=")) ?? "");
    await expect.poll(link).toContain("#d=");
    const sent = await link();
    const other = await elsewhere();
    await other.goto(sent);
    await other.showsFigures();
  },

  "kept files are there after a reload": async (visit) => {
    await visit.open();
    await visit.drop(GUIDELLM);
    await visit.shows(NAME);
    await visit.press("d");
    await expect.poll(() => visit.run(() => document.querySelector("dialog[open]")?.textContent ?? "")).toContain("1 file kept in this browser");
    await visit.press("Escape");
    await visit.reload();
    await visit.shows(NAME);
    await visit.showsFigures();
  },

  "the second visit needs no server": async (visit, site) => {
    await visit.open();
    const ready = () => visit.run(() => "offline-ready" in (globalThis as unknown as { inferscopeOffline: object }).inferscopeOffline);
    await expect.poll(ready, { timeout: 30_000 }).toBe(true);
    await site.stop();
    await visit.open();
    await visit.shows(DEMO);
    await visit.draws();
    await visit.drop(GUIDELLM);
    await visit.shows(NAME);
    await visit.showsFigures();
  },

  "a newer version is told of, and taken when a person says so": async (visit, site) => {
    const offline = (what: string) =>
      visit.run((what) => what in (globalThis as unknown as { inferscopeOffline: object }).inferscopeOffline, what).catch(() => false);
    await visit.open();
    await expect.poll(() => offline("offline-ready"), { timeout: 30_000 }).toBe(true);
    const [older, newer] = [site.folder, await another(site.folder)];
    site.folder = newer;
    try {
      const version = () => visit.run(() => document.querySelector<HTMLElement>("[data-version]")?.dataset.version).catch(() => "");
      await visit.open();
      expect(await version(), "the one that is kept").toBe(versionOf(older));
      await expect.poll(() => offline("update"), { timeout: 30_000 }).toBe(true);
      await visit.run(() => void setTimeout(() => (globalThis as unknown as { inferscopeOffline: { update: { apply(): void } } }).inferscopeOffline.update.apply()));
      await expect.poll(version, { timeout: 30_000 }).toBe(versionOf(newer));
      await visit.shows(DEMO);
    } finally {
      removed(newer);
    }
  },
};

for (const driver of DRIVERS) {
  // One after the other, in one browser.
  test.describe(driver.name, () => {
    test.describe.configure({ mode: "default" });
    const missing = driver.missing();
    test.skip(Boolean(missing), `NOT RUN: ${driver.name}, for want of ${missing}: \`scripts/setup.sh test\` installs it`);
    test.afterAll(() => driver.end());
    for (const [name, run] of Object.entries(CASES)) test(name, () => within(driver, run));
  });
}

/** A browser that crashes by itself gets one more chance, which is said; if it is the page that does it, it does it again. */
async function within(driver: Driver, run: Case): Promise<void> {
  try {
    await attempt(driver, run);
  } catch (error) {
    if (!driver.crashed(error)) throw error;
    console.warn(`${driver.name} crashed: ${error}; once more`);
    await attempt(driver, run);
  }
}

async function attempt(driver: Driver, run: Case): Promise<void> {
  const folder = copied();
  const site = new Site(folder);
  await site.start();
  let now: Visit | undefined;
  const visit = async () => {
    await now?.close();
    now = undefined;
    return (now = new Visit(await driver.open(), site));
  };
  try {
    await run(await visit(), site, visit);
  } finally {
    // A session that has crashed cannot be closed, and must not hide why.
    await now?.close().catch(() => {});
    await site.stop();
    removed(folder);
  }
}
