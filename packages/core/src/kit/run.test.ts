import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import type { AgentDefinition } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import type { Tool } from "../agent/tool.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { Item } from "../model/items.ts";
import type { FunctionTool, Model, ModelResponse } from "../model/model.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";
import { createAgentKit } from "./create-agent-kit.ts";
import type { RunOptions } from "./run-options.ts";
import { checkSession, readEvents, readTypes, testKit } from "./session-harness.test.support.ts";

const add = defineTool({
  name: "add",
  description: "Adds two numbers.",
  input: z.object({ a: z.number(), b: z.number() }),
  sideEffects: "none",
  run: ({ a, b }) => a + b,
});

const shout: FunctionTool = {
  type: "function",
  name: "shout",
  description: "Shouts.",
  parameters: { type: "object", properties: {} },
  strict: false,
};

function setUp(script: readonly ScriptedAnswer[], definition: Partial<AgentDefinition> = {}) {
  const log = createInMemoryEventLog();
  const model = scriptedModel(script);
  const agents = [defineAgent({ name: "assistant", model: "scripted", tools: [add], ...definition })];
  const kit = testKit({ log, model, agents });
  return { log, model, agents, kit, check: async (session: string) => checkSession(kit, { log, agents }, session) };
}

/** Answers every request with the same response, as a server that gets it wrong. */
function answering(response: unknown): Model {
  return {
    description: "a server",
    async *stream() {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server's bytes are not what the types say
      yield { type: "completed", response: response as ModelResponse };
    },
  };
}

/** What a caller without types may send. */
function foreign(items: unknown): RunOptions {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the point of it
  return { input: items as readonly Item[] };
}

function lateAgent(name: string) {
  return name === "late" ? defineAgent({ name, model: "late" }) : undefined;
}

describe("run", () => {
  it("answers a text and records every step of it", async () => {
    const { kit, log, model, check } = setUp([{ text: "Hello, Ada." }], { instructions: "Greet." });
    const result = await kit.run({ input: "I am Ada.", session: "s" });
    expect(result).toMatchObject({ session: "s", outcome: "completed", text: "Hello, Ada.", waiting: [], calls: [] });
    expect(result.usage).toMatchObject({ uncachedInputTokens: 10, outputTokens: 5 });
    expect(await readTypes(log, "s")).toEqual([
      "SessionStarted",
      "RunStarted",
      "PromptReceived",
      "ContextAssembled",
      "ModelCallStarted",
      "ModelCallCompleted",
      "RunCompleted",
    ]);
    expect(model.requests).toMatchObject([{ model: "scripted", instructions: "Greet." }]);
    expect(await check("s")).toMatchObject({ status: "identical", events: 7, decisions: 3, runs: 1, modelCalls: 1 });
  });

  it("carries the conversation on, by request and by result", async () => {
    const { kit, model, check } = setUp([{ text: "One." }, { text: "Two." }]);
    const { run } = await kit.run({ input: "First", session: "s" });
    await kit.run({ input: "Second", session: "s" });
    expect(model.requests[1]?.input.map((item) => item["role"])).toEqual(["user", "assistant", "user"]);
    expect(await kit.result("s", run)).toMatchObject({ outcome: "completed", text: "One." });
    expect(await check("s")).toMatchObject({ runs: 2 });
  });

  it("runs parallel calls side by side and gives the model their outputs", async () => {
    const calls = [
      { name: "add", arguments: { a: 1, b: 2 }, id: "c1" },
      { name: "add", arguments: { a: 3, b: 4 }, id: "c2" },
    ];
    const { kit, log, model, check } = setUp([{ calls }, { text: "3 and 7." }]);
    expect(await kit.run({ input: "Add", session: "s" })).toMatchObject({ outcome: "completed", text: "3 and 7." });
    expect(model.requests[1]?.input.slice(3)).toEqual([
      { type: "function_call_output", call_id: "c1", output: "3" },
      { type: "function_call_output", call_id: "c2", output: "7" },
    ]);
    const started = (await readEvents(log, "s")).filter((event) => event.type === "ToolCallStarted");
    expect(new Set(started.map((event) => event.data.idempotencyKey)).size).toBe(2);
    await check("s");
  });

  it("gives calls of different answers different idempotency keys, although the model numbers them anew", async () => {
    const calls = [1, 2].map((a) => ({ calls: [{ name: "add", arguments: { a, b: 0 }, id: "call_0" }] }));
    const { kit, log, model, check } = setUp([...calls, { text: "Done." }]);
    await kit.run({ input: "Add", session: "s" });
    const started = (await readEvents(log, "s")).filter((event) => event.type === "ToolCallStarted");
    expect(new Set(started.map((event) => event.data.idempotencyKey)).size).toBe(2);
    expect(model.requests[2]?.input.filter((item) => item.type === "function_call_output")).toMatchObject([
      { output: "1" },
      { output: "2" },
    ]);
    await check("s");
  });

  it.each([
    ["arguments that are no JSON", { name: "add", arguments: "{" }, /no valid JSON/],
    ["arguments that the schema refuses", { name: "add", arguments: { a: "1", b: 2 } }, /expected number/],
    ["a tool that does not exist", { name: "subtract", arguments: {} }, /There is no tool 'subtract'. Tools: add/],
  ])("tells the model of %s", async (_name, call, message) => {
    const { kit, log, model, check } = setUp([{ calls: [call] }, { text: "Sorry." }]);
    expect(await kit.run({ input: "Add", session: "s" })).toMatchObject({ outcome: "completed", text: "Sorry." });
    expect(await readTypes(log, "s")).toContain("ToolCallDenied");
    expect(model.requests[1]?.input.at(-1)?.["output"]).toMatch(message);
    await check("s");
  });

  it("takes a schema that throws for one that refuses", async () => {
    const parsing = z.string().transform((): string => {
      throw new Error("no");
    });
    const fussy = defineTool({
      name: "fussy",
      description: "Fusses.",
      input: z.object({ text: parsing }),
      run: () => "never",
    });
    const script = [{ calls: [{ name: "fussy", arguments: { text: "x" } }] }, { text: "Sorry." }];
    const { kit, model, check } = setUp(script, { tools: [fussy] });
    expect(await kit.run({ input: "Go", session: "s" })).toMatchObject({ outcome: "completed" });
    expect(model.requests[1]?.input.at(-1)?.["output"]).toMatch(/not accepted/);
    await check("s");
  });

  it.each<[string, () => unknown, string]>([
    ["an error", () => Promise.reject(new Error("No connection.")), "No connection."],
    ["a string", () => Promise.reject("no luck"), "no luck"],
    ["an object without a prototype", () => Promise.reject(Object.create(null)), "without saying why"],
    ["undefined", () => Promise.reject(), "without saying why"],
    ["half a surrogate pair", () => Promise.reject(new Error("\ud800")), "\ufffd"],
  ])("tells the model of a tool that throws %s", async (_name, fail, message) => {
    const failing = defineTool({ name: "failing", description: "Fails.", input: z.object({}), run: fail });
    const script = [{ calls: [{ name: "failing", arguments: {} }] }, { text: "Sorry." }];
    const { kit, model, check } = setUp(script, { tools: [failing] });
    expect(await kit.run({ input: "Go", session: "s" })).toMatchObject({ outcome: "completed", text: "Sorry." });
    const output = model.requests[1]?.input.at(-1)?.["output"];
    expect(output).toContain('"code":"tool_failed"');
    expect(output).toContain(message);
    await check("s");
  });

  it("records an output that JSON could not carry as text that it can", async () => {
    const odd = defineTool({ name: "odd", description: "Odd.", input: z.object({}), run: () => "a\ud800b" });
    const script = [{ calls: [{ name: "odd", arguments: {} }] }, { text: "Odd." }];
    const { kit, model, check } = setUp(script, { tools: [odd] });
    await kit.run({ input: "Go", session: "s" });
    expect(model.requests[1]?.input.at(-1)).toMatchObject({ output: "a\ufffdb" });
    await check("s");
  });

  it("ends as incomplete when the model stopped early, and carries the text on", async () => {
    const { kit, model, check } = setUp([{ text: "Once upon", incomplete: "max_output_tokens" }, { text: "a time." }]);
    expect(await kit.run({ input: "Tell", session: "s" })).toMatchObject({
      outcome: "incomplete",
      text: "Once upon",
      reason: { code: "max_output_tokens" },
    });
    await kit.run({ input: "Go on", session: "s" });
    expect(model.requests[1]?.input).toHaveLength(3);
    await check("s");
  });

  it("hands the caller its own functions and goes on with their outputs", async () => {
    const calls = [{ name: "shout", arguments: {}, id: "c1" }];
    const { kit, model, check } = setUp([{ calls }, { text: "Loud." }]);
    const first = await kit.run({ input: "Shout", session: "s", tools: [shout] });
    expect(first).toMatchObject({ outcome: "client_tools", calls: [{ call_id: "c1", name: "shout" }] });
    const output = { type: "function_call_output", call_id: "c1", output: "HEY" };
    const second = await kit.run({ input: [output], session: "s", tools: [shout] });
    expect(second).toMatchObject({ outcome: "completed", text: "Loud." });
    expect(model.requests[1]?.input.map((item) => item.type)).toEqual([
      "message",
      "function_call",
      "function_call_output",
    ]);
    await check("s");
  });

  it("runs its own tools of an answer before it hands the caller the caller's", async () => {
    const calls = [
      { name: "shout", arguments: {}, id: "theirs" },
      { name: "add", arguments: { a: 1, b: 1 }, id: "ours" },
    ];
    const { kit, model, check } = setUp([{ calls }, { text: "Both." }]);
    const first = await kit.run({ input: "Both", session: "s", tools: [shout] });
    expect(first).toMatchObject({ outcome: "client_tools", calls: [{ call_id: "theirs" }] });
    expect(first.calls).toHaveLength(1);
    await kit.run({ input: [{ type: "function_call_output", call_id: "theirs", output: "HEY" }], session: "s" });
    expect(model.requests[1]?.input.slice(3)).toMatchObject([{ call_id: "ours", output: "2" }, { call_id: "theirs" }]);
    await check("s");
  });

  it("lays the caller's instructions and settings over the agent's, and keeps what is not for the model", async () => {
    const { kit, log, model, check } = setUp([{ text: "Hm." }, { text: "Ha." }], {
      instructions: "Be kind.",
      settings: { temperature: 1, top_p: 0.5 },
    });
    await kit.run({
      input: "Hi",
      session: "s",
      instructions: "Be brief.",
      settings: { temperature: 0 },
      metadata: { ticket: "7" },
      origin: { conversation: true },
    });
    await kit.run({ input: "Hi", session: "s" });
    expect(model.requests).toMatchObject([
      { instructions: "Be kind.\n\nBe brief.", settings: { temperature: 0, top_p: 0.5 } },
      { instructions: "Be kind.", settings: { temperature: 1, top_p: 0.5 } },
    ]);
    const started = (await readEvents(log, "s")).find((event) => event.type === "RunStarted");
    expect(started?.data.request).toMatchObject({ metadata: { ticket: "7" }, conversation: true });
    await check("s");
  });

  it("sends what was recorded, although the caller goes on changing its items", async () => {
    const { kit, model, check } = setUp([{ text: "One." }, { text: "Two." }]);
    const item = { type: "message", role: "user", content: "First" };
    await kit.run({ input: [item], session: "s" });
    item.content = "Changed";
    await kit.run({ input: "Second", session: "s" });
    expect(model.requests[1]?.input[0]).toMatchObject({ content: "First" });
    await check("s");
  });

  it("never sends reasoning again that led to nothing", async () => {
    const reasoning: Item = { type: "reasoning", id: "r1", summary: [], encrypted_content: "x" };
    const { log, agents, check } = setUp([]);
    const kit = testKit({ log, agents, model: answering({ status: "completed", output: [reasoning] }) });
    expect(await kit.run({ input: "Think", session: "s" })).toMatchObject({ outcome: "completed", text: "" });
    const next = scriptedModel([{ text: "Done." }]);
    await testKit({ log, agents, model: next }, "b").run({ input: "So?", session: "s" });
    expect(next.requests[0]?.input.map((item) => item.type)).toEqual(["message", "message"]);
    await check("s");
  });
});

describe("a model that sends rubbish", () => {
  const call = { type: "function_call", call_id: "c", name: "add", arguments: "{}" };
  it.each<[string, unknown]>([
    ["items without a type", { status: "completed", output: [{ text: "hi" }] }],
    ["a status that does not exist", { status: "done", output: [] }],
    [
      "half a surrogate pair",
      { status: "completed", output: [{ type: "message", role: "assistant", content: "\ud800" }] },
    ],
    ["a call without an id", { status: "completed", output: [{ ...call, call_id: "" }] }],
    ["a call with an endless id", { status: "completed", output: [{ ...call, call_id: "c".repeat(201) }] }],
    ["a call without arguments", { status: "completed", output: [{ ...call, arguments: { a: 1 } }] }],
    ["two calls of one id", { status: "completed", output: [call, call] }],
    [
      "the output of a call",
      { status: "completed", output: [{ type: "function_call_output", call_id: "c", output: "" }] },
    ],
    ["negative usage", { status: "completed", output: [], usage: { uncachedInputTokens: -1 } }],
    ["usage that is no JSON", { status: "completed", output: [], rawUsage: { tokens: Number.NaN } }],
  ])("fails the run for %s, and the session stays usable", async (_name, response) => {
    const { log, agents } = setUp([]);
    const result = await testKit({ log, agents, model: answering(response) }).run({ input: "Hi", session: "s" });
    expect(result).toMatchObject({ outcome: "failed", reason: { code: "model_response_invalid" } });
    const kit = testKit({ log, agents, model: scriptedModel([{ text: "Fine." }]) }, "b");
    expect(await kit.run({ input: "Again", session: "s" })).toMatchObject({ outcome: "completed", text: "Fine." });
    await checkSession(kit, { log, agents }, "s");
  });

  it("reads the text of a message without content as empty", async () => {
    const { log, agents } = setUp([]);
    const output = [{ type: "message", role: "assistant" }];
    const kit = testKit({ log, agents, model: answering({ status: "completed", output }) });
    expect(await kit.run({ input: "Hi", session: "s" })).toMatchObject({ outcome: "completed", text: "" });
  });
});

describe("a refusal", () => {
  const circular: Record<string, unknown> & { type: string } = { type: "message" };
  circular["self"] = circular;
  const extended = { ...shout, extra: 1 };
  const output = { type: "function_call_output", call_id: "c", output: "" };
  const call = { type: "function_call", call_id: "c", name: "add", arguments: "{}" };
  it.each<[string, RunOptions, object]>([
    ["an empty input", { input: [] }, { code: "input_invalid", param: "input" }],
    ["a lone surrogate", { input: "\ud800" }, { code: "input_invalid", param: "input[0]" }],
    ["an item that contains itself", foreign([circular]), { code: "input_invalid", param: "input[0]" }],
    ["an item that is no object", foreign([output, null]), { code: "input_invalid", param: "input[1]" }],
    ["an item without a type", foreign([{ role: "user" }]), { code: "input_invalid", param: "input[0]" }],
    [
      "an output without an id",
      foreign([{ type: "function_call_output" }]),
      { code: "input_invalid", param: "input[0].call_id" },
    ],
    ["an output without its call", { input: [output] }, { code: "input_item_unpaired", param: "input[0].call_id" }],
    ["a call without its output", { input: [call] }, { code: "input_item_unpaired", param: "input[0].call_id" }],
    [
      "an output before its call",
      { input: [output, call] },
      { code: "input_item_unpaired", param: "input[0].call_id" },
    ],
    ["an output twice", { input: [call, output, output] }, { code: "input_item_unpaired", param: "input[2].call_id" }],
    ["a call twice", { input: [call, output, call] }, { code: "input_item_unpaired", param: "input[2].call_id" }],
    ["reasoning at the end", { input: [{ type: "reasoning" }] }, { code: "input_item_unpaired", param: "input[0]" }],
    ["an unknown agent", { input: "Hi", agent: "nobody", instructions: "x" }, { code: "agent_not_found" }],
    ["a bad session id", { input: "Hi", session: "a b" }, { code: "input_invalid", param: "session" }],
    ["a function with a field too many", { input: "Hi", tools: [extended] }, { code: "input_invalid", param: "tools" }],
  ])("of %s names the field and writes nothing", async (_name, options, error) => {
    const { kit, log } = setUp([]);
    await expect(kit.run(options)).rejects.toMatchObject(error);
    await expect(kit.stream(options)).rejects.toMatchObject(error);
    expect(await log.readAll()[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  });

  it("of a prompt that leaves the caller's functions unanswered writes nothing", async () => {
    const { kit, log, check } = setUp([{ calls: [{ name: "shout", arguments: {}, id: "c1" }] }]);
    await kit.run({ input: "Shout", session: "s", tools: [shout] });
    const before = await log.head("session-s");
    await expect(kit.run({ input: "Never mind", session: "s" })).rejects.toMatchObject({ code: "input_item_unpaired" });
    expect(await log.head("session-s")).toBe(before);
    await check("s");
  });

  it("names a session and a run that do not exist", async () => {
    const { kit } = setUp([{ text: "Hi." }]);
    const missing = { code: "session_not_found" };
    await expect(kit.load("x")).rejects.toMatchObject(missing);
    await expect(kit.resume("x")).rejects.toMatchObject(missing);
    await expect(kit.replay("x")).rejects.toMatchObject(missing);
    await expect(kit.fork("x")).rejects.toMatchObject(missing);
    await expect(kit.diff("x", "x")).rejects.toMatchObject(missing);
    await kit.run({ input: "Hi", session: "s" });
    await expect(kit.result("s", "x")).rejects.toMatchObject({ code: "response_not_found" });
    await kit.createSession({ session: "empty" });
    await expect(kit.resume("empty")).rejects.toMatchObject({ code: "response_not_found" });
  });

  it("asks which agent is meant when there are several, and goes on with the newest run's", async () => {
    const log = createInMemoryEventLog();
    const agents = ["one", "two"].map((name) => defineAgent({ name, model: name }));
    const model = scriptedModel([{ text: "Hi." }, { text: "Ho." }]);
    const kit = testKit({ log, agents, model });
    await expect(kit.run({ input: "Hi" })).rejects.toMatchObject({ code: "input_invalid", param: "agent" });
    await kit.run({ input: "Hi", session: "s", agent: "two" });
    await kit.run({ input: "Hi", session: "s" });
    expect(model.requests.map((request) => request.model)).toEqual(["two", "two"]);
    await checkSession(kit, { log, agents }, "s");
  });

  it("of a kit that cannot work says why", () => {
    const log = createInMemoryEventLog();
    const model = scriptedModel([]);
    const twin = defineAgent({ name: "twin", model: "m" });
    expect(() => createAgentKit({ log, model, agents: [] })).toThrow(/at least one agent/);
    expect(() => createAgentKit({ log, model, agents: [twin, twin] })).toThrow(/the same name/);
  });

  it("finds agents that are not listed", async () => {
    const log = createInMemoryEventLog();
    const model = scriptedModel([{ text: "Hi." }]);
    const kit = testKit({ log, model, agents: [], resolveAgent: lateAgent });
    await kit.run({ input: "Hi", session: "s", agent: "late" });
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
    await expect(kit.run({ input: "Hi", agent: "later" })).rejects.toMatchObject({ code: "agent_not_found" });
  });
});

describe("a tool's context", () => {
  it("has a signal that stays silent when the tool ended by itself", async () => {
    const signals: AbortSignal[] = [];
    const look: Tool = {
      ...add,
      name: "look",
      execute: async (_input, { signal }) => {
        signals.push(signal);
        return "seen";
      },
    };
    const { kit } = setUp([{ calls: [{ name: "look", arguments: { a: 1, b: 2 } }] }, { text: "Seen." }], {
      tools: [look],
    });
    await kit.run({ input: "Look" });
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
  });

  it("names session, run, call, attempt and key", async () => {
    const seen: unknown[] = [];
    const look: Tool = {
      ...add,
      name: "look",
      execute: async (_input, context) => {
        seen.push({ ...context, signal: context.signal.aborted });
        return "";
      },
    };
    const script = [{ calls: [{ name: "look", arguments: { a: 1, b: 2 }, id: "c1" }] }, { text: "Seen." }];
    const { kit, log } = setUp(script, { tools: [look] });
    const { run } = await kit.run({ input: "Look", session: "s" });
    const started = (await readEvents(log, "s")).find((event) => event.type === "ToolCallStarted");
    const { idempotencyKey } = started?.data ?? {};
    const told = { session: "s", run, callId: "c1", idempotencyKey, attempt: 1, signal: false, agent: "assistant" };
    expect(seen).toMatchObject([{ ...told, principal: { roles: [] } }]);
  });
});
