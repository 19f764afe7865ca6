// What is asked: which panel, the question, what is known of the patient, and
// by when.

import { by, count, fill, h } from "./dom.js";

/** What a panel's protocol does, in a few words. */
const PROTOCOLS = {
  lead: "one advisor leads",
  vote: "vote",
  synthesis: "a moderator merges the drafts",
  debate: "debate, then vote",
  delphi: "ratings by the RAND/UCLA method",
};

/** A choice of panel sets how long it may take. */
function setDeadline(panel) {
  by("deadline").max = panel.deadline;
  by("deadline").value = panel.deadline;
}

/** The panels as radio cards; the first one is chosen. */
export function showPanels(panels) {
  fill(by("panel-cards"), panels.map((panel, at) => {
    const facts = [
      panel.advisors !== null && count(panel.advisors, "advisor"),
      PROTOCOLS[panel.protocol] ?? panel.protocol,
    ].filter(Boolean);
    return h("label", { class: "card" },
      h("input", { type: "radio", name: "panel", value: panel.id, checked: at === 0, change: () => setDeadline(panel) }),
      h("span", { class: "card-body" },
        h("span", { class: "card-name" }, panel.id, panel.simulated && h("span", { class: "sim" }, "SIMULATED")),
        // The word stands in the title of simulated panels as well: once is enough here.
        panel.title && h("span", { class: "card-title" }, panel.simulated ? panel.title.replace(/^SIMULATED:\s*(.)/, (_, first) => first.toUpperCase()) : panel.title),
        h("span", { class: "note" }, facts.join(" · ")),
        h("span", { class: "note" }, panel.kept
          ? "On the record: question and answer are stored, and the answer can be released."
          : "Keeps nothing: question and answer are gone when you leave, and nothing can be released."),
      ));
  }));
  if (panels.length > 0) setDeadline(panels[0]);
}

/** The chosen panel's name. */
export const chosen = () => by("ask-form").querySelector("input[name=panel]:checked")?.value ?? null;

/** Lines of a field that say something. */
const lines = (id) => by(id).value.split("\n").map((line) => line.trim()).filter((line) => line !== "");

/** What is known of the patient; nothing when nothing was filled in. */
function context() {
  const known = {};
  const age = by("age").valueAsNumber;
  if (Number.isFinite(age)) known.age_years = age;
  if (by("sex").value !== "") known.sex = by("sex").value;
  if (by("pregnant").value !== "") known.pregnant = by("pregnant").value === "yes";
  for (const name of ["conditions", "medications", "allergies"]) {
    if (lines(name).length > 0) known[name] = lines(name);
  }
  return Object.keys(known).length > 0 ? known : null;
}

/** Says on the closed box how much is in it, so that nothing is sent unseen. */
export function countContext() {
  const n = Object.keys(context() ?? {}).length;
  by("context-count").textContent = n > 0 ? `· ${n} filled in` : "";
}

/** Empties everything that says something of a patient; the panel stays chosen. */
export function clear() {
  for (const id of ["question", "age", "sex", "pregnant", "conditions", "medications", "allergies"]) by(id).value = "";
  by("context").open = false;
  countContext();
  complain(null);
}

/** Marks the question as missing, or takes the mark away. */
export function complain(text) {
  by("question-error").textContent = text ?? "";
  by("question-error").hidden = text === null;
  if (text === null) by("question").removeAttribute("aria-invalid");
  else by("question").setAttribute("aria-invalid", "true");
}

/** The body of the request, or `null` when something has to be put right first. */
export function body() {
  const question = by("question").value;
  if (question.trim() === "") {
    complain("Write a question first.");
    by("question").focus();
    return null;
  }
  complain(null);
  for (const id of ["age", "deadline"]) {
    if (!by(id).checkValidity()) {
      if (id === "age") by("context").open = true;
      by(id).reportValidity();
      return null;
    }
  }
  const known = context();
  const deadline = by("deadline").valueAsNumber;
  return {
    question,
    ...(known && { context: known }),
    panel: chosen(),
    ...(Number.isFinite(deadline) && { deadline_seconds: deadline }),
  };
}

const FACTS = { age_years: "Age", sex: "Sex", pregnant: "Pregnant", setting: "Setting", conditions: "Conditions", medications: "Medications", allergies: "Allergies", measurements: "Measurements", other: "Other" };

/** A value of the context in words. */
function factWords(it) {
  if (it === true) return "yes";
  if (it === false) return "no";
  if (Array.isArray(it)) return it.map((one) => (one && typeof one === "object" ? Object.values(one).join(" ") : String(one))).join("; ");
  return typeof it === "object" ? Object.entries(it).map(([name, one]) => `${name}: ${one}`).join("; ") : String(it);
}

/** What was asked, as it was sent. */
function askedBody({ question, context: known }) {
  const facts = Object.entries(known ?? {}).filter(([, it]) => it !== null && it !== undefined && factWords(it) !== "");
  return [
    question && h("blockquote", { tabindex: "0", role: "region", "aria-label": "Question" }, question),
    facts.length > 0 && h("dl", {}, facts.map(([name, it]) => [h("dt", {}, FACTS[name] ?? name), h("dd", {}, factWords(it))])),
  ];
}

/** What was asked, in full, beside the panel at work. */
export function showAsked(asked) {
  fill(by("asked"), h("h2", {}, "The question"), askedBody(asked));
}

/** What was asked, behind its first words: the answer stands before it. */
export function askedAgain(asked) {
  if (!asked?.question) return null;
  return h("details", { class: "question" },
    h("summary", {}, h("strong", {}, "The question"), h("span", { class: "quiet" }, ` ${asked.question.slice(0, 160)}`)),
    askedBody(asked));
}
