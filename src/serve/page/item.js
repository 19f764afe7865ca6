// One recommendation of a plan: its words, who is for it and who against, and
// behind a disclosure its ledger.

import { count, h, list, words } from "./dom.js";

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

/** What happened to an item, in order. */
function history(item) {
  const events = list(item.history);
  if (events.length === 0) return h("p", { class: "quiet" }, "Nothing was changed after the drafts.");
  return h("ol", { class: "history" }, events.map((event) => h("li", {},
    h("strong", {}, words(event.what)), h("span", { class: "quiet" }, ` by ${stageOf(event.stage)}`),
    event.before && h("p", {}, h("span", { class: "quiet" }, "Before: "), words(event.before)),
    words(event.reason) !== "" && h("p", {}, words(event.reason)),
    list(event.checks).map((check) => h("p", {}, h("span", { class: check.verdict === "object" ? "warn" : "quiet" }, `${words(check.agent)}: ${words(check.verdict)}. `), words(check.reason))))));
}

/** Evidence, where the service gives any. Addresses in it stay text. */
function evidence(item) {
  const found = list(item.evidence);
  if (found.length === 0) return null;
  return [h("h3", {}, "Evidence"), h("ul", {}, found.map((one) => h("li", {}, words(one))))];
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
    item.edited_by && h("p", { class: "note" }, `Last worded by guardian ${words(item.edited_by)}`),
    objectors.length > 0 && h("p", { class: "warn against" }, `${objectors.join(", ")} ${objectors.length === 1 ? "objects" : "object"}`),
    against.map((one) => h("p", { class: "warn against" }, h("strong", {}, kind(one.kind)), `: ${words(one.text)}`)),
    h("details", { class: "ledger" },
      h("summary", {}, `Ledger of item ${item.number}`, h("span", { class: "quiet" }, ` · ${count(list(item.basis).length, "draft")}, ${count(list(item.history).length, "step")}`)),
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
