// Releasing or rejecting an answer: the one act on this page that a person
// answers for. It has a step in between, and where it cannot be done the
// buttons say why.

import { by, fill, h } from "./dom.js";
import { hasKey } from "./api.js";

/** Why this answer can be neither released nor rejected, or `null` when it can. */
export function whyNot(consult) {
  const state = consult.release?.state;
  if (consult.retention === "none" || state === "not-recorded") {
    return "This consult is not on the record: nothing of it is kept, so nothing can be released. For an answer that can be released, ask a panel that keeps a record.";
  }
  if (state === "released" || state === "rejected") return `This answer was ${state} already. A decision is made once and stays.`;
  if (consult.state !== "answered") return "There is no answer that could be released.";
  if (consult.outcome?.state === "failed") return "The panel gave no plan that could be released.";
  if (!hasKey()) return "Releasing needs a personal key: the record names the person who answers for it. This service runs without keys.";
  return null;
}

/** Asks once more, in a dialog. Resolves to whether the reader means it. */
function confirmed({ title, text, must, act }) {
  const dialog = by("confirm");
  return new Promise((resolve) => {
    const check = must ? h("input", { type: "checkbox", id: "confirm-check", change: () => { go.disabled = !check.checked; } }) : null;
    const go = h("button", { type: "button", class: "main", id: "confirm-go", disabled: Boolean(must), click: () => end(true) }, act);
    const no = h("button", { type: "button", id: "confirm-no", click: () => end(false) }, "Go back");
    const end = (yes) => {
      dialog.removeEventListener("cancel", escaped);
      dialog.close();
      fill(dialog);
      resolve(yes);
    };
    const escaped = (event) => {
      event.preventDefault();
      end(false);
    };
    dialog.addEventListener("cancel", escaped);
    fill(dialog,
      h("h2", { id: "confirm-title" }, title),
      text.map((line) => h("p", {}, line)),
      must && h("label", { class: "check" }, check, h("span", {}, must)),
      h("div", { class: "row" }, no, go));
    dialog.showModal();
    (check ?? no).focus();
  });
}

/** What the reader must say of their own accord before releasing this answer. */
function mustSay(consult) {
  if (consult.outcome?.state === "abstained") return "The panel abstained. I have reviewed this plan myself, item by item, and answer for it.";
  if (consult.outcome?.state === "degraded") return "The panel was degraded. I have taken what was missing into account.";
  return null;
}

/** The controls. `decide(decision, note)` sends the decision; it shows its own problems. */
export function releaseControls(consult, decide) {
  const reason = whyNot(consult);
  const off = reason !== null;
  const note = h("textarea", { id: "release-note", rows: 3, "aria-describedby": "release-why", autocomplete: "off", disabled: off });
  const press = async (decision) => {
    if (off) return;
    const release = decision === "release";
    const yes = await confirmed({
      title: release ? "Release this answer?" : "Reject this answer?",
      text: release
        ? ["It goes on the record, with your name and the time, that you have reviewed this answer and answer for it.", "This cannot be taken back."]
        : ["It goes on the record, with your name and the time, that this answer is not to be used. It stays readable, with the rejection in its first line.", "This cannot be taken back."],
      must: release ? mustSay(consult) : null,
      act: release ? "Release it" : "Reject it",
    });
    if (yes) await decide(decision, note.value.trim());
  };
  const button = (id, decision, text, style) => h("button", {
    type: "button", id, class: style,
    // Not `disabled`: the button can be reached, and says why it does nothing.
    "aria-disabled": off ? "true" : null, "aria-describedby": "release-why",
    click: () => press(decision),
  }, text);
  return h("section", { class: "release", "aria-labelledby": "release-title" },
    h("h2", { id: "release-title" }, "Release or reject"),
    h("p", { id: "release-why", class: off ? "why" : "quiet" }, reason ?? "As the responsible clinician, with your personal key. The decision, your name and the time become part of the record; the note is kept with it."),
    !off && h("div", { class: "field" }, h("label", { for: "release-note" }, "Note ", h("span", { class: "quiet" }, "(optional)")), note),
    h("div", { class: "row" }, button("release", "release", "Release …", "main"), button("reject", "reject", "Reject …", "")));
}
