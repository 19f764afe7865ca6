// The door to the service. The key lives in the variable below and nowhere
// else: it goes out in one header, never into an address, a store or a cookie.

let key = null;

/** Takes a key, or with `null` forgets the one at hand. */
export function useKey(text) {
  key = text;
}

/** Whether a key is at hand. */
export const hasKey = () => key !== null;

/** Whether a text can be a key at all; others could not go into a header. */
export const looksLikeKey = (text) => /^[\x21-\x7e]{8,400}$/.test(text);

/** What went wrong, in the service's words (RFC 9457) or in ours. */
export class Problem extends Error {
  constructor({ code, title, status = 0, detail = "", advice = "", retryAfter = null }) {
    super(title);
    Object.assign(this, { code, title, status, detail, advice, retryAfter });
  }
}

/** Nothing came back: the service is not there, or the line broke. */
export function unreachable() {
  return new Problem({
    code: "unreachable",
    title: "The service does not answer",
    advice: "See whether it is running and reachable from here, then try again.",
  });
}

/** Reads a refusal. Both shapes that the service speaks are understood. */
async function problemOf(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // A proxy in between may have answered in its own words; the status is
    // all that can be relied on then.
  }
  const inner = typeof body.error === "object" && body.error !== null ? body.error : body;
  const after = Number(inner.retry_after ?? response.headers.get("Retry-After"));
  return new Problem({
    code: inner.code ?? `http-${response.status}`,
    title: inner.title ?? inner.message ?? `The service answered ${response.status}`,
    status: response.status,
    detail: inner.detail ?? "",
    advice: inner.advice ?? "",
    retryAfter: Number.isFinite(after) && after > 0 ? after : null,
  });
}

/**
 * Sends a request. The header `Primum-Request` goes with every one: where the
 * service runs without keys, it tells our requests from those that a foreign
 * web page could cause. Throws a `Problem` for everything but success, and
 * lets an abort through.
 */
export async function call(method, path, { body, headers = {}, signal } = {}) {
  const all = { Accept: "application/json", "Primum-Request": "1", ...headers };
  if (key !== null) all.Authorization = `Bearer ${key}`;
  if (body !== undefined) all["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: all,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Sends a request and reads its JSON. */
export async function json(method, path, options) {
  const response = await call(method, path, options);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable();
  }
}

/** A fresh name for a question, so that sending it twice asks it once. */
export function freshName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
