import { createInMemoryEventLog, defineAgent, defineTool } from "@agentkit/core";
import type { EventLog } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import {
  error,
  functionCalls,
  incomplete,
  json,
  reasoning,
  refusal,
  startOpenAIDouble,
  text,
} from "@agentkit/openai-double";
import { createOpenAIModel } from "@agentkit/openai";
import OpenAI from "openai";
import { zodResponsesFunction, zodTextFormat } from "openai/helpers/zod";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { post, startTestGateway } from "../gateway.test.support.ts";
import type { TestGateway } from "../gateway.test.support.ts";
import { parseResponseId } from "./response-id.ts";

describe("GET /v1/responses/{id}", () => {
  const refused = [
    ["stream=true", "stream", "unsupported_parameter"],
    ["starting_after=3", "starting_after", "unsupported_parameter"],
    ["include[]=reasoning.encrypted_content", "include", "unsupported_parameter"],
    ["include_obfuscation=true", "include_obfuscation", "unsupported_parameter"],
    ["expand=all", "expand", "unknown_parameter"],
  ] as const;

  it.each(refused)("refuses ?%s, which is not served", async (query, param, code) => {
    await using test = await startTestGateway({ model: scriptedModel([]) });
    const answer = await fetch(`${test.url}/v1/responses/resp_x?${query}`);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param, code } }]);
  });

  it("takes a query that asks for nothing", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ text: "Hi." }]) });
    const { id } = await test.client.responses.create({ model: "plain", input: "Hi" });
    const answer = await fetch(`${test.url}/v1/responses/${id}?stream=false&include_obfuscation=false`);
    expect([answer.status, await answer.json()]).toMatchObject([200, { id }]);
  });
});

describe("POST /v1/responses, whole", () => {
  it("answers with a complete response, which GET repeats", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ text: "Hello there." }]) });
    const { data, response } = await test.client.responses
      .create({ model: "plain", input: "Hi", instructions: "Be kind.", metadata: { topic: "greeting" } })
      .withResponse();
    const { output_text: shown, ...body } = data;
    const session = response.headers.get("x-agentkit-session");
    const { run = "" } = parseResponseId(data.id) ?? {};
    expect(shown).toBe("Hello there.");
    expect(response.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{24}$/);
    expect(body).toEqual({
      id: `resp_${session}_${run}`,
      object: "response",
      created_at: Math.floor(data.created_at),
      completed_at: Math.floor(data.completed_at ?? 0),
      status: "completed",
      background: false,
      access_programs: null,
      conversation: null,
      error: null,
      frequency_penalty: 0,
      incomplete_details: null,
      instructions: "Be kind.",
      max_output_tokens: null,
      max_tool_calls: null,
      metadata: { topic: "greeting" },
      model: "plain",
      output: [
        {
          id: `msg_${run}_0`,
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "Hello there.", annotations: [], logprobs: [] }],
        },
      ],
      parallel_tool_calls: true,
      presence_penalty: 0,
      previous_response_id: null,
      prompt: null,
      prompt_cache_key: null,
      prompt_cache_retention: null,
      reasoning: { effort: null, summary: null },
      safety_identifier: null,
      service_tier: "default",
      store: true,
      temperature: 1,
      text: { format: { type: "text" }, verbosity: "medium" },
      tool_choice: "auto",
      tools: [],
      top_logprobs: 0,
      top_p: 1,
      truncation: "disabled",
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 15,
      },
      user: null,
    });
    expect(await test.client.responses.retrieve(data.id)).toEqual(data);
  });

  it("goes on with three turns by previous_response_id in one session", async () => {
    const model = scriptedModel([{ text: "one" }, { text: "two" }, { text: "three" }]);
    await using test = await startTestGateway({ model });
    const first = await test.client.responses.create({ model: "plain", input: "1", instructions: "Count." });
    const second = await test.client.responses.create({ model: "plain", input: "2", previous_response_id: first.id });
    const third = await test.client.responses.create({ model: "plain", input: "3", previous_response_id: second.id });
    const sessions = [first, second, third].map(({ id }) => parseResponseId(id)?.session);
    expect(new Set(sessions).size).toBe(1);
    expect(third.previous_response_id).toBe(second.id);
    expect(third.instructions).toBeNull();
    expect(model.requests[2]?.input.map((item) => item["content"])).toHaveLength(5);
    expect(model.requests[2]?.instructions).toBeUndefined();
    expect(await test.client.responses.retrieve(third.id)).toEqual(third);
  });

  it("forks the session when the previous response is not its newest", async () => {
    const model = scriptedModel([{ text: "one" }, { text: "two" }, { text: "other" }, { text: "more" }]);
    await using test = await startTestGateway({ model });
    const first = await test.client.responses.create({ model: "plain", input: "1" });
    const second = await test.client.responses.create({ model: "plain", input: "2", previous_response_id: first.id });
    const other = await test.client.responses.create({ model: "plain", input: "2b", previous_response_id: first.id });
    const parent = parseResponseId(first.id)?.session ?? "";
    const fork = parseResponseId(other.id)?.session ?? "";
    expect(parseResponseId(second.id)?.session).toBe(parent);
    expect(fork).not.toBe(parent);
    expect(other.previous_response_id).toBe(first.id);
    expect(model.requests[2]?.input).toHaveLength(3);
    expect(await test.client.responses.retrieve(other.id)).toEqual(other);
    const more = await test.client.responses.create({ model: "plain", input: "3b", previous_response_id: other.id });
    expect(parseResponseId(more.id)?.session).toBe(fork);
  });

  it("answers two requests that name the same previous response at once, one of them in a fork", async () => {
    const model = scriptedModel((request) => ({ text: `answer ${request.input.length}` }));
    await using test = await startTestGateway({ model });
    const first = await test.client.responses.create({ model: "plain", input: "1" });
    const ask = (input: string) =>
      test.client.responses.create({ model: "plain", input, previous_response_id: first.id });
    const [left, right] = await Promise.all([ask("a"), ask("b")]);
    expect(left.output_text).toBe("answer 3");
    expect(right.output_text).toBe("answer 3");
    expect(parseResponseId(left.id)?.session).not.toBe(parseResponseId(right.id)?.session);
  });

  it("goes on with three turns in a conversation", async () => {
    const model = scriptedModel([{ text: "one" }, { text: "two" }, { text: "three" }]);
    await using test = await startTestGateway({ model });
    const conversation = await test.client.conversations.create({ metadata: { topic: "numbers" } });
    const ask = (input: string) =>
      test.client.responses.create({ model: "plain", input, conversation: conversation.id });
    await ask("1");
    await ask("2");
    const third = await test.client.responses.create({
      model: "plain",
      input: "3",
      conversation: { id: conversation.id },
    });
    expect(third.conversation).toEqual({ id: conversation.id });
    expect(third.previous_response_id).toBeNull();
    expect(model.requests[2]?.input).toHaveLength(5);
    expect(await test.client.conversations.retrieve(conversation.id)).toEqual(conversation);
    expect(conversation.metadata).toEqual({ topic: "numbers" });
  });

  it("shows an agent's own tool calls as mcp_call items and sums the usage", async () => {
    const model = scriptedModel([{ calls: [{ name: "add", arguments: { a: 1, b: 2 } }] }, { text: "It is 3." }]);
    await using test = await startTestGateway({ model });
    const response = await test.client.responses.create({ model: "adder", input: "1 + 2?" });
    const { run = "" } = parseResponseId(response.id) ?? {};
    expect(response.output).toEqual([
      {
        id: `mcp_${run}_0`,
        type: "mcp_call",
        server_label: "agentkit",
        name: "add",
        arguments: '{"a":1,"b":2}',
        approval_request_id: null,
        error: null,
        output: "3",
        status: "completed",
      },
      expect.objectContaining({ type: "message", id: `msg_${run}_1` }),
    ]);
    expect(response.usage?.total_tokens).toBe(30);
    expect(await test.client.responses.retrieve(response.id)).toEqual(response);
  });

  it("takes the items of a response back as input, an agent's own tool calls included", async () => {
    const model = scriptedModel([
      { calls: [{ name: "add", arguments: { a: 1, b: 2 } }] },
      { text: "It is 3." },
      { text: "Still 3." },
    ]);
    await using test = await startTestGateway({ model });
    const first = await test.client.responses.create({ model: "adder", input: "1 + 2?", store: false });
    const input = [
      { role: "user" as const, content: "1 + 2?" },
      ...first.output,
      { role: "user" as const, content: "Sure?" },
    ];
    await test.client.post("/responses", { body: { model: "adder", input, store: false } });
    expect(model.requests[2]?.input.map((item) => item.type)).toEqual([
      "message",
      "function_call",
      "function_call_output",
      "message",
      "message",
    ]);
  });

  it("hands the caller's functions to the caller and goes on with their outputs", async () => {
    const model = scriptedModel([
      { calls: [{ name: "weather", arguments: { city: "Oslo" }, id: "call_w" }] },
      { text: "Cold." },
    ]);
    await using test = await startTestGateway({ model });
    const tools = [
      zodResponsesFunction({
        name: "weather",
        description: "Tells the weather.",
        parameters: z.object({ city: z.string() }),
      }),
    ];
    const first = await test.client.responses.parse({ model: "plain", input: "Weather in Oslo?", tools });
    const [call] = first.output;
    if (call?.type !== "function_call") throw new Error("no call");
    expect(call.parsed_arguments).toEqual({ city: "Oslo" });
    expect(first.tools).toEqual([expect.objectContaining({ type: "function", name: "weather", strict: true })]);
    const second = await test.client.responses.create({
      model: "plain",
      tools,
      previous_response_id: first.id,
      input: [{ type: "function_call_output", call_id: call.call_id, output: "-5" }],
    });
    expect(second.output_text).toBe("Cold.");
    expect(model.requests[1]?.input.map((item) => item.type)).toEqual([
      "message",
      "function_call",
      "function_call_output",
    ]);
  });

  it.each(["required", { type: "function", name: "add" } as const] as const)(
    "lets the first call of a turn be forced to %j on an agent with tools of its own",
    async (tool_choice) => {
      const model = scriptedModel([{ calls: [{ name: "add", arguments: { a: 1, b: 2 } }] }, { text: "Three." }]);
      await using test = await startTestGateway({ model });
      const response = await test.client.responses.create({ model: "adder", input: "1 + 2?", tool_choice });
      expect(response).toMatchObject({ output_text: "Three.", tool_choice });
      expect(model.requests.map(({ settings }) => settings?.["tool_choice"])).toEqual([tool_choice, undefined]);
    },
  );

  it("passes settings to the model and echoes them", async () => {
    const model = scriptedModel([{ text: "{}" }]);
    await using test = await startTestGateway({ model });
    const response = await test.client.responses.create({
      model: "plain",
      input: "Hi",
      temperature: 0.5,
      max_output_tokens: 50,
      reasoning: { effort: "low" },
      service_tier: "auto",
      truncation: "auto",
      text: { format: { type: "json_object" } },
    });
    expect(model.requests[0]?.settings).toEqual({
      temperature: 0.5,
      max_output_tokens: 50,
      reasoning: { effort: "low" },
      service_tier: "auto",
      truncation: "auto",
      text: { format: { type: "json_object" } },
    });
    expect(response).toMatchObject({
      temperature: 0.5,
      max_output_tokens: 50,
      reasoning: { effort: "low", summary: null },
      service_tier: "default",
      truncation: "auto",
      text: { format: { type: "json_object" }, verbosity: "medium" },
    });
  });

  it("reports an answer that was cut short as incomplete", async () => {
    await using test = await startTestGateway({
      model: scriptedModel([{ text: "Once upon", incomplete: "max_output_tokens" }]),
    });
    const response = await test.client.responses.create({ model: "plain", input: "Tell me a story." });
    expect(response).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      completed_at: null,
    });
    expect(await test.client.responses.retrieve(response.id)).toEqual(response);
  });

  it("does not give a response again whose caller asked not to store it", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ text: "secret" }]) });
    const response = await test.client.responses.create({ model: "plain", input: "Hi", store: false });
    expect(response).toMatchObject({ store: false });
    await expect(test.client.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 });
    await expect(
      test.client.responses.create({ model: "plain", input: "On", previous_response_id: response.id }),
    ).rejects.toMatchObject({ status: 400, code: "previous_response_not_found" });
  });
});

describe("through @agentkit/openai", () => {
  it("runs text, tools, refusals, reasoning and structured output against a server that speaks the API", async () => {
    await using double = await startOpenAIDouble({
      rules: [
        { when: "add", reply: functionCalls([{ name: "add", arguments: { a: 20, b: 22 } }]) },
        { when: { toolOutput: true }, reply: text("42") },
        { when: "shape", reply: json({ x: 1 }) },
        { when: "forbidden", reply: refusal("I will not.") },
        { when: "think", reply: [reasoning("Let me see."), text("Thought.")] },
        { when: "cut", reply: [text("Half"), incomplete("max_output_tokens")] },
      ],
    });
    const model = createOpenAIModel({ apiKey: "none", baseURL: double.url });
    await using test = await startTestGateway({ model, names: undefined });
    const ask = (input: string, agent = "plain") => test.client.responses.create({ model: agent, input });
    expect((await ask("add", "adder")).output_text).toBe("42");
    expect((await ask("forbidden")).output[0]).toMatchObject({
      content: [{ type: "refusal", refusal: "I will not." }],
    });
    const think = { model: "plain", input: "think", reasoning: { effort: "low" as const } };
    const [thought] = (await test.client.responses.create(think)).output;
    expect(thought).toMatchObject({ type: "reasoning" });
    expect(thought).not.toHaveProperty("encrypted_content");
    const kept = await test.client.responses.create({ ...think, store: false });
    expect(kept.output[0]).toHaveProperty("encrypted_content");
    expect((await ask("cut")).status).toBe("incomplete");
    const parsed = await test.client.responses.parse({
      model: "plain",
      input: "shape",
      text: { format: zodTextFormat(z.object({ x: z.number() }), "shape") },
    });
    expect(parsed.output_parsed).toEqual({ x: 1 });
    const models = (await test.client.models.list()).data;
    expect(models.slice(0, 2).map(({ id }) => id)).toEqual(["plain", "adder"]);
    expect(models.length).toBeGreaterThan(2);
    const named = models.at(-1)?.id ?? "";
    expect((await test.client.models.retrieve(named)).id).toBe(named);
    expect((await ask("Hello", named)).model).toBe(named);
    await expect(ask("Hello", "no-such-model")).rejects.toMatchObject({
      status: 400,
      code: "model_not_found",
      param: "model",
    });
  });

  it.each([
    [{ status: 429, code: "rate_limit_exceeded", headers: { "retry-after": "0" } }, 429, "rate_limit_exceeded"],
    [{ status: 429, code: "insufficient_quota" }, 429, "insufficient_quota"],
    [{ status: 400, code: "context_length_exceeded" }, 400, "context_length_exceeded"],
    [{ status: 401, code: "invalid_api_key" }, 502, "model_authentication_failed"],
    [{ status: 500, code: "server_error" }, 503, "model_overloaded"],
  ])("passes a refusal of the model's server on (%o)", async (fault, status, code) => {
    await using double = await startOpenAIDouble({ rules: [{ reply: error({ message: "No.", ...fault }) }] });
    const model = createOpenAIModel({ apiKey: "none", baseURL: double.url });
    await using test = await startTestGateway({ model });
    const answer = await post(test, { model: "plain", input: "Hi" });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code } });
    expect(answer.headers.get("x-agentkit-session")).toMatch(/^[0-9a-f]{24}$/);
  });
});

/** Does to a session what another worker does that takes it over. */
async function takeOver(log: EventLog, session: string): Promise<void> {
  const stream = `session-${session}`;
  const revision = (await log.head(stream)) ?? 0;
  const id = "00000000-0000-5000-8000-000000000001";
  const event = {
    id,
    type: "RunResumed",
    version: 1,
    time: "2026-11-22T12:00:00.000Z",
    data: { reason: "interrupted" },
  };
  await log.append(stream, [{ ...event, meta: { session, writer: "another" } }], { expected: revision });
}

describe("x-should-retry", () => {
  it.each([
    { title: "is left out where another attempt may help", toolCalls: 0, expected: null },
    { title: "is false once a tool has run", toolCalls: 1, expected: "false" },
  ])("$title", async ({ toolCalls, expected }) => {
    const model = scriptedModel((_request, index) =>
      index < toolCalls
        ? { calls: [{ name: "add", arguments: { a: 1, b: 1 } }] }
        : { error: "model_overloaded", retryable: true },
    );
    await using test = await startTestGateway({ model });
    const answer = await post(test, { model: "adder", input: "Hi" });
    expect([answer.status, answer.headers.get("x-should-retry")]).toEqual([503, expected]);
  });

  it("is false when a run is lost after a tool has run, so that the SDK does not pay twice", async () => {
    const log = createInMemoryEventLog();
    const payments: string[] = [];
    const pay = defineTool({
      name: "pay",
      description: "Pays.",
      input: z.object({}),
      run: async (_input, { session }) => {
        payments.push(session);
        await takeOver(log, session);
        return "paid";
      },
    });
    const agents = [defineAgent({ name: "payer", model: "test-model", tools: [pay] })];
    const model = scriptedModel(() => ({ calls: [{ name: "pay", arguments: {} }] }));
    await using test = await startTestGateway({ model, log, agents });
    const client = new OpenAI({ baseURL: `${test.url}/v1`, apiKey: "none", maxRetries: 2 });
    await expect(client.responses.create({ model: "payer", input: "Pay" })).rejects.toMatchObject({ status: 409 });
    expect(payments).toHaveLength(1);
  });

  it("is false in a conversation, where the prompt would be said twice", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ error: "model_unreachable" }]) });
    const { id } = await test.client.conversations.create();
    const answer = await post(test, { model: "plain", input: "Hi", conversation: id });
    expect([answer.status, answer.headers.get("x-should-retry")]).toEqual([502, "false"]);
  });
});

describe("GET /v1/responses/{id}", () => {
  it("shows a response that is in progress with what is finished", async () => {
    const model = scriptedModel([{ calls: [{ name: "add", arguments: { a: 1, b: 2 } }] }, { stall: true }]);
    await using test = await startTestGateway({ model });
    let id = "";
    for await (const event of await test.client.responses.create({ model: "adder", input: "Hi", stream: true })) {
      if (event.type === "response.created") ({ id } = event.response);
      if (event.type !== "response.output_item.done") continue;
      const response = await test.client.responses.retrieve(id);
      expect(response).toMatchObject({ status: "in_progress", completed_at: null, output: [{ output: "3" }] });
      break;
    }
  });

  it("shows a run that a fork took over in the middle under the fork's own id", async () => {
    const model = scriptedModel([
      { calls: [{ name: "add", arguments: { a: 1, b: 2 } }] },
      { text: "Three." },
      { text: "It is three!" },
    ]);
    await using test = await startTestGateway({ model });
    const first = await test.client.responses.create({ model: "adder", input: "1 + 2?" });
    const { session = "", run = "" } = parseResponseId(first.id) ?? {};
    const called = await revisionOf(test, session, "ToolCallSucceeded");
    const fork = await test.kit.fork(session, { at: called, instructions: "Be enthusiastic." });
    await test.kit.resume(fork.session);
    const response = await test.client.responses.retrieve(`resp_${fork.session}_${run}`);
    expect(response).toMatchObject({ status: "completed", output: [{ output: "3" }, {}], output_text: "It is three!" });
    expect((await test.client.responses.retrieve(first.id)).output_text).toBe("Three.");
  });

  it("answers 404 for what is no response", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ text: "Hi." }]) });
    const { id } = await test.client.responses.create({ model: "plain", input: "Hi" });
    for (const unknown of ["resp_1", `${id.slice(0, -1)}x`, `resp_${"0".repeat(24)}_${"0".repeat(24)}`]) {
      await expect(test.client.responses.retrieve(unknown)).rejects.toMatchObject({ status: 404, param: "id" });
    }
  });
});

async function revisionOf(test: TestGateway, session: string, type: string): Promise<number> {
  for await (const event of test.log.readStream(`session-${session}`)) if (event.type === type) return event.revision;
  throw new Error(`No ${type}.`);
}
