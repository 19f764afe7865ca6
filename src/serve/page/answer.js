// The answer for reading. How the consult ended stands first, in words and not
// in colour alone; then the plan; then what speaks against it; then where it
// all comes from.

import { count, dollars, fill, h, list, seconds, sentence, when, words } from "./dom.js";
import { itemOf, kind, stageOf } from "./item.js";
import { failureWords, stageWords } from "./watch.js";

/** What each ending means to a reader: word, sentence, how loud. */
const ENDINGS = {
  complete: ["COMPLETE", "Every stage of the panel did its work.", "good"],
  degraded: ["DEGRADED", "The panel answered, but something failed or was left out:", "caution"],
  abstained: ["ABSTAINED: needs a human", "The panel does not stand behind this plan. Do not use it unreviewed. Why:", "stop"],
  failed: ["NO ANSWER", "The panel failed. Why:", "stop"],
  cancelled: ["CANCELLED", "The consult was called off; nothing more is spent on it.", "stop"],
  interrupted: ["INTERRUPTED", "The service was stopped while the panel deliberated, so there is no answer. Ask again.", "stop"],
  purged: ["PURGED", "Question and answer were removed when their time on the record was over.", "stop"],
};

/** The word that says how a consult ended, or where it stands. */
export function endingOf(consult) {
  const state = consult.state === "answered" ? words(consult.outcome?.state ?? consult.outcome) : consult.state;
  return { state, known: ENDINGS[state] ?? [String(state ?? "unknown").toUpperCase(), "", "caution"] };
}

/** One line of the plate at the top. */
const line = (style, word, ...rest) => h("div", { class: `plate-line ${style}` }, h("p", { class: "word" }, word), h("div", {}, rest));

/** Whether a clinician has released it. */
function releaseLine(consult) {
  const { state, by, at, note } = consult.release ?? {};
  const who = [by && ` by ${words(by)}`, at && [", ", when(at)]];
  const said = note && h("blockquote", {}, words(note));
  if (state === "released") return line("good", "RELEASED", h("p", {}, "Reviewed and released", who, "."), said);
  if (state === "rejected") return line("stop", "REJECTED", h("p", {}, "Rejected", who, ". Not to be used."), said);
  if (consult.state !== "answered") return null;
  const kept = consult.retention !== "none" && state !== "not-recorded";
  return line("caution", "NOT RELEASED", h("p", {}, "No clinician has reviewed this answer.", !kept && " It is not on the record: it cannot be released, and is gone when you leave."));
}

/** The plate: outcome, release, simulation. The first thing that is read. */
function plate(consult) {
  const { known: [word, meaning, style], state } = endingOf(consult);
  const reasons = list(consult.outcome?.reasons).map(words);
  const problem = consult.problem;
  return h("div", { class: "plate" },
    line(`ending ${style}`, h("span", { id: "outcome", tabindex: "-1" }, word),
      h("p", {}, meaning),
      reasons.length > 0 && h("ul", {}, reasons.map((reason) => h("li", {}, reason))),
      problem && state === "failed" && [problem.title, problem.detail, problem.advice].map(words).filter((text) => text !== "" && text !== reasons.join("; ")).map((text) => h("p", {}, sentence(text))),
      consult.needs_human && state !== "abstained" && consult.state === "answered" && h("p", {}, h("strong", {}, "Needs a human before it is used."))),
    releaseLine(consult),
    simulatedLine(consult));
}

/** What of the answer is simulated, in the service's own words. */
function simulatedLine(consult) {
  const told = list(consult.notices).map(words).find((it) => it.startsWith("SIMULATED"));
  const [mark, ...rest] = (told ?? "").split(": ");
  return consult.simulated && line("caution", mark || "SIMULATED", h("p", {}, sentence(rest.join(": ") || "it says nothing about any patient")));
}

/** A section with a heading, or nothing when there is nothing in it. */
const section = (title, id, ...content) => (content.flat(Infinity).some(Boolean) ? h("section", { class: "part", "aria-labelledby": id }, h("h2", { id }, title), content) : null);

/** Disagreement, what matters most first. */
function dissentPart(dissent) {
  return section("Dissent", "dissent-title", dissent.length > 0 && h("ul", { class: "dissent" }, dissent.map((one) => h("li", {},
    h("p", {}, h("strong", {}, kind(one.kind)), one.severity && h("span", { class: "tag loud" }, `${words(one.severity).toLowerCase()} harm`)),
    h("p", {}, words(one)),
    h("p", { class: "note" },
      list(one.by).length > 0 && `${list(one.by).map(words).join(", ")} ${list(one.by).length === 1 ? "differs" : "differ"} from the plan. `,
      list(one.items).map((n, at) => [at > 0 ? ", " : "About ", h("a", { href: `#item-${Number(n)}` }, `item ${n}`)]))))));
}

/** A refused edit in words: it comes as the JSON that the guardian wrote. */
function editWords(text) {
  try {
    const edit = JSON.parse(words(text));
    const told = [edit.op ?? edit.action ?? "edit", edit.item !== undefined && `item ${edit.item}`].filter(Boolean).join(" ");
    const said = [edit.text, edit.reason].filter((one) => typeof one === "string" && one !== "").join(" Reason: ");
    return said === "" ? told : `${told}: ${said}`;
  } catch {
    return words(text);
  }
}

/** Drafted items that did not reach the plan, and refused edits. */
function leftOut(ledger) {
  const out = list(ledger?.entries).filter((entry) => entry.fate?.fate === "removed");
  const refused = list(ledger?.refused);
  const origin = (it) => (it?.draft ? `${it.draft.agent}, item ${it.draft.number}` : Object.entries(it ?? {}).map(([role, name]) => `${role} ${words(name)}`).join(", "));
  if (out.length + refused.length === 0) return null;
  return h("details", { class: "more", id: "left-out" },
    h("summary", {}, h("h2", {}, "What did not reach the plan"), h("span", { class: "quiet" }, ` ${[out.length > 0 && count(out.length, "item"), refused.length > 0 && `${count(refused.length, "edit")} refused`].filter(Boolean).join(", ")}`)),
    h("ul", { class: "out" }, out.map((entry) => {
      const last = list(entry.events).at(-1);
      return h("li", {}, h("p", {}, words(entry.text)), h("p", { class: "note" },
        `Drafted by ${origin(entry.origin)}. Left out by ${stageOf(entry.fate.by)}`, last && words(last.reason) !== "" && `: ${words(last.reason)}`));
    }), refused.map((one) => h("li", {}, h("p", {}, h("span", { class: "quiet" }, `Guardian ${words(one.guardian)} wanted: `), editWords(one.edit)), h("p", { class: "note" }, `Refused: ${words(one.rule)}`)))));
}

/** What was asked of whom, and how long it took. */
function stagesPart(consult) {
  const stages = list(consult.stages);
  const { queued_seconds: queued, deliberation_seconds: work, models_seconds: models } = consult.timings ?? {};
  const { calls, usd, total_tokens: tokens } = consult.usage ?? {};
  const facts = [
    typeof work === "number" && `${seconds(work)} of deliberation`,
    typeof models === "number" && `${seconds(models)} of it waiting for models`,
    typeof queued === "number" && `${seconds(queued)} in the queue`,
    typeof calls === "number" && count(calls, "call"),
    typeof tokens === "number" && `${tokens.toLocaleString()} tokens`,
    typeof usd === "number" && dollars(usd),
  ].filter(Boolean);
  if (stages.length === 0 && facts.length === 0) return null;
  return h("details", { class: "more", id: "stages" },
    h("summary", {}, h("h2", {}, "Stages and timings"), h("span", { class: "quiet" }, ` ${facts.slice(0, 1).join("")}`)),
    facts.length > 0 && h("p", {}, facts.join(" · ")),
    stages.length > 0 && h("div", { class: "wide-table", tabindex: "0", role: "region", "aria-label": "Stages" }, h("table", {},
      h("thead", {}, h("tr", {}, ["Stage", "Seat", "Time", "Cost", "Failure"].map((name, at) => h("th", { scope: "col", class: at === 2 || at === 3 ? "n" : null }, name)))),
      h("tbody", {}, stages.map((one) => h("tr", { class: one.failure || one.unusable ? "bad" : null },
        h("th", { scope: "row" }, stageWords(one.stage)), h("td", {}, words(one.seat)), h("td", { class: "n" }, seconds(one.seconds)), h("td", { class: "n" }, dollars(one.usd)), h("td", {}, one.failure ? failureWords(one.failure) : one.unusable ? `not usable: ${words(one.unusable)}` : "")))))));
}

/** Names, versions, hashes: what it takes to ask the very same panel again. */
function sourcePart(consult) {
  const source = consult.source ?? {};
  const row = (name, value) => (value === null || value === undefined || value === "" ? null : [h("dt", {}, name), h("dd", {}, value)]);
  const code = (text) => text && h("code", {}, words(text));
  const prompts = Object.entries(source.prompt_hashes ?? {});
  return h("details", { class: "more", id: "source" },
    h("summary", {}, h("h2", {}, "Versions and hashes")),
    h("dl", {},
      row("Consult", code(consult.id)), row("Panel", consult.panel ?? source.panel), row("Protocol", source.protocol),
      row("Panel hash", code(source.panel_hash)), row("Program", source.program_version && `primum ${source.program_version}`), row("Seed", source.seed),
      row("Retention", consult.retention === "audit" ? "audit: question and answer are on the record" : consult.retention === "none" ? "none: nothing of it is kept" : consult.retention),
      row("Asked", when(consult.created_at)), row("Ended", when(consult.ended_at)),
      prompts.length > 0 && row("Prompts", h("ul", { class: "bare" }, prompts.map(([name, hash]) => h("li", {}, `${name} `, code(hash)))))));
}

/** Grades of options, where a program asked for those and not for a plan. */
function gradesPart(grades) {
  return section("Grades", "grades-title", grades.length > 0 && h("div", { class: "wide-table", tabindex: "0", role: "region", "aria-label": "Grades" }, h("table", {},
    h("thead", {}, h("tr", {}, ["Option", "Grade", "Why"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, grades.map((one) => h("tr", {}, h("th", { scope: "row" }, words(one.Option)), h("td", {}, words(one.GradeAI)), h("td", {}, words(one.Rationale))))))));
}

/** The text as every other interface gives it, to be copied with its warnings. */
function textPart(text) {
  if (!text) return null;
  const told = h("span", { class: "quiet", role: "status" });
  const copy = navigator.clipboard && h("button", {
    type: "button",
    click: async () => {
      try {
        await navigator.clipboard.writeText(words(text));
        fill(told, "Copied, with its state lines.");
      } catch {
        fill(told, "The browser did not allow it; select the text instead.");
      }
    },
  }, "Copy the text");
  return h("details", { class: "more", id: "text" }, h("summary", {}, h("h2", {}, "As plain text")),
    h("pre", { tabindex: "0", role: "region", "aria-label": "Answer as plain text" }, words(text)), copy && h("div", { class: "row" }, copy, told));
}

/** The whole answer in place of what was in `element`; `asked` is the question, or nothing. */
export function showAnswer(element, consult, asked, release) {
  const dissent = list(consult.dissent);
  const items = list(consult.items);
  // What the plate says already is not said twice.
  const notices = list(consult.notices).map(words).filter((it) => !/^(SIMULATED|Primum is a research tool)/.test(it));
  const warned = [dissent.length > 0 && h("a", { href: "#dissent-title" }, `${count(dissent.length, "point")} of dissent`), list(consult.missing).length > 0 && h("a", { href: "#missing-title" }, `${count(list(consult.missing).length, "thing")} missing`)].filter(Boolean);
  fill(element,
    h("h2", { class: "unseen" }, "Answer"),
    plate(consult),
    asked,
    notices.map((notice) => h("p", { class: "note" }, notice)),
    warned.length > 0 && h("p", { class: "warned" }, "Read with the plan: ", warned.map((one, at) => [at > 0 && ", ", one]), "."),
    section("Assessment", "assessment-title", consult.assessment && h("p", { class: "assessment" }, words(consult.assessment))),
    items.length > 0 && section(endingOf(consult).state === "abstained" ? "Plan, not to be used unreviewed" : "Plan", "plan-title", h("ol", { class: "plan" }, items.map((item) => itemOf(item, dissent)))),
    gradesPart(list(consult.grades)),
    dissentPart(dissent),
    section("What was missing", "missing-title", list(consult.missing).length > 0 && h("ul", {}, list(consult.missing).map((one) => h("li", {}, words(one))))),
    section("Notes", "notes-title", list(consult.notes).length > 0 && h("ul", {}, list(consult.notes).map((one) => h("li", {}, words(one))))),
    release,
    h("div", { class: "behind" }, leftOut(consult.ledger), stagesPart(consult), textPart(consult.text), sourcePart(consult)));
}
