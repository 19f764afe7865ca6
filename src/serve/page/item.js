// One recommendation of a plan: its words, who is for it and who against, and
// behind a disclosure its ledger.

import { count, h, list, sentence, words } from "./dom.js";

/** Who acts in a stage, with and without a name. */
const DOERS = {
  draft: ["advisor", "the drafts"],
  rating: ["advisor", "the ratings"],
  debate: ["advisor", "the debate"],
  check: ["advisor", "those asked about edits"],
  cluster: ["clusterer", "the grouping"],
  synthesis: ["moderator", "the moderator"],
  guardian: ["guardian", "a guardian"],
  consensus: ["", "the rules of the consensus"],
  render: ["", "the word budget"],
};

/** `guardian:gus` as a reader says it: who did it. */
export function stageOf(text) {
  const [stage, seat] = words(text).split(/:(.*)/);
  const [role, alone] = DOERS[stage] ?? [stage, stage];
  return seat ? `${role} ${seat}`.trim() : alone;
}

/** One mark an advisor, full where it supports; the words beside say the same. */
function dots(n, of) {
  if (!(of > 0 && of <= 12)) return null;
  return h("span", { class: "dots", "aria-hidden": "true" }, "●".repeat(Math.min(n, of)), "○".repeat(Math.max(of - n, 0)));
}

/** `2 of 3 advisors, 2 vendors` and their names. */
function support(item) {
  const { agents, of, vendors } = item.support ?? {};
  const names = list(agents).map(words);
  const n = Array.isArray(agents) ? names.length : Number(agents) || 0;
  if (n === 0 && item.edited_by) {
    return h("p", { class: "support" }, dots(n, of), `Support: no advisor drafted it, guardian ${words(item.edited_by)} added it`);
  }
  const houses = Array.isArray(vendors) ? vendors.length : vendors;
  const told = [of ? `${n} of ${of} advisors` : count(n, "advisor"), typeof houses === "number" && count(houses, "vendor")];
  return h("p", { class: "support" }, dots(n, of), h("span", {}, "Support: ", told.filter(Boolean).join(", ")),
    Array.isArray(agents) && names.length > 0 && h("span", { class: "quiet" }, ` (${names.join(", ")})`));
}

/** The words of the drafts that an item rests on. */
function basis(item) {
  const drafted = list(item.basis);
  if (drafted.length === 0) {
    return h("p", { class: "quiet" }, item.edited_by ? `No advisor drafted it: ${item.edited_by} added it.` : "No drafted item stands behind it.");
  }
  return h("ul", { class: "basis" }, drafted.map((one) => h("li", {},
    h("p", { class: "by" }, h("strong", {}, words(one.agent)), one.vendor && ` (${one.vendor})`, `, item ${one.number} of the draft`),
    one.text && h("blockquote", {}, words(one.text)))));
}

/** The same thing done to several drafts, as one step: `{event, origins}`. */
function steps(item) {
  const found = [];
  for (const event of list(item.history)) {
    const same = found.find(({ event: other }) => other.stage === event.stage && other.what === event.what && words(other.reason) === words(event.reason));
    if (same) same.origins.push(words(event.origin));
    else found.push({ event, origins: [words(event.origin)] });
  }
  return found;
}

/** What happened to an item, in order. */
function history(item) {
  const found = steps(item);
  if (found.length === 0) return h("p", { class: "quiet" }, "Nothing was changed after the drafts.");
  return h("ol", { class: "history" }, found.map(({ event, origins }) => h("li", {},
    h("strong", {}, words(event.what)), h("span", { class: "quiet" }, ` by ${stageOf(event.stage)}`, origins.some((one) => one.includes("#")) && ` (${origins.join(", ")})`),
    words(event.reason) !== "" && h("p", {}, words(event.reason)))));
}

/** What advisors said of an item in ratings and debate, and the rule that decided. */
function evidence(item) {
  const found = list(item.evidence);
  if (found.length === 0) return null;
  const quote = (...said) => h("p", {}, said);
  return [h("h3", {}, "How it was decided"), h("ul", { class: "history" }, found.map((one) => h("li", {},
    one.rule ? sentence(one.rule) : words(one),
    typeof one.share === "number" && ` ${Math.round(one.share * 100)} % of the votes.`,
    list(one.rounds).map((round) => [
      quote(h("strong", {}, `Round ${round.round}`), `: median ${round.median ?? "none"} of 9`, round.disagreement && h("span", { class: "warn" }, ", the raters disagree")),
      Object.entries(round.ratings ?? {}).map(([agent, it]) => quote(h("span", { class: "quiet" }, `${agent} rates ${it.rating}. `), words(it.if_done) && `If done: ${sentence(it.if_done)} `, words(it.if_left_out) && `If left out: ${sentence(it.if_left_out)}`)),
    ]),
    list(one.stances).map((stance) => quote(h("span", { class: stance.change === "object" ? "warn" : "quiet" }, `${words(stance.agent)}, round ${stance.round}: ${words(stance.change)}. `), words(stance.reason), stance.text && ` “${words(stance.text)}”`, stance.refused && h("span", { class: "quiet" }, ` Refused: ${words(stance.refused)}`))))))];
}

/** The item with all that speaks for and against it. */
export function itemOf(item, dissent) {
  const against = dissent.filter((one) => list(one.items).includes(item.number));
  const tags = [
    item.category && h("span", { class: "tag" }, words(item.category)),
    item.urgency && h("span", { class: "tag urgent" }, words(item.urgency)),
    typeof item.rating === "number" && h("span", { class: "tag" }, `rated ${item.rating} of 9`),
    item.severity_if_omitted && h("span", { class: "tag" }, `${words(item.severity_if_omitted).toLowerCase()} harm if left out`),
  ];
  const objectors = list(item.objectors).map(words);
  return h("li", { class: "item", value: item.number, id: `item-${item.number}` },
    h("p", { class: "text" }, words(item.text)),
    item.condition && h("p", { class: "condition" }, h("span", { class: "quiet" }, "Condition: "), words(item.condition)),
    tags.some(Boolean) && h("p", { class: "tags" }, tags),
    support(item),
    item.edited_by && list(item.basis).length > 0 && h("p", { class: "note" }, `Last worded by guardian ${words(item.edited_by)}`),
    objectors.length > 0 && h("p", { class: "warn against" }, `${objectors.join(", ")} ${objectors.length === 1 ? "objects" : "object"}`),
    against.map((one) => h("p", { class: "warn against" }, h("strong", {}, kind(one.kind)), `: ${words(one.text)}`)),
    h("details", { class: "ledger" },
      h("summary", {}, `Ledger of item ${item.number}`, h("span", { class: "quiet" }, ` · ${count(list(item.basis).length, "draft")}, ${count(steps(item).length, "step")}`)),
      h("div", { class: "ledger-body" },
        h("h3", {}, "What it rests on"), basis(item),
        h("h3", {}, "What happened to it"), history(item),
        evidence(item))));
}

/** `minority-warning` as a reader says it. */
export function kind(text) {
  const said = words(text).replaceAll("-", " ");
  return said === "" ? "Dissent" : said[0].toUpperCase() + said.slice(1);
}
