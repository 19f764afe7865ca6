// The official OpenAI SDK for JavaScript, unchanged, against the service.
import { readFileSync } from "node:fs";
import OpenAI from "openai";

const { PRIMUM_URL, PRIMUM_KEY, PRIMUM_PANEL, PRIMUM_PANEL_AWAY, PRIMUM_CASES } = process.env;
const first = readFileSync(`${PRIMUM_CASES}/items.jsonl`, "utf-8").split("\n")[0];
const question = JSON.parse(first).prompt;
let failed = 0;

function check(what, holds, seen = "") {
  if (!holds) failed += 1;
  console.log(holds ? `ok   ${what}` : `FAIL ${what}: ${String(seen).slice(0, 600)}`);
}

function checkText(face, text) {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("["));
  const opening = end < 0 ? lines : lines.slice(0, end);
  const says = (word) => opening.some((line) => line.includes(word));
  check(`${face}: opens with the state lines`, says("NOT RELEASED"), text);
  check(`${face}: says SIMULATED`, says("SIMULATED"), text);
  check(`${face}: has a numbered plan`, text.includes("\n1. "), text);
}

async function rejects(what, kinds, ask) {
  try {
    check(what, false, JSON.stringify(await ask()));
  } catch (error) {
    check(what, kinds.some((kind) => error instanceof kind), error);
    return error;
  }
}

const open = (apiKey) => new OpenAI({ baseURL: `${PRIMUM_URL}/v1`, apiKey, maxRetries: 0, timeout: 50_000 });
const client = open(PRIMUM_KEY);
const ask = (who, model, content) =>
  who.chat.completions.create({ model, messages: [{ role: "user", content }] });

const models = [];
for await (const model of client.models.list()) models.push(model.id);
check("models.list names the panel", models.includes(PRIMUM_PANEL), models);
check("models.retrieve gives it", (await client.models.retrieve(PRIMUM_PANEL)).id === PRIMUM_PANEL);

const answer = await ask(client, PRIMUM_PANEL, question);
checkText("chat", answer.choices[0].message.content ?? "");
check("chat: ended with stop", answer.choices[0].finish_reason === "stop");
const { prompt_tokens: asked, completion_tokens: said, total_tokens: all } = answer.usage;
check("chat: usage is summed", all > 0 && all === asked + said, JSON.stringify(answer.usage));

const stream = await client.chat.completions.create({
  model: PRIMUM_PANEL,
  messages: [{ role: "user", content: question }],
  stream: true,
  stream_options: { include_usage: true },
});
let text = "";
const ends = [];
const counts = [];
for await (const chunk of stream) {
  for (const choice of chunk.choices) {
    text += choice.delta.content ?? "";
    if (choice.finish_reason) ends.push(choice.finish_reason);
  }
  if (chunk.usage) counts.push([chunk.choices.length, chunk.usage.total_tokens]);
}
checkText("stream", text);
check("stream: ended with stop, once", ends.join() === "stop", ends);
check(
  "stream: usage once, in a last chunk of its own",
  counts.length === 1 && counts[0][0] === 0 && counts[0][1] > 0,
  JSON.stringify(counts),
);

// A client with nothing set but its address and its key.
const unset = new OpenAI({ baseURL: `${PRIMUM_URL}/v1`, apiKey: PRIMUM_KEY });
const whole = await ask(unset, PRIMUM_PANEL, question);
checkText("default settings, chat", whole.choices[0].message.content ?? "");
const streamed = (model) =>
  unset.chat.completions.create({ model, messages: [{ role: "user", content: question }], stream: true });
const joined = async (chunks) => {
  let all = "";
  for await (const chunk of chunks) for (const choice of chunk.choices) all += choice.delta.content ?? "";
  return all;
};
checkText("default settings, stream", await joined(await streamed(PRIMUM_PANEL)));

// It tries again what failed, unless it is told not to: a consult that came to
// nothing is not bought once more. How many ended is in the service's log.
const ended = () =>
  readFileSync(process.env.PRIMUM_SERVER_LOG, "utf-8")
    .split("\n")
    .filter((line) => line.includes("a consult ended") && line.includes(`panel="${PRIMUM_PANEL_AWAY}"`)).length;
let before = ended();
const none = await rejects("no answer is an InternalServerError", [OpenAI.InternalServerError], () =>
  ask(unset, PRIMUM_PANEL_AWAY, question));
check("no answer has its code", none?.code === "no-answer", none);
check("it was begun once", ended() === before + 1, ended() - before);
before = ended();
await rejects("in a stream it is an APIError", [OpenAI.APIError], async () =>
  joined(await streamed(PRIMUM_PANEL_AWAY)));
check("that was begun once, too", ended() === before + 1, ended() - before);

const stranger = open("primum_wrong_key");
await rejects("a wrong key is an AuthenticationError", [OpenAI.AuthenticationError], () =>
  ask(stranger, PRIMUM_PANEL, question));
await rejects("an unknown model is a NotFoundError", [OpenAI.NotFoundError], () =>
  ask(client, "no-such-panel", question));
await rejects("so it is when retrieved", [OpenAI.NotFoundError], () => client.models.retrieve("no-such-panel"));
const error = await rejects(
  "an empty question is refused",
  [OpenAI.BadRequestError, OpenAI.UnprocessableEntityError],
  () => ask(client, PRIMUM_PANEL, " "),
);
check("an error has a code", Boolean(error?.code), error);
process.exit(failed === 0 ? 0 : 1);
