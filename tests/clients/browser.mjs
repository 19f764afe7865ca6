// A browser that watches itself: every console error, breach of the content
// security policy, failed request and accessibility finding is a fault, and
// the key is looked for wherever a page could leave it.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import puppeteer from "puppeteer-core";

const SHOTS = process.env.SHOTS ?? join(import.meta.dirname, "..", "..", "target", "clients", "shots");

/** Everything that was found wrong, to be said at the end all at once. */
export const faults = [];

export function check(good, what) {
  if (!good) {
    faults.push(what);
    console.log(`  FAULT ${what}`);
  }
  return good;
}

function chromium() {
  const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
  const found = [process.env.CHROMIUM, ...usual].find((path) => path && existsSync(path));
  if (!found) throw new Error("no chromium: set CHROMIUM to its path");
  return found;
}

export function launch() {
  mkdirSync(SHOTS, { recursive: true });
  // In a container without user namespaces the sandbox cannot start.
  return puppeteer.launch({ executablePath: chromium(), headless: true, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** A page in a profile of its own, with all its faults recorded. */
export async function visit(browser, { width = 1280, height = 900, scheme = "light", key = "" } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width, height, hasTouch: width < 500, isMobile: width < 500 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }, { name: "prefers-reduced-motion", value: "reduce" }]);
  const seen = { urls: [], asked: 0 };
  page.on("request", (request) => seen.urls.push(`${request.url()} ${request.headers().referer ?? ""}`));
  page.on("pageerror", (error) => check(false, `page error: ${error.message}`));
  page.on("requestfailed", (request) => {
    // Hanging up is how the page leaves a stream.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") check(false, `request failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warn") return;
    // The page asks once whether a key is needed at all; the browser notes the
    // answer "yes" as an error whatever the page does with it.
    const probe = message.location().url?.endsWith("/v1/models") && /401/.test(message.text());
    if (probe && seen.asked++ < 2) return;
    check(false, `console ${message.type()}: ${message.text()}`);
  });
  await page.evaluateOnNewDocument(() => {
    window.breaches = [];
    document.addEventListener("securitypolicyviolation", (event) => window.breaches.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  page.seen = seen;
  page.key = key;
  return page;
}

/** Runs axe: findings that keep somebody out are faults, lesser ones are told. */
export async function accessible(page, where) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, impact, nodes } of violations) {
    const text = `axe ${impact}: ${id} at ${where}: ${nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ")}`;
    if (impact === "serious" || impact === "critical") check(false, text);
    else console.log(`  (${text})`);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(wide <= 0, `${where} is ${wide} px wider than the screen`);
}

export async function shot(page, name, fullPage = true) {
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage });
}

/** Looks for the key, and for breaches of the policy, then leaves the page. */
export async function leave(page, where) {
  const found = await page.evaluate(async () => ({
    breaches: window.breaches,
    run: window.ran ?? null,
    kept: JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, window.name, location.href, document.referrer,
      await indexedDB.databases(), await caches.keys(), (await navigator.serviceWorker?.getRegistrations() ?? []).length]),
    page: document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea")].map((one) => one.value).join(" "),
    entries: JSON.stringify(performance.getEntries().map((entry) => entry.name)),
  }));
  check(found.breaches.length === 0, `policy breached at ${where}: ${found.breaches.join(", ")}`);
  const cookies = JSON.stringify(await page.browserContext().cookies());
  check(cookies === "[]", `a cookie was set at ${where}`);
  check(/^\[\{\},\{\},"",/.test(found.kept), `something was stored at ${where}`);
  if (page.key !== "") {
    const secret = page.key.split("_").at(-1);
    for (const [place, text] of Object.entries({ urls: page.seen.urls.join("\n"), storage: found.kept, cookies, page: found.page, entries: found.entries })) {
      check(!text.includes(secret), `the key is in ${place} at ${where}`);
    }
  }
  const foreign = page.seen.urls.map((text) => text.split(" ")[0]).filter((url) => !url.startsWith(process.env.BASE_URL ?? "") && !url.startsWith("data:"));
  check(foreign.length === 0, `outside resources at ${where}: ${foreign.join(", ")}`);
  await page.browserContext().close();
}

/** Presses Tab until the element has the focus, as somebody without a mouse does. */
export async function tabTo(page, selector, most = 120) {
  for (let n = 0; n < most; n += 1) {
    if (await page.evaluate((it) => document.activeElement?.matches(it) ?? false, selector)) {
      const shown = await page.evaluate(() => {
        const style = getComputedStyle(document.activeElement.closest(".card") ?? document.activeElement);
        return style.outlineStyle !== "none" && style.outlineWidth !== "0px";
      });
      check(shown, `the focus on ${selector} cannot be seen`);
      return true;
    }
    await page.keyboard.press("Tab");
  }
  return check(false, `${selector} cannot be reached by keyboard`);
}
