// The page at /: ask, watch, read, release. This file knows what is shown when;
// the other modules know how.

import { Problem, freshName, hasKey, json, looksLikeKey, useKey } from "./api.js";
import { endingOf, showAnswer } from "./answer.js";
import { by, fill, h, sentence } from "./dom.js";
import { showEarlier } from "./earlier.js";
import * as form from "./form.js";
import { releaseControls } from "./release.js";
import { askInStream, follow } from "./stream.js";
import { Watch, say } from "./watch.js";

const TITLE = document.title;
/** What the page is called, by what it shows. */
const TITLES = { ask: "Ask a panel", watch: "The panel is asked", answer: "What the panel answered" };
/** Panels by name, as the service lists them. */
let panels = new Map();
/** The consult that is watched: `{watch, abort, id, kept}`, or `null`. */
let running = null;
/** The last question that may have got lost on its way, with the name it was sent by. */
let sent = null;

const only = (...ids) => {
  fill(by("title"), TITLES[ids.at(-1)] ?? TITLES.ask);
  document.body.className = ids.includes("answer") ? "reading" : "";
  for (const id of ["connect", "ask", "earlier", "asked", "watch", "answer"]) by(id).hidden = !ids.includes(id);
};

/** Shows a problem with its advice, or with `null` takes the last one away. */
function problem(error) {
  if (error === null) return fill(by("problem"));
  if (!(error instanceof Problem)) {
    // A fault of this page. Its text may carry words of the answer, so the
    // console gets the kind of error only.
    console.error("fault in the page:", error?.name);
    error = new Problem({ code: "page-fault", title: "This page could not show what came back", advice: "Load the page again. What is on the record stays there." });
  }
  const after = error.retryAfter ? `Try again in ${Math.ceil(error.retryAfter)} s.` : "";
  return fill(by("problem"), h("div", { class: "problem", tabindex: "-1" },
    h("p", { class: "word" }, sentence(error.title)),
    error.detail && error.detail !== error.title && h("p", {}, sentence(error.detail)),
    (error.advice || after) && h("p", {}, [sentence(error.advice), after].filter(Boolean).join(" ")),
    h("p", { class: "note" }, h("code", {}, error.code), error.status > 0 && `, status ${error.status}`)));
}

/** The id of a consult in the page's address, for coming back and for passing on. */
const linked = () => /^#(c_\w{3,64})$/.exec(location.hash)?.[1] ?? null;

function link(id) {
  history.replaceState(null, "", id ? `#${id}` : location.pathname);
}

/** What `/v1/models` says of a panel, with gaps filled on the safe side. */
function panelOf(entry) {
  const own = entry.primum ?? {};
  return {
    id: entry.id,
    title: own.title ?? "",
    kept: own.retention === "audit",
    protocol: own.protocol ?? "",
    simulated: own.simulated === true,
    deadline: Math.floor(own.deadline_seconds ?? 280) || 1,
    advisors: typeof own.advisors === "number" ? own.advisors : null,
  };
}

/** Learns the panels; with that the key is known to be good. */
async function enter() {
  const { data } = await json("GET", "/v1/models");
  // Panels that only grade options have no plan to show.
  const able = data.filter((entry) => entry.primum?.answers !== false);
  panels = new Map(able.map((entry) => [entry.id, panelOf(entry)]));
  form.showPanels([...panels.values()]);
  fill(by("who-text"), hasKey() ? "A key is in use, in the memory of this page only." : "This service runs without keys, on this machine only.");
  by("forget").hidden = !hasKey();
  by("who").hidden = false;
  if (linked()) return open(linked());
  home();
  return null;
}

/** The form, ready for a question. */
function home() {
  leave();
  link(null);
  problem(null);
  document.title = TITLE;
  const kept = [...panels.values()].some((panel) => panel.kept);
  only("ask", ...(kept ? ["earlier"] : []));
  by("earlier-box").open = false;
  say("");
}

/** Stops watching. A job on the record goes on; what is not kept ends here. */
function leave() {
  running?.abort.abort();
  running?.watch.stop();
  running = null;
  fill(by("answer"));
  fill(by("watch-body"));
}

/** Shows the watch for a consult that is being asked or was found running. */
function begin({ panel, deadline, kept, id }) {
  const abort = new AbortController();
  const watch = new Watch({ deadline, simulated: panel?.simulated, kept, cancel });
  running = { abort, watch, kept, id };
  only("asked", "watch");
  by("watch-title").focus();
  return running;
}

async function ask() {
  const body = form.body();
  if (body === null || running) return;
  const panel = panels.get(body.panel);
  problem(null);
  form.showAsked(body);
  const now = begin({ panel, deadline: body.deadline_seconds ?? panel.deadline, kept: panel.kept });
  try {
    const consult = panel.kept ? await askOnRecord(body, now) : await askUnrecorded(body, now);
    if (running === now) show(consult, body);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (running === now) back(error);
  }
}

/** A question that is not kept: the answer comes in the stream of the request. */
function askUnrecorded(body, now) {
  return askInStream(body, { onEvent: (type, data) => now.watch.saw(type, data), signal: now.abort.signal });
}

/** A question for the record: a job, its events, its answer. */
async function askOnRecord(body, now) {
  const text = JSON.stringify(body);
  if (sent?.text !== text) sent = { text, name: freshName() };
  let consult;
  try {
    consult = await json("POST", "/v1/consults", { body, headers: { "Idempotency-Key": sent.name }, signal: now.abort.signal });
  } catch (error) {
    // The key may keep nothing even where the panel would: then it is asked so.
    if (error.code === "retention-none") {
      now.kept = false;
      return askUnrecorded(body, now);
    }
    // Only where nothing came back may the question have arrived all the same.
    if (error.code !== "unreachable") sent = null;
    throw error;
  }
  sent = null;
  now.id = consult.id;
  link(consult.id);
  return followed(consult, now);
}

/** Whether a consult has not ended yet. */
const works = (consult) => consult.state === "queued" || consult.state === "running";

/** Follows a job that may still run, then fetches it. */
async function followed(consult, now) {
  const path = `/v1/consults/${encodeURIComponent(consult.id)}`;
  if (works(consult)) {
    await follow(`${path}/events`, {
      onEvent: (type, data) => now.watch.saw(type, data),
      onLine: (up) => now.watch.online(up),
      over: async () => !works(await json("GET", path, { signal: now.abort.signal })),
      signal: now.abort.signal,
    });
  }
  return json("GET", path, { signal: now.abort.signal });
}

/** Opens a consult of the record. */
async function open(id) {
  leave();
  problem(null);
  link(id);
  try {
    const consult = await json("GET", `/v1/consults/${encodeURIComponent(id)}`);
    const panel = panels.get(consult.panel);
    const asked = askedIn(consult);
    if (!works(consult)) return show(consult, asked);
    form.showAsked(asked);
    const now = begin({ panel, deadline: panel?.deadline ?? null, kept: true, id });
    const done = await followed(consult, now);
    if (running === now) show(done, asked);
  } catch (error) {
    if (error.name === "AbortError") return null;
    home();
    problem(error);
  }
  return null;
}

/** The question as the record gives it: text, or the body that was sent. */
function askedIn(consult) {
  const question = consult.question;
  if (question && typeof question === "object") return { question: question.question ?? JSON.stringify(question, null, 2), context: question.context ?? null };
  return { question: question ?? "", context: consult.context ?? null };
}

/** Shows an answer, and moves to it whoever was watching. */
function show(consult, asked) {
  running?.watch.stop();
  running = null;
  if (consult.question) asked = askedIn(consult);
  const place = by("answer");
  const draw = (it) => {
    const controls = it.state === "answered" ? releaseControls(it, (decision, note) => decide(it, decision, note, draw)) : null;
    showAnswer(place, it, form.askedAgain(asked), controls);
  };
  draw(consult);
  only("answer");
  fill(by("asked"));
  // What was known of one patient must not go along with the next question; a
  // question without an answer may be asked again as it stands.
  if (consult.state === "answered") form.clear();
  fill(by("again"), consult.state === "answered" ? "Ask something else" : "Back to the question");
  say("");
  document.title = `${endingOf(consult).known[0]} · Primum`;
  toOutcome();
}

/** Moves reader and focus to the first thing to be read. */
function toOutcome() {
  by("outcome").focus({ preventScroll: true });
  // At once, not smoothly: nothing else of the answer should be seen before.
  window.scrollTo({ top: 0, behavior: "instant" });
  const plate = by("answer").querySelector(".plate");
  if (plate.getBoundingClientRect().bottom > window.innerHeight) plate.scrollIntoView({ block: "start", behavior: "instant" });
}

/** Sends a decision and shows the record with it. */
async function decide(consult, decision, note, draw) {
  problem(null);
  try {
    draw(await json("POST", `/v1/consults/${encodeURIComponent(consult.id)}/release`, { body: { decision, ...(note !== "" && { note }) } }));
    say(decision === "release" ? "Released." : "Rejected.");
    toOutcome();
  } catch (error) {
    problem(error);
    by("problem").firstElementChild.focus();
  }
}

/** Calls off the consult that is watched. */
async function cancel() {
  const now = running;
  if (!now) return;
  if (!now.kept || !now.id) {
    // Hanging up is how a consult without a record is called off.
    home();
    say("Cancelled.");
    by("question").focus();
    return;
  }
  now.watch.cancelling();
  try {
    await json("DELETE", `/v1/consults/${encodeURIComponent(now.id)}`);
  } catch (error) {
    problem(error);
  }
}

/** Back to the form with its words still in it. */
function back(error) {
  home();
  problem(error);
  by("problem").firstElementChild.focus();
}

/** Forgets the key and everything that was read with it. */
function forget() {
  leave();
  useKey(null);
  fill(by("asked"));
  fill(by("earlier-list"));
  form.clear();
  by("who").hidden = true;
  problem(null);
  link(null);
  only("connect");
  by("key").focus();
}

by("key-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = by("key").value.trim();
  by("key").value = "";
  if (!looksLikeKey(text)) {
    problem(new Problem({ code: "no-key", title: "That is no key", advice: "A key is one word, as primum keys add printed it." }));
    by("key").focus();
    return;
  }
  useKey(text);
  problem(null);
  try {
    await enter();
    if (!by("ask").hidden) by("question").focus();
  } catch (error) {
    useKey(null);
    problem(error);
    by("key").focus();
  }
});

by("ask-form").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
by("question").addEventListener("input", () => form.complain(null));
by("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) by("ask-form").requestSubmit();
});
by("context").addEventListener("input", form.countContext);
by("again").addEventListener("click", () => {
  home();
  by("question").focus();
});
by("earlier-box").addEventListener("toggle", () => {
  if (by("earlier-box").open) showEarlier(open).catch(problem);
});
by("forget").addEventListener("click", forget);
// Links within the answer move the reader, and leave the address as it is: it
// names the consult.
by("answer").addEventListener("click", (event) => {
  const target = event.target.closest?.("a[href^='#']")?.getAttribute("href").slice(1);
  if (!target || !by(target)) return;
  event.preventDefault();
  by(target).setAttribute("tabindex", "-1");
  by(target).focus({ preventScroll: true });
  by(target).scrollIntoView({ block: "start" });
});
addEventListener("hashchange", () => {
  if (linked() && panels.size > 0) open(linked());
});
addEventListener("beforeunload", (event) => {
  if (running && !running.kept) event.preventDefault();
});
// A page that a browser kept for its back button would keep key and answer too.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// A service without keys answers at once; every other asks for one.
try {
  await enter();
} catch (error) {
  only("connect");
  if (error.status !== 401) problem(error);
}
