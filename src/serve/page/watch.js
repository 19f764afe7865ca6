// The panel at work: one row a stage, in it one mark a seat. What is seen
// changes every second; what is said aloud (the status line) only when a stage
// ends or something fails.

import { by, count, fill, h, list, seconds, words } from "./dom.js";

const STAGES = {
  draft: ["Blind drafts", "every advisor answers alone"],
  cluster: ["Like with like", "drafted items that mean the same are grouped"],
  synthesis: ["One plan", "the moderator merges the drafts"],
  rating: ["Ratings", "advisors rate every action"],
  debate: ["Debate", "advisors see the anonymous drafts and may change their mind"],
  guardian: ["Guardians", "look for harm and propose edits"],
  check: ["Edits checked", "advisors say whether an edit may hurt"],
  render: ["Written out", "the plan in its final words"],
};

/** A stage in words. */
export const stageWords = (stage) => STAGES[stage]?.[0] ?? stage;

/** The gateway's words for what went wrong with a call. */
const FAILURES = {
  refused: "the key was refused",
  "not-found": "model not found",
  quota: "no quota left",
  "bad-request": "the request was not accepted",
  declined: "the model or a filter declined",
  paused: "not asked: its provider asks for a long pause",
  machine: "this machine is at its limit",
  "too-long": "the prompt does not fit the model's context",
  server: "server error",
  timeout: "no answer in time",
  truncated: "the answer was cut short",
  empty: "the answer was empty",
  invalid: "the answer did not fit its form",
  budget: "budget reached",
  journal: "the journal could not be written",
};

/** A failure in words; of one unknown here, its code with the dashes taken out. */
export function failureWords(failure) {
  const text = words(failure);
  return FAILURES[text] ?? text.replaceAll(/[-_]/g, " ");
}

/** Says a line to those who listen to the page. */
export function say(text) {
  by("status").textContent = text;
}

export class Watch {
  /** `cancel` is called when the reader no longer wants the answer. */
  constructor({ deadline, simulated, kept, cancel }) {
    this.begun = performance.now();
    this.deadline = deadline;
    this.rows = [];
    this.over = false;
    this.line = h("p", { class: "line" }, "Sending the question …");
    this.meter = h("progress", { max: deadline ?? 1, value: 0, "aria-label": "Time used" });
    this.clock = h("span", { class: "clock" });
    this.list = h("ol", { class: "stages" });
    this.lost = h("p", { class: "warn", hidden: true }, "The line is down. Taking it up again after the last event …");
    this.button = h("button", { type: "button", id: "cancel", click: cancel }, "Cancel the consult");
    fill(
      by("watch-body"),
      simulated && h("p", { class: "banner" }, "SIMULATED: simulated models answer; it says nothing about any patient."),
      h("div", { class: "pace" }, this.line, this.meter, this.clock),
      this.lost,
      this.list,
      h("div", { class: "row" }, this.button, h("p", { class: "note" }, kept
        ? "Cancelling stops spending. If you leave this page the panel goes on, and the answer is found under earlier consults."
        : "This panel keeps nothing: leaving this page stops it, and the answer is lost.")),
    );
    this.tick();
    this.timer = setInterval(() => this.tick(), 250);
  }

  /** One event of the service. */
  saw(type, data) {
    if (type === "queued") this.queued(data.position);
    else if (type === "started") this.started();
    else if (type === "asked") this.asked(data.stage, list(data.seats));
    else if (type === "answered") this.answered(data);
    else if (type === "unusable") this.unusable(data);
    else if (type === "skipped") this.skipped(data.stage);
    else if (type === "plan") this.plan(data);
    else if (type === "finished") this.stop();
  }

  queued(position) {
    const text = position > 0 ? `In the queue, ${count(position, "consult")} before this one.` : "In the queue, next in turn.";
    this.line.textContent = text;
    say(text);
  }

  started() {
    this.line.textContent = "The panel is at work.";
    say("The panel is at work.");
  }

  /** A new row. A stage that comes again, as guardians do, gets another one. */
  row(stage, state) {
    const [name, about] = STAGES[stage] ?? [stage, ""];
    const row = { stage, state, seats: new Map() };
    row.marks = h("ul", { class: "seats" });
    row.note = h("p", { class: "note" }, about);
    row.element = h("li", { class: `stage ${state}` }, h("div", { class: "name" }, h("strong", {}, name), row.note), row.marks);
    this.rows.push(row);
    this.list.append(row.element);
    return row;
  }

  set(row, state) {
    row.state = state;
    row.element.className = `stage ${state}`;
  }

  asked(stage, seats) {
    const row = this.row(stage, "runs");
    for (const seat of seats) {
      const time = h("span", { class: "time" });
      const mark = h("span", { class: "mark", "aria-hidden": "true" });
      const state = h("span", { class: "state" }, "is asked");
      const element = h("li", { class: "seat asked" }, mark, h("span", { class: "who" }, words(seat)), " ", state, " ", time);
      row.seats.set(words(seat), { element, state, time, since: performance.now(), open: true });
      row.marks.append(element);
    }
    this.line.textContent = `${stageWords(stage)}: ${seats.map(words).join(", ")}`;
  }

  answered({ stage, seat, seconds: took, failure }) {
    const row = this.rows.findLast((other) => other.stage === stage && other.seats.get(seat)?.open);
    if (!row) return;
    const at = row.seats.get(seat);
    at.open = false;
    at.element.className = failure ? "seat failed" : "seat done";
    at.state.textContent = failure ? failureWords(failure) : "answered";
    at.time.textContent = seconds(took ?? (performance.now() - at.since) / 1000);
    if (failure) say(`${stageWords(stage)}: ${seat} failed, ${failureWords(failure)}.`);
    const all = [...row.seats.values()];
    if (all.some((one) => one.open)) return;
    this.set(row, "ended");
    const good = all.filter((one) => !one.element.classList.contains("failed")).length;
    say(`${stageWords(stage)}: ${good} of ${all.length} answered.`);
  }

  /** An answer that counts for nothing. */
  unusable({ stage, seat, why }) {
    const row = this.rows.findLast((other) => other.stage === stage && other.seats.has(seat));
    if (!row) return;
    const at = row.seats.get(seat);
    at.element.className = "seat failed";
    at.state.textContent = `not usable: ${words(why)}`;
    say(`${stageWords(stage)}: the answer of ${seat} is not usable: ${words(why)}.`);
  }

  skipped(stage) {
    const row = this.row(stage, "skipped");
    row.note.textContent = "";
    fill(row.marks, h("li", { class: "seat failed" }, h("span", { class: "mark", "aria-hidden": "true" }), "left out for lack of time"));
    say(`${stageWords(stage)}: left out for lack of time.`);
  }

  plan({ after, items }) {
    const row = this.rows.findLast((other) => other.state === "ended" || other.state === "runs");
    if (row) row.marks.append(h("li", { class: "stands" }, `plan of ${count(items, "item")}`));
    this.line.textContent = `The plan has ${count(items, "item")} after ${stageWords(after)}.`;
  }

  /** Whether the line to the service is up. */
  online(up) {
    this.lost.hidden = up;
    if (!up) say("The line is down. Taking it up again.");
  }

  tick() {
    const used = (performance.now() - this.begun) / 1000;
    this.clock.textContent = this.deadline ? `${Math.floor(used)} s of at most ${this.deadline} s` : `${Math.floor(used)} s`;
    this.meter.value = Math.min(used, this.meter.max);
    for (const row of this.rows) {
      for (const seat of row.seats.values()) {
        if (seat.open) seat.time.textContent = `${Math.floor((performance.now() - seat.since) / 1000)} s`;
      }
    }
  }

  /** Nothing more will come. */
  stop() {
    if (this.over) return;
    this.over = true;
    clearInterval(this.timer);
    this.lost.hidden = true;
    this.button.hidden = true;
  }

  /** Says on the button that the wish is on its way. */
  cancelling() {
    this.button.disabled = true;
    fill(this.button, "Cancelling …");
  }
}
