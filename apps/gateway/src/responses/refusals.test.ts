import { request as httpRequest } from "node:http";
import { createInMemoryEventLog } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { post, startTestGateway } from "../gateway.test.support.ts";
import { parseConversationId, parseResponseId } from "./response-id.ts";

const hello = { model: "plain", input: "Hi" };

/** Bodies that are refused, with what the error says. */
const refused: readonly (readonly [title: string, body: unknown, error: object])[] = [
  ["malformed JSON", '{"model": "plain", "input"', { code: "invalid_json", param: null }],
  ["an empty body", "", { code: "missing_body" }],
  ["invalid UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), { code: "invalid_unicode" }],
  ["a body that is no object", [1], { code: "invalid_type" }],
  ["no model", { input: "Hi" }, { code: "missing_required_parameter", param: "model" }],
  ["no input", { model: "plain" }, { code: "missing_required_parameter", param: "input" }],
  ["a wrong type", { ...hello, temperature: "hot" }, { code: "invalid_type", param: "temperature" }],
  ["a number out of bounds", { ...hello, temperature: 3 }, { code: "decimal_above_max_value", param: "temperature" }],
  ["an unlisted value", { ...hello, truncation: "some" }, { code: "invalid_value", param: "truncation" }],
  ["an unknown field", { ...hello, foo: 1 }, { code: "unknown_parameter", param: "foo" }],
  ["an unknown inner field", { ...hello, text: { foo: 1 } }, { code: "unknown_parameter", param: "text.foo" }],
  ["input of a wrong type", { ...hello, input: 5 }, { code: "invalid_type", param: "input" }],
  ["an empty input", { ...hello, input: [] }, { code: "invalid_value", param: "input" }],
  ["an item that is no object", { ...hello, input: ["Hi"] }, { code: "invalid_type", param: "input[0]" }],
  [
    "an item of an unknown type",
    { ...hello, input: [{ type: "telepathy" }] },
    { code: "invalid_value", param: "input[0].type" },
  ],
  [
    "an item without type and role",
    { ...hello, input: [{ content: "Hi" }] },
    { code: "missing_required_parameter", param: "input[0].type" },
  ],
  [
    "a message of an unknown role",
    { ...hello, input: [{ role: "robot", content: "Hi" }] },
    { code: "invalid_value", param: "input[0].role" },
  ],
  [
    "a message without content",
    { ...hello, input: [{ role: "user" }] },
    { code: "missing_required_parameter", param: "input[0].content" },
  ],
  [
    "content of a wrong type",
    { ...hello, input: [{ role: "user", content: 5 }] },
    { code: "invalid_type", param: "input[0].content" },
  ],
  [
    "a content part of an unknown type",
    { ...hello, input: [{ role: "user", content: [{ type: "smell" }] }] },
    { code: "invalid_value", param: "input[0].content[0].type" },
  ],
  [
    "a content part without text",
    { ...hello, input: [{ role: "user", content: [{ type: "input_text" }] }] },
    { code: "missing_required_parameter", param: "input[0].content[0].text" },
  ],
  [
    "an unknown field of an item",
    { ...hello, input: [{ role: "user", content: "Hi", mood: "good" }] },
    { code: "unknown_parameter", param: "input[0].mood" },
  ],
  [
    "a reference to an item",
    { ...hello, input: [{ type: "item_reference", id: "msg_1" }] },
    { code: "invalid_value", param: "input[0].type" },
  ],
  [
    "a call without its output",
    { ...hello, input: [{ type: "function_call", call_id: "c1", name: "f", arguments: "{}" }] },
    { code: "input_item_unpaired", param: "input[0].call_id" },
  ],
  [
    "an output without its call",
    { ...hello, input: [{ type: "function_call_output", call_id: "c1", output: "1" }] },
    { code: "input_item_unpaired", param: "input[0].call_id" },
  ],
  [
    "an output that comes twice, counted in the places of the request",
    {
      ...hello,
      input: [
        { type: "mcp_call", id: "m1", server_label: "agentkit", name: "add", arguments: "{}", output: "1" },
        { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "c1", output: "1" },
        { type: "function_call_output", call_id: "c1", output: "1" },
      ],
    },
    { code: "input_item_unpaired", param: "input[3].call_id" },
  ],
  ["half of a surrogate pair", '{"model":"plain","input":"\\ud800"}', { code: "invalid_value", param: "input" }],
  ["a number too large", '{"model":"plain","input":"Hi","temperature":1e999}', { param: "temperature" }],
  [
    "nesting without end",
    `{"model":"plain","input":"Hi","tools":${"[".repeat(5000)}${"]".repeat(5000)}}`,
    { code: "invalid_value" },
  ],
  [
    "a hosted tool",
    { ...hello, tools: [{ type: "web_search" }] },
    { code: "unsupported_tool", param: "tools[0].type" },
  ],
  ["an unknown tool", { ...hello, tools: [{ type: "magic" }] }, { code: "invalid_value", param: "tools[0].type" }],
  [
    "a function whose name is no name",
    { ...hello, tools: [{ type: "function", name: "a b", parameters: null, strict: false }] },
    { param: "tools[0].name" },
  ],
  [
    "a function that is loaded later",
    { ...hello, tools: [{ type: "function", name: "f", defer_loading: true }] },
    { code: "unsupported_parameter", param: "tools[0].defer_loading" },
  ],
  [
    "two functions of one name",
    {
      ...hello,
      tools: [
        { type: "function", name: "f" },
        { type: "function", name: "f" },
      ],
    },
    { param: "tools[1].name" },
  ],
  [
    "a function with the name of the agent's own tool",
    { ...hello, model: "adder", tools: [{ type: "function", name: "add" }] },
    { param: "tools[0].name" },
  ],
  [
    "a choice of a function that is not there",
    { ...hello, tools: [{ type: "function", name: "f" }], tool_choice: { type: "function", name: "g" } },
    { code: "invalid_value", param: "tool_choice" },
  ],
  [
    "a choice of a function that neither the agent nor the request has",
    { ...hello, model: "adder", tool_choice: { type: "function", name: "g" } },
    { code: "invalid_value", param: "tool_choice" },
  ],
  [
    "a choice among functions of which one is not there",
    {
      ...hello,
      tools: [{ type: "function", name: "f" }],
      tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "f" }, { type: "mcp" }] },
    },
    { code: "invalid_value", param: "tool_choice.tools[1]" },
  ],
  [
    "a choice that needs a tool where there is none",
    { ...hello, tool_choice: "required" },
    { code: "invalid_value", param: "tool_choice" },
  ],
  [
    "a long key of metadata",
    { ...hello, metadata: { ["k".repeat(65)]: "v" } },
    {
      code: "invalid_value",
      param: "metadata",
      message: "Invalid key in 'metadata': a key has at most 64 characters.",
    },
  ],
  ["a background response", { ...hello, background: true }, { code: "unsupported_parameter", param: "background" }],
  ["a stored prompt", { ...hello, prompt: { id: "p" } }, { code: "unsupported_parameter", param: "prompt" }],
  [
    "17 keys of metadata",
    { ...hello, metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, "v"])) },
    { param: "metadata" },
  ],
  ["a long value of metadata", { ...hello, metadata: { k: "v".repeat(513) } }, { param: "metadata.k" }],
  [
    "both ways to go on",
    { ...hello, conversation: "conv_a", previous_response_id: "resp_a_b" },
    { code: "mutually_exclusive_parameters", param: "previous_response_id" },
  ],
  ["an unknown model", { ...hello, model: "gpt-0" }, { code: "model_not_found", param: "model" }],
  [
    "an unknown previous response",
    { ...hello, previous_response_id: `resp_x_${"0".repeat(24)}` },
    { code: "previous_response_not_found", param: "previous_response_id" },
  ],
  [
    "a previous response id that is none",
    { ...hello, previous_response_id: "resp-1; drop table" },
    { code: "previous_response_not_found", param: "previous_response_id" },
  ],
];

describe("POST /v1/responses", () => {
  it.each(refused)("refuses %s, and writes nothing", async (_, body, error) => {
    await using test = await startTestGateway({ model: scriptedModel([]) });
    const answer = await post(test, body);
    const shown: unknown = await answer.json();
    expect(shown).toMatchObject({ error: { type: "invalid_request_error", ...error } });
    expect(answer.status).toBe(400);
    expect(await test.countEvents()).toBe(0);
  });

  it("accepts what says nothing: nulls, and false for what is not served", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ text: "Hi." }]) });
    const nothing = ["instructions", "metadata", "previous_response_id", "store", "stream", "temperature", "tools"];
    const body = {
      ...hello,
      background: false,
      prompt: null,
      ...Object.fromEntries(nothing.map((name) => [name, null])),
    };
    expect((await post(test, body)).status).toBe(200);
  });

  it("refuses another content type", async () => {
    await using test = await startTestGateway({ model: scriptedModel([]) });
    const answer = await post(test, JSON.stringify(hello), { headers: { "content-type": "text/plain" } });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: "unsupported_content_type" } });
  });

  it("refuses a body over the limit, whether its length is announced or not", async () => {
    await using test = await startTestGateway({ model: scriptedModel([]), maxBodyBytes: 1_000 });
    const large = JSON.stringify({ ...hello, input: "x".repeat(2_000) });
    const announced = await post(test, large);
    expect(announced.status).toBe(413);
    expect(await announced.json()).toMatchObject({ error: { code: "request_too_large" } });
    expect(announced.headers.get("connection")).toBe("close");
    expect(await postInChunks(`${test.url}/v1/responses`, large)).toEqual({ status: 413, connection: "close" });
    expect(await test.countEvents()).toBe(0);
  });

  it("refuses an unknown conversation with 404 and a busy one with 409", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ stall: true }]) });
    await expect(test.client.responses.create({ ...hello, conversation: "conv_unknown" })).rejects.toMatchObject({
      status: 404,
      param: "conversation",
    });
    const { id } = await test.client.conversations.create();
    const stream = await test.client.responses.create({ ...hello, conversation: id, stream: true });
    await expect(test.client.responses.create({ ...hello, conversation: id })).rejects.toMatchObject({
      status: 409,
      code: "conversation_locked",
      param: "conversation",
      headers: named(parseConversationId(id)),
    });
    stream.controller.abort();
  });

  it("names the conversation also where another request came first only by a moment", async () => {
    const log = createInMemoryEventLog();
    await using test = await startTestGateway({ model: scriptedModel([{ text: "Hi." }]), log });
    const { id } = await test.client.conversations.create();
    const session = parseConversationId(id) ?? "";
    const append = log.append.bind(log);
    log.append = async (...appended) => {
      log.append = append;
      await test.kit.run({ agent: "plain", input: "First.", session });
      return append(...appended);
    };
    await expect(test.client.responses.create({ ...hello, conversation: id })).rejects.toMatchObject({
      status: 409,
      code: "conversation_locked",
      param: "conversation",
      headers: named(session),
    });
  });

  it("needs the outputs of the functions that the caller was asked to run, also behind a fork", async () => {
    const call = { calls: [{ name: "weather", arguments: {}, id: "call_w" }] };
    await using test = await startTestGateway({ model: scriptedModel([call, { text: "Cold." }]) });
    const tools = [{ type: "function" as const, name: "weather", parameters: null, strict: false }];
    const first = await test.client.responses.create({ ...hello, tools });
    const output = { type: "function_call_output" as const, call_id: "call_w", output: "-5" };
    const onward = { model: "plain", tools, previous_response_id: first.id };
    const before = await test.countEvents();
    await expect(test.client.responses.create({ ...onward, input: "Well?" })).rejects.toMatchObject({
      status: 400,
      param: "input",
    });
    expect(await test.countEvents()).toBe(before);
    await test.client.responses.create({ ...onward, input: [output] });
    const after = await test.countEvents();
    await expect(test.client.responses.create({ ...onward, input: "Well?" })).rejects.toMatchObject({
      status: 400,
      headers: named(parseResponseId(first.id)?.session),
    });
    expect(await test.countEvents()).toBe(after);
  });

  it("names the field in the words of the API", async () => {
    await using test = await startTestGateway({ model: scriptedModel([]) });
    await expect(test.client.post("/responses", { body: { ...hello, foo: 1 } })).rejects.toMatchObject({
      status: 400,
      param: "foo",
      error: { message: "Unknown parameter: 'foo'." },
    });
  });
});

/** Headers that name a session. */
function named(session: string | undefined): unknown {
  return expect.toSatisfy((headers: Headers) => headers.get("x-agentkit-session") === session);
}

interface Answered {
  readonly status: number | undefined;
  readonly connection: string | undefined;
}

/** Posts a body whose length is not announced; the status of the answer, and what becomes of the connection. */
async function postInChunks(url: string, body: string): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const outgoing = httpRequest(url, { method: "POST", headers: { "content-type": "application/json" } }, (answer) => {
    answer.resume();
    resolve({ status: answer.statusCode, connection: answer.headers.connection });
  });
  outgoing.on("error", reject);
  outgoing.write(body.slice(0, 500));
  outgoing.end(body.slice(500));
  return promise;
}
