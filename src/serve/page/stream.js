// Server-sent events, read by hand: `EventSource` can send neither a key nor a
// body, and putting the key into the address instead is out of the question.

import { Problem, call, unreachable } from "./api.js";

/** The events of a response's body, as `{id, type, data}` with `data` parsed. */
export async function* eventsOf(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let event = { id: null, type: "message", data: [] };
  try {
    for (;;) {
      const { value, done } = await reader.read();
      rest += decoder.decode(value ?? new Uint8Array(), { stream: !done });
      // A CR at the very end may be half of a CRLF: it waits for what follows.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (event.data.length > 0) {
            yield { ...event, data: JSON.parse(event.data.join("\n")) };
          }
          event = { id: null, type: "message", data: [] };
          continue;
        }
        if (line.startsWith(":")) continue;
        const at = line.indexOf(":");
        const name = at < 0 ? line : line.slice(0, at);
        const text = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
        if (name === "data") event.data.push(text);
        else if (name === "event") event.type = text;
        else if (name === "id") event.id = text;
      }
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Waits, or ends early with the abort. */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("left", "AbortError"));
    }, { once: true });
  });
}

/**
 * Follows a job to its `finished` event. When the line breaks it takes up again
 * after the last event that it has seen, so that none is missed and none comes
 * twice. `onLine(false)` says that the line is down, `onLine(true)` that it is
 * back. `over` is asked when a stream ended of itself: a consult whose service
 * was stopped in between ends without the last event.
 */
export async function follow(path, { onEvent, onLine, over, signal }) {
  let last = null;
  let misses = 0;
  for (;;) {
    try {
      const headers = { Accept: "text/event-stream" };
      if (last !== null) headers["Last-Event-ID"] = last;
      const response = await call("GET", path, { headers, signal });
      if (misses > 0) onLine(true);
      for await (const event of eventsOf(response)) {
        misses = 0;
        if (event.id !== null) {
          if (last !== null && Number(event.id) <= Number(last)) continue;
          last = event.id;
        }
        onEvent(event.type, event.data);
        if (event.type === "finished") return;
      }
      if (await over()) return;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      // What the service refuses by name will not get better by asking again.
      const passing = !(error instanceof Problem) || error.status === 0 || error.status === 429 || error.status >= 500;
      if (!passing || misses >= 8) throw error instanceof Problem ? error : unreachable();
    }
    if (signal.aborted) throw new DOMException("left", "AbortError");
    if (misses > 8) throw unreachable();
    if (misses === 0) onLine(false);
    await pause(Math.min(500 * 2 ** misses, 8000), signal);
    misses += 1;
  }
}

/**
 * Asks with the answer in the same stream, for what is not kept: there is no
 * second line to take up, and leaving it stops the panel.
 */
export async function askInStream(body, { onEvent, signal }) {
  const response = await call("POST", "/v1/consults", {
    body,
    headers: { Accept: "text/event-stream" },
    signal,
  });
  let answer = null;
  try {
    for await (const event of eventsOf(response)) {
      if (event.type === "answer") answer = event.data;
      else onEvent(event.type, event.data);
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    answer = null;
  }
  if (answer === null) {
    throw new Problem({
      code: "line-lost",
      title: "The line broke before the answer was there",
      detail: "This panel keeps nothing, so there is nothing to come back to.",
      advice: "Ask again.",
    });
  }
  return answer;
}
