// The only way in which this page makes elements. Words of models, patients
// and problems become text nodes and nothing else, so that no markup in them
// can ever be read as markup.

/**
 * An element. Attributes that are `false`, `null` or `undefined` are left out,
 * functions are listeners, children are nodes, strings, lists of them, or
 * nothing.
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

/** Puts children at the end of an element. */
export function add(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** Puts children in place of what was in an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  return add(element, children);
}

/** The element of the page with this id. */
export const by = (id) => document.getElementById(id);

/** A list of what is there: `null`, a single value and a list become a list. */
export function list(value) {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Words of a value that the service may give as text or as an object. */
export function words(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  for (const name of ["text", "what", "title", "message", "reason", "name", "id"]) {
    if (typeof value[name] === "string" && value[name] !== "") return value[name];
  }
  return JSON.stringify(value);
}

/** Words as a sentence: the service says its titles and advice without. */
export function sentence(text) {
  const said = words(text).trim();
  if (said === "") return "";
  return said[0].toUpperCase() + said.slice(1) + (/[.!?]$/.test(said) ? "" : ".");
}

/** `1 item`, `2 items`. */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** Seconds for reading: two digits that matter, one decimal below a minute. */
export function seconds(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "";
  if (value < 0.095) return `${Math.round(value * 1000)} ms`;
  return value < 60 ? `${value.toFixed(1)} s` : `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

/** Dollars for reading. */
export function dollars(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "";
  return value >= 1 ? `$${value.toFixed(2)}` : `$${value.toFixed(4)}`;
}

/** A time of the service, in the reader's own zone, and exactly on hover. */
export function when(text) {
  const date = new Date(text);
  if (text === null || text === undefined || Number.isNaN(date.getTime())) return null;
  const shown = date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return h("time", { datetime: date.toISOString(), title: date.toISOString() }, shown);
}
