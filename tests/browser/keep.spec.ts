// What a person has loaded survives a reload and comes back with the next visit, in each tab its own.
import type { Page } from "@playwright/test";
import { corpus, DEMO, dropFiles, expect, load, openApp, query, test, waitIdle } from "./app";

const GUIDELLM = corpus("guidellm/0.8.1/concurrent-1-16.json");
const NAME = "concurrent-1-16.json · 5 rows";
const drawer = (page: Page) => page.getByRole("dialog", { name: "Files and messages" });

/** Waits until the browser has kept so many files. */
async function kept(page: Page, files: string): Promise<void> {
  await page.keyboard.press("d");
  await expect(drawer(page)).toContainText(`${files} kept in this browser`);
  await page.keyboard.press("Escape");
}

test("loaded files are there after a reload, and with the next visit instead of the demo", async ({ page, context }) => {
  await openApp(page);
  await load(page, GUIDELLM);
  await kept(page, "1 file");
  await page.reload();
  await waitIdle(page);
  await expect(page.locator(".data-name")).toHaveText(NAME);
  await expect(page.locator("strong.demo")).toHaveCount(0);

  const next = await context.newPage();
  await openApp(next);
  await expect(next.locator(".data-name")).toHaveText(NAME);
  expect(query(next).get("local")).toBe("1");
  await expect(next.locator(".toasts")).toContainText("1 file from your last visit: kept in this browser.");

  // Each tab its own: what one adds or removes, the other does not lose.
  await next.getByRole("button", { name: "Start afresh" }).click();
  await waitIdle(next);
  await expect(next.locator("strong.demo"), "as on a first visit").toBeVisible();
  expect(query(next).get("local")).toBeNull();
  await page.reload();
  await waitIdle(page);
  await expect(page.locator(".data-name")).toHaveText(NAME);
});

test("the view comes back with the files", async ({ page, context }) => {
  await openApp(page, "v=2&view=capacity&local=1");
  await load(page, DEMO);
  await kept(page, "1 file");
  const link = page.url();
  const next = await context.newPage();
  await openApp(next);
  expect(next.url()).toBe(link);
});

test("a link of others is shown as it is: kept files stay out of it", async ({ page, context }) => {
  await openApp(page);
  await load(page, GUIDELLM);
  await kept(page, "1 file");
  const next = await context.newPage();
  await openApp(next, "v=2&src=demo/guidellm.json");
  await expect(next.locator(".data-name")).not.toContainText("concurrent-1-16");
  await openApp(next, "v=2&view=trends&local=1");
  await expect(next.locator(".data-name"), "somebody else's local files").not.toContainText("concurrent-1-16");
});

test("forget everything: nothing comes back; switched off, nothing is kept and leaving asks", async ({ page, context }) => {
  await openApp(page);
  await load(page, GUIDELLM);
  await kept(page, "1 file");
  await page.keyboard.press("d");
  await drawer(page).getByRole("button", { name: "Forget everything" }).click();
  await expect(page.locator(".toasts")).toContainText("Forgotten");
  await drawer(page).getByRole("checkbox", { name: /Keep loaded files/ }).uncheck();
  await page.keyboard.press("Escape");
  await expect(page.locator(".data-name"), "what is shown stays").toHaveText(NAME);

  const asked = new Promise<string>((resolve) =>
    page.once("dialog", async (dialog) => {
      resolve(dialog.type());
      await dialog.accept();
    }),
  );
  await page.reload();
  expect(await asked).toBe("beforeunload");
  await waitIdle(page);
  await expect(page.locator(".data-name")).not.toContainText("concurrent-1-16");
  const next = await context.newPage();
  await openApp(next);
  await expect(next.locator("strong.demo")).toBeVisible();
});

test("kept files leave without a question", async ({ page }) => {
  await openApp(page);
  await load(page, GUIDELLM);
  await kept(page, "1 file");
  let asked = 0;
  page.on("dialog", async (dialog) => {
    asked += 1;
    await dialog.accept();
  });
  await page.reload();
  await waitIdle(page);
  expect(asked).toBe(0);
});

for (const [what, how] of [
  ["is full", "IDBObjectStore.prototype.add = () => { throw new DOMException('no room', 'QuotaExceededError'); };"],
  ["is closed", "Object.defineProperty(window, 'indexedDB', { value: undefined });"],
] as const) {
  test(`where storage ${what} the page says what it cannot keep, and shows it`, async ({ page }) => {
    await page.addInitScript(how);
    await openApp(page);
    await load(page, GUIDELLM);
    await expect(page.locator(".toasts")).toContainText("concurrent-1-16.json could not be kept: ");
    await expect(page.locator(".data-name")).toHaveText(NAME);
    await page.keyboard.press("d");
    await expect(drawer(page).locator(".kept")).toContainText("Not kept: concurrent-1-16.json, because");
  });
}

test("files that ended the page are not read again unasked", async ({ page }) => {
  await openApp(page);
  await load(page, GUIDELLM);
  await kept(page, "1 file");
  // As after a crash: the restored files never stood.
  await page.evaluate(() => sessionStorage.setItem("inferscope.restoring", sessionStorage.getItem("inferscope.session") ?? ""));
  await page.reload();
  await waitIdle(page);
  await expect(page.locator(".toasts")).toContainText("The page ended while it read the files");
  await page.getByRole("button", { name: "Read them again" }).click();
  await waitIdle(page);
  await expect(page.locator(".data-name")).toHaveText(NAME);
});

test("the columns of a table, how a file is read, and several files come back", async ({ page }) => {
  await openApp(page);
  await dropFiles(page, [GUIDELLM, { name: "own.csv", contents: "model,concurrency,ttft_ms\nm,1,20\nm,2,30\n" }]);
  await waitIdle(page);
  await kept(page, "2 files");
  const before = await page.locator(".data-name").textContent();
  await page.reload();
  await waitIdle(page);
  await expect(page.locator(".data-name")).toHaveText(before ?? "");
});
