// Consults on the record that this key may read: its own, and those of the
// keys that it reviews.

import { Problem, json } from "./api.js";
import { endingOf } from "./answer.js";
import { by, fill, h, list, sentence, when, words } from "./dom.js";

const LIMIT = 30;

/** Where a consult stands, for one line of a list. */
function standing(one) {
  const consult = typeof one.outcome === "string" ? { ...one, outcome: { state: one.outcome } } : one;
  const { known: [word, , style] } = endingOf(consult);
  const release = words(one.release?.state ?? one.release);
  return [
    h("span", { class: `state-word ${style}` }, word),
    one.state === "answered" && release && h("span", { class: "quiet" }, ` · ${release.replaceAll("-", " ")}`),
  ];
}

/** Fetches the list and shows it. `open` gets the id of the one that is wanted. */
export async function showEarlier(open) {
  const place = by("earlier-list");
  fill(place, h("p", { class: "quiet" }, "Fetching …"));
  try {
    const { consults } = await json("GET", `/v1/consults?limit=${LIMIT}`);
    if (list(consults).length === 0) {
      fill(place, h("p", { class: "quiet" }, "None on the record."));
      return;
    }
    fill(place, h("ul", { class: "earlier" }, list(consults).map((one) => h("li", {},
      h("button", { type: "button", class: "plain", click: () => open(one.id) }, when(one.created_at) ?? one.id),
      h("span", {}, ` ${words(one.panel)} `), standing(one),
      one.asked_by && h("span", { class: "quiet" }, ` · asked by ${words(one.asked_by)}`)))));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // A key without the scope to list is nothing wrong on this page.
    fill(place, h("p", { class: "quiet" }, [error.title, error.detail, error.advice].map(sentence).filter(Boolean).join(" ")));
  }
}
