// A real browser on the built dashboard, over the fixture server with the real policy.

import { createRequire } from "node:module";
import { readFileSync, mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { serve, faults } from "../../dev/server.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-extensions",
];

export const wide = { width: 1360, height: 900 };
export const narrow = { width: 375, height: 812 };
const shots = process.env.ASSAY_SHOTS; // a directory: screenshots of every page go there

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: flags,
  });
}

export async function open() {
  const server = await serve();
  const browser = await launch();
  const base = `http://127.0.0.1:${server.address().port}`;
  return {
    browser,
    base,
    faults,
    close: async () => (await browser.close(), server.closeAllConnections(), server.close()),
  };
}

/** A page that remembers what the browser complained about. `cookies`: of a real server, in place of a fixture's role. */
export async function newPage({ browser, base }, { theme = "light", size = wide, as = "admin", cookies } = {}) {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: theme,
    reducedMotion: "reduce",
    timezoneId: "Europe/Helsinki",
    locale: "en-GB",
  });
  await context.addCookies(cookies ?? [{ name: "as", value: as, url: base }]);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on("console", (message) => {
    if (
      message.type() === "error" &&
      !/Failed to load resource: the server responded with a status of 4/.test(message.text())
    )
      complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return { page, complaints, close: () => context.close() };
}

export async function settle(page) {
  await page.waitForSelector("h1");
  await page.waitForFunction(() => !document.querySelector(".skeleton"));
}

export async function violations(page) {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return found.flatMap((one) =>
    one.nodes
      .slice(0, 3)
      .map((node) => `${one.id}: ${node.target.join(" ")} ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`),
  );
}

/** Whether the page is wider than the window, and by what. */
export function overflow(page) {
  return page.evaluate(() => {
    const over = document.documentElement.scrollWidth - innerWidth;
    if (over <= 0) return "";
    const wide = [...document.querySelectorAll("main *")].filter(
      (one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".table-box, .tabs, pre"),
    );
    return `${over} px too wide: ${wide
      .slice(0, 3)
      .map((one) => `${one.tagName}.${one.className}`)
      .join(", ")}`;
  });
}

export async function shoot(page, name) {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png`, fullPage: process.env.ASSAY_SHOTS_FULL !== undefined });
}
