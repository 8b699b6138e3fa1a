// The JavaScript SDK, unmodified but for address and key (OPENAI_BASE_URL, OPENAI_API_KEY), against the model MODEL.
//
//   SDKS=…/.ci/sdks/node_modules OTHER_KEYS='{"review": …}' node --test clients.mjs

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(`${process.env.SDKS}/`);
const { OpenAI } = require("openai");
const { zodTextFormat } = require("openai/helpers/zod");
const { z } = require("zod");

const model = process.env.MODEL;
const keys = JSON.parse(process.env.OTHER_KEYS ?? "{}");
const client = new OpenAI({ maxRetries: 0, timeout: 30_000 });

const weather = {
  type: "function",
  name: "get_weather",
  description: "The weather somewhere.",
  parameters: {
    type: "object",
    properties: { city: { type: "string" }, days: { type: "integer" } },
    required: ["city", "days"],
    additionalProperties: false,
  },
  strict: true,
};
const time = { type: "function", name: "get_time", parameters: { type: "object", properties: {} }, strict: false };
const python = {
  type: "custom",
  name: "run_python",
  format: { type: "grammar", syntax: "lark", definition: 'start: "print(" /[0-9]+/ ")"' },
};
const words = (count) => Array.from({ length: count }, (_, number) => `word${number}`).join(" ");
const all = async (list) => {
  const found = [];
  for await (const one of list) found.push(one);
  return found;
};
const ended = async (response) => {
  while (["queued", "in_progress"].includes(response.status)) {
    await new Promise((done) => setTimeout(done, 50));
    response = await client.responses.retrieve(response.id);
  }
  return response;
};

test("an answer", async () => {
  const made = await client.responses.create({ model, input: "hello", instructions: "Be kind.", metadata: { for: "tests" } });
  assert.match(made.id, /^resp_/);
  assert.equal(made.output_text, "You said: hello (1)");
  assert.equal(made.status, "completed");
  assert.deepEqual(made.metadata, { for: "tests" });
  assert.equal(made.usage.total_tokens, made.usage.input_tokens + made.usage.output_tokens);
  assert.ok(made._request_id);
});

test("a stream", async () => {
  const events = await all(await client.responses.create({ model, input: "[long 40]", stream: true }));
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, number) => number));
  assert.equal(events[0].type, "response.created");
  const said = events.filter((event) => event.type === "response.output_text.delta").map((event) => event.delta).join("");
  assert.equal(said, words(40));
  assert.equal(events.at(-1).type, "response.completed");
});

test("the stream helper", async () => {
  const stream = client.responses.stream({ model, input: "hello" });
  let said = "";
  stream.on("response.output_text.delta", (event) => (said += event.delta));
  const final = await stream.finalResponse();
  assert.equal(final.output_text, "You said: hello (1)");
  assert.equal(said, final.output_text);
});

test("what must follow a schema", async () => {
  const plan = z.object({ name: z.string(), steps: z.array(z.object({ title: z.string(), minutes: z.number().int() })) });
  const parsed = await client.responses.parse({ model, input: "Plan it.", text: { format: zodTextFormat(plan, "plan") } });
  assert.deepEqual(parsed.output_parsed, { name: "some name", steps: [{ title: "some title", minutes: 7 }] });
});

test("an image", async () => {
  const content = [
    { type: "input_text", text: "What is this?" },
    { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "auto" },
  ];
  const made = await client.responses.create({ model, input: [{ role: "user", content }] });
  assert.equal(made.output_text, "I see image/png of 8 bytes.");
});

test("tools: the loop", async () => {
  const first = await client.responses.create({ model, input: "Both. [all]", tools: [weather, time] });
  const calls = first.output.filter((item) => item.type === "function_call");
  assert.deepEqual(calls.map((call) => call.name), ["get_weather", "get_time"]);
  assert.deepEqual(JSON.parse(calls[0].arguments), { city: "some city", days: 7 });
  const told = calls.map((call) => ({ type: "function_call_output", call_id: call.call_id, output: `${call.name} done` }));
  const second = await client.responses.create({ model, input: told, tools: [weather, time], previous_response_id: first.id });
  assert.equal(second.output_text, "The tools said: get_weather done | get_time done");
});

test("tools: state kept by the client, with reasoning", async () => {
  const input = [{ role: "user", content: "How is it?" }];
  const more = { reasoning: { effort: "low", summary: "auto" }, include: ["reasoning.encrypted_content"], store: false };
  const first = await client.responses.create({ model, input, tools: [weather], ...more });
  assert.equal(first.output[0].type, "reasoning");
  assert.ok(first.output[0].encrypted_content);
  const call = first.output.at(-1);
  input.push(...first.output, { type: "function_call_output", call_id: call.call_id, output: "sunny" });
  const second = await client.responses.create({ model, input, tools: [weather], ...more });
  assert.equal(second.output_text, "The tools said: sunny");
});

test("tools: free of form", async () => {
  const events = await all(await client.responses.create({ model, input: "Compute.", tools: [python], stream: true }));
  const said = events.filter((event) => event.type === "response.custom_tool_call_input.delta").map((event) => event.delta);
  assert.equal(said.join(""), "print(42)");
  const made = events.at(-1).response;
  const output = { type: "custom_tool_call_output", call_id: made.output.at(-1).call_id, output: "42" };
  const second = await client.responses.create({ model, input: [output], tools: [python], previous_response_id: made.id });
  assert.equal(second.output_text, "The tools said: 42");
});

test("the background, polled", async () => {
  const begun = await client.responses.create({ model, input: "hello", background: true });
  assert.ok(["queued", "in_progress"].includes(begun.status));
  const done = await ended(begun);
  assert.equal(done.status, "completed");
  assert.equal(done.output_text, "You said: hello (1)");
});

test("the background, taken up again in mid-stream", async () => {
  const seen = [];
  const stream = await client.responses.create({ model, input: "[slow] [long 30]", background: true, stream: true });
  for await (const event of stream) {
    seen.push(event);
    if (event.type === "response.output_text.delta") break;
  }
  const id = seen[0].response.id;
  const rest = await client.responses.retrieve(id, { stream: true, starting_after: seen.at(-1).sequence_number });
  seen.push(...(await all(rest)));
  assert.deepEqual(seen.map((event) => event.sequence_number), seen.map((_, number) => number));
  assert.equal(seen.at(-1).response.output_text ?? seen.at(-1).response.output[0].content[0].text, words(30));
});

test("cancelled", async () => {
  const begun = await client.responses.create({ model, input: "[slow] [long 4000]", background: true });
  assert.equal((await client.responses.cancel(begun.id)).status, "cancelled");
  assert.equal((await client.responses.retrieve(begun.id)).status, "cancelled");
});

test("a stream that its client leaves", async () => {
  const stream = await client.responses.create({ model, input: "[slow] [long 4000]", stream: true });
  for await (const event of stream) if (event.type === "response.output_text.delta") break;
  stream.controller.abort();
});

test("retrieve, input items, delete", async () => {
  const input = Array.from({ length: 5 }, (_, number) => ({ role: "user", content: `number ${number}` }));
  const made = await client.responses.create({ model, input });
  assert.deepEqual((await client.responses.retrieve(made.id)).output, made.output);
  const items = await all(client.responses.inputItems.list(made.id, { limit: 2, order: "asc" }));
  assert.deepEqual(items.map((item) => item.content[0].text), input.map((item) => item.content));
  await client.responses.delete(made.id);
  await assert.rejects(client.responses.retrieve(made.id), OpenAI.NotFoundError);
});

test("conversations", async () => {
  const conversation = await client.conversations.create({ metadata: { a: "b" } });
  for (const number of [1, 2]) {
    const made = await client.responses.create({ model, input: `number ${number}`, conversation: conversation.id });
    assert.equal(made.output_text, `You said: number ${number} (${number})`);
  }
  await client.conversations.items.create(conversation.id, { items: [{ type: "message", role: "user", content: "more" }] });
  const items = await all(client.conversations.items.list(conversation.id, { order: "asc", limit: 2 }));
  assert.deepEqual(items.map((item) => item.role), ["user", "assistant", "user", "assistant", "user"]);
  await client.conversations.items.delete(items[0].id, { conversation_id: conversation.id });
  assert.deepEqual((await client.conversations.update(conversation.id, { metadata: { x: "y" } })).metadata, { x: "y" });
  assert.equal((await client.conversations.delete(conversation.id)).deleted, true);
  await assert.rejects(client.conversations.retrieve(conversation.id), OpenAI.NotFoundError);
});

test("compact and count", async () => {
  const input = [{ role: "user", content: "We launch on Tuesday." }, { role: "assistant", content: "Understood." }];
  const shorter = await client.responses.compact({ model, input });
  assert.equal(shorter.object, "response.compaction");
  assert.equal(shorter.output.at(-1).type, "compaction");
  const made = await client.responses.create({ model, input: [...shorter.output, { role: "user", content: "When?" }] });
  assert.match(made.output_text, /^You said: When\?/);
  const counted = await client.responses.inputTokens.count({ model, input: "hello" });
  assert.ok(counted.input_tokens > 0);
});

test("models", async () => {
  const listed = (await all(client.models.list())).map((one) => one.id);
  for (const name of ["fast", "deep", model]) assert.ok(listed.includes(name), name);
  assert.equal((await client.models.retrieve(model)).id, model);
});

test("errors are of the right class", async () => {
  await assert.rejects(client.responses.create({ input: "x" }), OpenAI.BadRequestError);
  await assert.rejects(client.responses.create({ model: "no/such", input: "x" }), OpenAI.NotFoundError);
  await assert.rejects(client.responses.retrieve("resp_none"), OpenAI.NotFoundError);
  await assert.rejects(client.responses.create({ model, input: "[refuse 500]" }), OpenAI.InternalServerError);
  await assert.rejects(client.responses.create({ model, input: "[refuse 429]" }), OpenAI.RateLimitError);
  const nobody = new OpenAI({ apiKey: "pw_wrong", maxRetries: 0 });
  await assert.rejects(nobody.responses.create({ model, input: "x" }), OpenAI.AuthenticationError);
  const reviewer = new OpenAI({ apiKey: keys.review, maxRetries: 0 });
  await assert.rejects(reviewer.responses.create({ model, input: "x" }), OpenAI.PermissionDeniedError);
});

test("a stream that breaks off ends in response.failed", async () => {
  const events = await all(await client.responses.create({ model, input: "[cut]", stream: true }));
  assert.equal(events.at(-1).type, "response.failed");
  assert.ok(events.at(-1).response.error.message);
});

test("busy is tried again by the SDK", async () => {
  const patient = new OpenAI({ maxRetries: 2 });
  const made = await patient.responses.create({ model, input: `[busy] javascript ${model}` });
  assert.equal(made.status, "completed");
});
test("the WebSocket", async () => {
  const { ResponsesWS } = require("openai/resources/responses/ws");
  const socket = new ResponsesWS(client);
  const done = new Promise((resolve, reject) => {
    socket.on("response.completed", resolve);
    socket.on("error", reject);
  });
  socket.send({ type: "response.create", model, input: "hello" });
  const event = await done;
  assert.equal(event.response.output[0].content[0].text, "You said: hello (1)");
  socket.close();
});
