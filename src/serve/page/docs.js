// The page at /docs: a reading of /openapi.json. It knows the parts of OpenAPI
// 3.0 and 3.1 that such a document is made of, and shows the rest as JSON, so
// that nothing in it is hidden.

import { by, fill, h, list } from "./dom.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
let root = {};

/** Follows a reference within the document. */
function resolve(thing) {
  let seen = 0;
  while (thing && typeof thing.$ref === "string" && seen++ < 16) {
    if (!thing.$ref.startsWith("#/")) return {};
    thing = thing.$ref.slice(2).split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce((at, step) => at?.[step], root);
  }
  return thing ?? {};
}

const shapeName = (schema) => /^#\/components\/schemas\/([^/]+)$/.exec(schema?.$ref ?? "")?.[1] ?? null;
const anchor = (...parts) => parts.join("-").replaceAll(/[^\w]+/g, "-").toLowerCase();

/** Words in which backticks mark code, as doc comments have them. */
const marked = (text) => String(text ?? "").split("`").map((part, at) => (at % 2 === 1 ? h("code", {}, part) : part));
const said = (text) => (text ? h("p", { class: "said" }, marked(text)) : null);

/** A type in a few words, with links to named shapes. */
function typeOf(schema) {
  if (schema === true || schema === undefined || schema === null) return "anything";
  const name = shapeName(schema);
  if (name) return h("a", { href: `#${anchor("shape", name)}` }, name);
  if (schema.const !== undefined) return h("code", {}, JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((one, at) => [at > 0 && " | ", h("code", {}, JSON.stringify(one))]);
  for (const way of ["oneOf", "anyOf"]) {
    if (schema[way]) return schema[way].map((one, at) => [at > 0 && " or ", typeOf(one)]);
  }
  if (schema.allOf?.length === 1) return typeOf(schema.allOf[0]);
  const types = list(schema.type);
  if (types.includes("array")) return ["list of ", typeOf(schema.items), types.includes("null") && " or null"];
  const format = schema.format ? ` (${schema.format})` : "";
  if (types.length > 0) return `${types.join(" or ")}${format}`;
  return schema.properties ? "object" : "anything";
}

/** Limits that a schema sets, in words. */
function limits(schema) {
  const told = [];
  if (schema?.minimum !== undefined) told.push(`at least ${schema.minimum}`);
  if (schema?.exclusiveMinimum !== undefined) told.push(`more than ${schema.exclusiveMinimum}`);
  if (schema?.maximum !== undefined) told.push(`at most ${schema.maximum}`);
  if (schema?.minLength !== undefined) told.push(`${schema.minLength} or more characters`);
  if (schema?.maxLength !== undefined) told.push(`up to ${schema.maxLength} characters`);
  if (schema?.minItems !== undefined) told.push(`${schema.minItems} or more entries`);
  if (schema?.maxItems !== undefined) told.push(`up to ${schema.maxItems} entries`);
  if (schema?.pattern !== undefined) told.push(`like ${schema.pattern}`);
  if (schema?.default !== undefined && schema.default !== null) told.push(`by default ${JSON.stringify(schema.default)}`);
  return told.join(", ");
}

/** One name with its type, what it means, and its own fields where it has any. */
function field(name, schema, required, description, depth) {
  const more = limits(schema);
  return h("li", {},
    h("p", {}, h("code", { class: "fname" }, name), " ", h("span", { class: "ftype" }, typeOf(schema)), required && [" ", h("span", { class: "must" }, "required")], more && h("span", { class: "ftype" }, `; ${more}`)),
    said(description ?? schema?.description),
    shapeName(schema) ? null : fields(schema, depth + 1));
}

/** The fields within a schema, named shapes not opened again. */
function fields(schema, depth = 0) {
  if (!schema || typeof schema !== "object" || depth > 6) return null;
  const inner = list(schema.type).includes("array") ? schema.items : schema;
  if (!inner || shapeName(inner)) return null;
  const must = new Set(inner.required ?? []);
  const rows = Object.entries(inner.properties ?? {}).map(([name, one]) => field(name, one, must.has(name), null, depth));
  if (inner.additionalProperties && typeof inner.additionalProperties === "object") {
    rows.push(field("any name", inner.additionalProperties, false, null, depth));
  }
  const ways = ["oneOf", "anyOf", "allOf"].flatMap((way) => inner[way] ?? [])
    .filter((one) => !shapeName(one) && (one.properties || one.description))
    .map((one) => h("li", {}, said(one.description), one.properties && fields(one, depth + 1)));
  return rows.length + ways.length > 0 ? h("ul", { class: "fields" }, rows, ways) : null;
}

/** Examples of a media type, a shape or a parameter. */
function examples(thing) {
  const found = [thing?.example, ...Object.values(thing?.examples ?? {}).map((one) => one?.value ?? one)].filter((one) => one !== undefined);
  return found.map((one) => h("pre", { tabindex: "0", role: "region", "aria-label": "Example" }, typeof one === "string" ? one : JSON.stringify(one, null, 2)));
}

/** The bodies of a request or a response. */
const bodies = (content) => Object.entries(content ?? {}).map(([type, media]) => [
  h("p", {}, h("code", {}, type), " ", h("span", { class: "ftype" }, typeOf(media.schema))),
  fields(media.schema),
  examples(media),
]);

function parameters(all) {
  if (all.length === 0) return null;
  return [h("h4", {}, "Parameters"), h("ul", { class: "fields" }, all.map((raw) => {
    const one = resolve(raw);
    return field(one.name, one.schema, one.required, [one.in && `In the ${one.in}.`, one.description].filter(Boolean).join(" "), 0);
  }))];
}

function operation(path, method, spec, shared) {
  const id = anchor(method, path);
  const body = resolve(spec.requestBody);
  // An empty list of needs means that none is needed; no list means the document's own.
  const needs = spec.security ?? root.security ?? [];
  const answers = Object.entries(spec.responses ?? {});
  const problems = answers.filter(([status]) => isProblem(status));
  return h("section", { class: "operation", "aria-labelledby": id },
    h("h3", { id }, h("span", { class: `method ${method}` }, method.toUpperCase()), " ", h("span", { class: "path" }, path)),
    spec.summary && h("p", { class: "summary" }, spec.summary),
    said(spec.description),
    h("p", { class: "note" }, needs.length === 0 ? "Needs no key." : spec["x-scope"] ? `Needs a key with the scope ${spec["x-scope"]}.` : `Needs: ${needs.map((one) => Object.entries(one).map(([name, scopes]) => [name, ...scopes].join(" ")).join(" and ") || "nothing").join(", or ")}.`),
    parameters([...shared, ...(spec.parameters ?? [])]),
    body.content && [h("h4", {}, "Body"), said(body.description), bodies(body.content)],
    h("h4", {}, "Responses"),
    h("ul", { class: "fields" }, answers.filter(([status]) => !isProblem(status)).map(response)),
    problems.length > 0 && h("details", {},
      h("summary", {}, "Problems ", h("span", { class: "quiet" }, problems.map(([status]) => status).join(", "))),
      h("ul", { class: "fields" }, problems.map(response))));
}

const isProblem = (status) => /^[45]/.test(status);

/** One response. Bodies of a single named shape stand on its line. */
function response([status, raw]) {
  const one = resolve(raw);
  const headers = Object.entries(one.headers ?? {});
  const content = Object.entries(one.content ?? {});
  const short = content.length === 1 && shapeName(content[0][1].schema) && !content[0][1].example && !content[0][1].examples;
  return h("li", {},
    h("p", {}, h("span", { class: "status" }, status), " ", marked(one.description), short && h("span", { class: "ftype" }, " ", typeOf(content[0][1].schema), " as ", h("code", {}, content[0][0]))),
    headers.map(([name, header]) => h("p", { class: "note" }, "Header ", h("code", {}, name), " ", marked(resolve(header).description))),
    !short && bodies(one.content));
}

function shape(name, schema) {
  const id = anchor("shape", name);
  return h("details", { class: "shape", id },
    h("summary", {}, h("h3", {}, name), h("span", { class: "quiet" }, " ", marked(String(schema.description ?? "").split(/(?<=[.:?!])\s/, 1)[0]))),
    said(schema.description),
    !schema.properties && h("p", { class: "ftype" }, typeOf(schema)),
    limits(schema) && h("p", { class: "ftype" }, limits(schema)),
    fields(schema), examples(schema));
}

function show() {
  const operations = Object.entries(root.paths ?? {}).flatMap(([path, raw]) => {
    const item = resolve(raw);
    return METHODS.filter((method) => item[method]).map((method) => [path, method, item[method], item.parameters ?? []]);
  });
  const shapes = Object.entries(root.components?.schemas ?? {});
  fill(by("title"), root.info?.title ?? "The API", root.info?.version && h("span", { class: "quiet" }, ` ${root.info.version}`));
  fill(by("intro"), said(root.info?.description));
  fill(by("contents"),
    h("div", {}, h("h2", {}, "Operations"), h("ul", {}, operations.map(([path, method, spec]) => h("li", {},
      h("a", { href: `#${anchor(method, path)}` }, h("span", { class: `method ${method}` }, method.toUpperCase()), " ", h("code", {}, path)),
      spec.summary && h("span", { class: "quiet" }, ` ${spec.summary}`))))),
    shapes.length > 0 && h("div", {}, h("h2", {}, "Shapes"), h("ul", { class: "shapes" }, shapes.map(([name]) => h("li", {}, h("a", { href: `#${anchor("shape", name)}` }, name))))));
  fill(by("operations"),
    h("h2", { class: "main-title" }, "Operations"), operations.map((one) => operation(...one)),
    shapes.length > 0 && [h("h2", { class: "main-title" }, "Shapes"), shapes.map(([name, schema]) => shape(name, schema))]);
  // The place that the address names was not there when the page came.
  reach();
}

/** Opens what the address names, and goes there. */
function reach() {
  const target = by(location.hash.slice(1));
  if (!target) return;
  if (target.localName === "details") target.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", reach);
// A link to where the address points already changes no address.
addEventListener("click", (event) => {
  if (event.target.closest?.("a")?.hash === location.hash && location.hash) reach();
});

try {
  const response = await fetch("/openapi.json", { headers: { "Primum-Request": "1" }, credentials: "omit" });
  if (!response.ok) throw new Error(`status ${response.status}`);
  root = await response.json();
  show();
} catch (error) {
  fill(by("operations"), h("div", { class: "problem", role: "alert" }, h("p", { class: "word" }, "The description could not be read"), h("p", {}, String(error.message)), h("p", {}, "Load the page again, or read openapi.json itself.")));
}
