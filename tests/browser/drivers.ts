// Browsers other than Chromium, driven as a person would, behind one small interface: Firefox over WebDriver BiDi
// (puppeteer-core), WebKitGTK over WebDriver under Xvfb (selenium-webdriver). A session has nothing stored.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { type Browser, type KeyInput, launch } from "puppeteer-core";
import { Builder, By, Key, type WebDriver } from "selenium-webdriver";
import { freePort } from "./nginx";

const SIZE = { width: 1440, height: 900 };

/** A window of a browser. */
export interface Session {
  goto(url: string): Promise<void>;
  /** Runs a function in the page; what it gives or promises must be JSON, and so must `args`. */
  run<Args extends unknown[], T>(what: (...args: Args) => T | Promise<T>, ...args: Args): Promise<T>;
  /** Clicks where the element is. */
  click(selector: string): Promise<void>;
  press(key: string): Promise<void>;
  /** Gives files to an `<input type="file">`. */
  choose(selector: string, paths: string[]): Promise<void>;
  close(): Promise<void>;
}

export interface Driver {
  name: string;
  /** What is not installed; nothing if all is there. */
  missing(): string | undefined;
  /** A session beside which there may be no other: WebKit's driver has one at a time. */
  open(): Promise<Session>;
  /** Whether an error says that the browser itself has crashed. */
  crashed(error: unknown): boolean;
  /** Ends the browser itself. */
  end(): Promise<void>;
}

const found = (command: string): string | undefined => {
  try {
    return execFileSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
};

class Firefox implements Driver {
  name = "Firefox";
  private browser?: Browser;
  private program = process.env.INFERSCOPE_FIREFOX ?? found("firefox-esr") ?? found("firefox");

  missing() {
    return this.program ? undefined : "firefox-esr";
  }

  async open(): Promise<Session> {
    // The size as an argument: puppeteer sets a viewport with commands that this Firefox does not have yet.
    const args = [`--width=${SIZE.width}`, `--height=${SIZE.height}`];
    this.browser ??= await launch({ browser: "firefox", executablePath: this.program, headless: true, defaultViewport: null, args });
    const context = await this.browser.createBrowserContext();
    const page = await context.newPage();
    return {
      goto: async (url) => void (await page.goto(url)),
      // biome-ignore lint: puppeteer's own type of a function does not take ours.
      run: (what, ...args) => page.evaluate(what as any, ...args) as any,
      click: (selector) => page.click(selector),
      press: (key) => page.keyboard.press(key as KeyInput),
      choose: async (selector, paths) => {
        const input = (await page.$(selector)) as import("puppeteer-core").ElementHandle<HTMLInputElement>;
        await input.uploadFile(...paths.map((path) => resolve(path)));
      },
      close: () => context.close(),
    };
  }

  crashed() {
    return false;
  }

  async end() {
    await this.browser?.close();
  }
}

class WebKit implements Driver {
  name = "WebKit";
  private started: ChildProcess[] = [];
  private service?: Promise<string>;
  private browser = webkitBrowser();

  missing() {
    const parts: [string, unknown][] = [
      ["webkit2gtk-driver", found("WebKitWebDriver") && this.browser],
      ["xvfb", found("Xvfb")],
    ];
    const missing = parts.filter(([, there]) => !there).map(([name]) => name);
    return missing.length > 0 ? missing.join(" and ") : undefined;
  }

  async open(): Promise<Session> {
    const server = await (this.service ??= this.start());
    const options = { binary: this.browser, args: ["--automation"] };
    const driver: WebDriver = await new Builder()
      .usingServer(server)
      .withCapabilities({ browserName: "MiniBrowser", "webkitgtk:browserOptions": options })
      .build();
    await driver.manage().window().setRect({ x: 0, y: 0, ...SIZE });
    await driver.manage().setTimeouts({ script: 30_000, pageLoad: 30_000 });
    return {
      goto: (url) => driver.get(url),
      run: async (what, ...args) => {
        const script = `const done = arguments[arguments.length - 1];
          Promise.resolve().then(() => (${what})(...arguments[0])).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
        const { value, error } = (await driver.executeAsyncScript(script, args)) as { value: never; error?: string };
        if (error) throw new Error(error);
        return value;
      },
      click: (selector) => driver.findElement(By.css(selector)).click(),
      press: (key) => driver.actions().sendKeys(key === "Escape" ? Key.ESCAPE : key).perform(),
      choose: (selector, paths) => driver.findElement(By.css(selector)).sendKeys(paths.map((path) => resolve(path)).join("\n")),
      close: () => driver.quit(),
    };
  }

  /** The display, and the driver's service on it. */
  private async start(): Promise<string> {
    const screen = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", `${SIZE.width}x${SIZE.height}x24`, "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    this.started.push(screen);
    const display = await new Promise<string>((told, failed) => {
      screen.once("error", failed).once("exit", (code) => failed(new Error(`Xvfb: exit code ${code}`)));
      (screen.stdio[3] as import("node:stream").Readable).once("data", (data) => told(`:${String(data).trim()}`));
    });
    const port = await freePort();
    const env = { ...process.env, DISPLAY: display, GDK_BACKEND: "x11", LIBGL_ALWAYS_SOFTWARE: "1" };
    const service = spawn("WebKitWebDriver", ["--host=127.0.0.1", `--port=${port}`], { stdio: "ignore", env });
    this.started.push(service);
    const url = `http://127.0.0.1:${port}`;
    for (const until = Date.now() + 10_000; Date.now() < until; await new Promise((next) => setTimeout(next, 50))) {
      if (await fetch(`${url}/status`).then((answer) => answer.ok, () => false)) return url;
    }
    throw new Error("WebKitWebDriver does not answer");
  }

  /** Seen once in some 150 sessions of WebKitGTK 2.50. */
  crashed(error: unknown) {
    return error instanceof Error && error.name === "NoSuchSessionError" && error.message.includes("crash");
  }

  async end() {
    for (const child of this.started.reverse()) child.kill();
  }
}

/** The browser that comes with the driver; its folder has the machine's and the library's name in it. */
function webkitBrowser(): string | undefined {
  const root = "/usr/lib";
  if (!existsSync(root)) return undefined;
  const folders = readdirSync(root).filter((name) => name.includes("linux")).flatMap((name) => {
    const inside = readdirSync(`${root}/${name}`).filter((name) => /^webkit(2gtk|gtk)-[\d.]+$/.test(name));
    return inside.map((inside) => `${root}/${name}/${inside}/MiniBrowser`);
  });
  return folders.find((path) => existsSync(path));
}

export const DRIVERS: Driver[] = [new Firefox(), new WebKit()];
