// The page at / as its users meet it: ask, watch, read, open a ledger, release;
// once with the mouse, once with the keyboard alone, on a phone, and in the
// dark. BASE_URL is the service; KEY a personal key with the scopes consult,
// read and release (empty where the service runs without keys).
//
//   BASE_URL=http://127.0.0.1:8080 KEY=primum_… node page.mjs
//
// Screenshots go to target/clients/shots (or SHOTS), to be looked at.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, check, faults, launch, leave, shot, tabTo, visit } from "./browser.mjs";

const BASE = process.env.BASE_URL ?? "http://127.0.0.1:8080";
const KEY = process.env.KEY ?? "";
process.env.BASE_URL = BASE;
// Simulated models know the demo cases and nothing else. The markup behind the
// text must come back as text wherever it is shown.
const CASES = readFileSync(join(import.meta.dirname, "..", "..", "cases", "demo", "dataset", "items.jsonl"), "utf8");
const QUESTION = `${JSON.parse(CASES.split("\n", 1)[0]).prompt} <img src=x onerror="window.ran=1">`;
const WAIT = { timeout: 60_000 };

/** Whether an element is shown. */
const shown = (page, selector) => page.evaluate((it) => document.querySelector(it)?.checkVisibility() ?? false, selector);
const text = (page, selector) => page.evaluate((it) => document.querySelector(it)?.innerText ?? "", selector);

/** Opens the page and gives the key, with the mouse. */
async function enter(page) {
  await page.goto(`${BASE}/`, { waitUntil: "networkidle0" });
  if (KEY === "") return page.waitForSelector("#ask:not([hidden])", WAIT);
  await page.waitForSelector("#connect:not([hidden])", WAIT);
  await page.type("#key", KEY);
  await page.click("#key-form button");
  return page.waitForSelector("#ask:not([hidden])", WAIT);
}

/** The panels on the page as `{id, kept}`. */
async function panels(page) {
  return page.evaluate(() => [...document.querySelectorAll(".card")].map((card) => ({
    id: card.querySelector("input").value,
    kept: card.innerText.includes("On the record"),
  })));
}

async function choose(page, kept) {
  const found = (await panels(page)).find((panel) => panel.kept === kept);
  if (found) await page.click(`input[name=panel][value="${found.id}"]`);
  return found;
}

/** Waits for the answer; what was seen while waiting stays readable behind it. */
async function answered(page, where) {
  await page.waitForSelector("#answer:not([hidden]) #outcome", WAIT);
  const seen = await page.evaluate(() => ({
    stages: document.querySelectorAll("#watch-body .stage").length,
    seats: document.querySelectorAll("#watch-body .seat").length,
    focus: document.activeElement?.id,
  }));
  check(seen.stages >= 2 && seen.seats >= 3, `${where}: the watch saw ${seen.stages} stages and ${seen.seats} seats`);
  check(seen.focus === "outcome", `${where}: the focus is not on the outcome but on ${seen.focus}`);
  const first = await text(page, ".plate");
  check(/^(COMPLETE|DEGRADED|ABSTAINED)/.test(first), `${where}: the answer does not begin with its outcome`);
  check(/NOT RELEASED/.test(first), `${where}: the answer does not say that it is not released`);
  check((await page.$$(".item")).length > 0, `${where}: the plan has no items`);
  check(!(await page.evaluate(() => "ran" in window || document.querySelector("main img, main script") !== null)), `${where}: markup in a text became markup`);
}

async function withMouse(browser) {
  const page = await visit(browser, { key: KEY });
  await page.goto(`${BASE}/`, { waitUntil: "networkidle0" });
  await accessible(page, "the first look");
  await shot(page, "1-first-look");
  await enter(page);
  check(/no medical device/.test(await text(page, "body")), "the page does not say that it is no medical device");
  const kept = await choose(page, true);
  await page.click("#send");
  check(await shown(page, "#question-error"), "an empty question is not complained about");
  await page.type("#question", QUESTION, { delay: 0 });
  await page.click("#context summary");
  await page.type("#age", "62");
  await page.select("#sex", "female");
  await page.type("#medications", "lisinopril 10 mg daily\ndiltiazem ER 180 mg daily\nibuprofen 400 mg on most days");
  await page.type("#conditions", "hypertension\nknee osteoarthritis");
  await page.type("#allergies", "penicillin (rash)");
  await accessible(page, "the form");
  await shot(page, "2-form");
  await page.click("#send");
  await page.waitForSelector("#watch-body .seat", WAIT);
  await new Promise((done) => { setTimeout(done, 1500); });
  if (await shown(page, "#watch")) {
    await accessible(page, "the watch");
    await shot(page, "3-watch");
  }
  await answered(page, "mouse");
  await shot(page, "4-answer");
  await page.click(".ledger summary");
  check(await shown(page, ".ledger[open] .ledger-body"), "the ledger does not open");
  check((await text(page, ".ledger[open] .ledger-body")).length > 40, "the ledger is empty");
  await page.evaluate(() => { for (const one of document.querySelectorAll("#answer details")) one.open = true; });
  await accessible(page, "the answer");
  await shot(page, "5-ledgers");
  if (kept && KEY !== "") await released(page);
  else check((await page.$eval("#release", (it) => it.ariaDisabled)) === "true", "the release button does not say that it is off");
  await page.emulateMediaType("print");
  await shot(page, "7-print");
  await page.emulateMediaType("screen");
  await page.click("#again");
  check(await shown(page, "#question"), "there is no way back to the form");
  await page.click("#earlier-box summary");
  await page.waitForSelector(".earlier li, #earlier-list p.quiet", WAIT);
  await accessible(page, "earlier consults");
  await shot(page, "8-earlier");
  await leave(page, "mouse");
}

async function released(page) {
  await page.type("#release-note", "Seen and agreed, with the condition of item 2.");
  await page.click("#release");
  await page.waitForSelector("dialog[open]", WAIT);
  await accessible(page, "the confirmation");
  await shot(page, "6-confirm", false);
  await page.click("#confirm-no");
  check(/NOT RELEASED/.test(await text(page, ".plate")), "going back releases");
  await page.click("#release");
  await page.waitForSelector("dialog[open]", WAIT);
  if (await page.$("#confirm-check")) await page.click("#confirm-check");
  await page.click("#confirm-go");
  await page.waitForFunction(() => /\bRELEASED\b/.test(document.querySelector(".plate")?.innerText) && !/NOT RELEASED/.test(document.querySelector(".plate")?.innerText), WAIT);
  check((await page.$eval("#release", (it) => it.ariaDisabled)) === "true", "a released answer can be released again");
  await accessible(page, "the released answer");
  await shot(page, "6-released");
}

async function withKeyboard(browser) {
  const page = await visit(browser, { scheme: "dark", key: KEY });
  await page.goto(`${BASE}/`, { waitUntil: "networkidle0" });
  if (KEY !== "") {
    await tabTo(page, "#key");
    await page.keyboard.type(KEY);
    await page.keyboard.press("Enter");
  }
  await page.waitForSelector("#ask:not([hidden])", WAIT);
  await page.evaluate(() => document.activeElement?.blur());
  await tabTo(page, "input[name=panel]");
  const order = await panels(page);
  const at = Math.max(order.findIndex((panel) => panel.kept), 0);
  for (let n = 0; n < at; n += 1) await page.keyboard.press("ArrowDown");
  await tabTo(page, "#question");
  await page.keyboard.type(QUESTION);
  await accessible(page, "the form in the dark");
  await tabTo(page, "#send");
  await page.keyboard.press("Enter");
  await answered(page, "keyboard");
  await tabTo(page, ".ledger summary");
  await page.keyboard.press("Enter");
  check(await shown(page, ".ledger[open] .ledger-body"), "the ledger does not open by keyboard");
  await accessible(page, "the answer in the dark");
  await shot(page, "dark-answer");
  await tabTo(page, "#release");
  if (KEY !== "" && order[at]?.kept) {
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]", WAIT);
    await accessible(page, "the confirmation in the dark");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog:not([open])", WAIT);
    check(await page.evaluate(() => document.activeElement?.id === "release"), "after Escape the focus is lost");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]", WAIT);
    if (await page.$("#confirm-check")) {
      await tabTo(page, "#confirm-check");
      await page.keyboard.press("Space");
    }
    await tabTo(page, "#confirm-go");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => /Reviewed and released/.test(document.querySelector(".plate")?.innerText), WAIT);
    await shot(page, "dark-released");
  }
  await leave(page, "keyboard");
}

async function onPhone(browser) {
  const page = await visit(browser, { width: 360, height: 740, key: KEY });
  await enter(page);
  const none = await choose(page, false);
  await page.type("#question", QUESTION);
  await accessible(page, "the form on a phone");
  await shot(page, "phone-form");
  await page.tap("#send");
  await page.waitForSelector("#watch-body .seat", WAIT);
  if (await shown(page, "#watch")) await shot(page, "phone-watch");
  await answered(page, "phone");
  await page.evaluate(() => { for (const one of document.querySelectorAll("#answer details")) one.open = true; });
  await accessible(page, "the answer on a phone");
  await shot(page, "phone-answer");
  if (none) {
    check(/not on the record/.test(await text(page, "#release-why")), "an answer that is not kept does not say why it cannot be released");
    check((await page.$eval("#release", (it) => it.ariaDisabled)) === "true", "an answer that is not kept can be released");
    check(!/#c/.test(page.url()), "an answer that is not kept left its id in the address");
  }
  if (KEY !== "") {
    await page.tap("#forget");
    check(await shown(page, "#connect"), "the key cannot be forgotten");
    check(!(await text(page, "body")).includes("osteoarthritis"), "after the key was forgotten the question is still there");
  }
  await leave(page, "phone");
}

async function docs(browser) {
  for (const [width, scheme] of [[1280, "light"], [360, "dark"]]) {
    const page = await visit(browser, { width, height: 900, scheme });
    await page.goto(`${BASE}/docs`, { waitUntil: "networkidle0" });
    await page.waitForSelector(".operation", WAIT);
    await accessible(page, `the docs, ${scheme}`);
    await shot(page, `docs-${width}`);
    await page.click("#contents .shapes a");
    await page.waitForSelector("details.shape[open]", WAIT);
    await page.evaluate(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
    await accessible(page, `the docs with all of it open, ${scheme}`);
    await leave(page, "docs");
  }
}

const browser = await launch();
try {
  for (const [name, walk] of Object.entries({ withMouse, withKeyboard, onPhone, docs })) {
    console.log(name);
    await walk(browser);
  }
} catch (error) {
  check(false, String(error.stack ?? error));
} finally {
  await browser.close();
}
console.log(faults.length === 0 ? "the page: no faults" : `the page: ${faults.length} faults\n${faults.map((one) => `  ${one}`).join("\n")}`);
process.exitCode = faults.length === 0 ? 0 : 1;
