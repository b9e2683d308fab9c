import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { OpenAIDouble } from "./index.ts";
import { failed, functionCalls, incomplete, json, reasoning, refusal, startOpenAIDouble, text } from "./index.ts";

const model = "gpt-test";
const weatherTool = {
  type: "function" as const,
  name: "weather",
  description: null,
  strict: true,
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};

let double: OpenAIDouble;
let client: OpenAI;

beforeEach(async () => {
  double = await startOpenAIDouble();
  client = new OpenAI({ baseURL: double.url, apiKey: "any", maxRetries: 0, timeout: 5_000 });
});

afterEach(async () => {
  await double.close();
});

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of stream) {
    events.push(event);
  }
  return events;
}

describe("a plain response", () => {
  it("echoes the newest user text when no rule matches", async () => {
    const response = await client.responses.create({ model, input: "Good morning" });

    expect(response.output_text).toBe("Echo: Good morning");
    expect(response.status).toBe("completed");
  });

  it("has every nullable member as null, and both details of the usage", async () => {
    const response = await client.responses.create({ model, input: "x" });

    expect(response).toMatchObject({
      error: null,
      incomplete_details: null,
      previous_response_id: null,
      instructions: null,
      max_output_tokens: null,
      max_tool_calls: null,
      safety_identifier: null,
      prompt_cache_key: null,
      reasoning: { effort: null, summary: null },
      temperature: 1,
      top_p: 1,
      truncation: "disabled",
      store: true,
      tools: [],
      metadata: {},
    });
    expect(response.usage).toMatchObject({
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 0 },
    });
    expect(response.usage?.input_tokens).toBe(response.usage?.input_tokens_details.cache_write_tokens);
  });

  it("echoes the request's settings", async () => {
    const settings = {
      instructions: "Be brief.",
      temperature: 0.2,
      metadata: { ticket: "7" },
      max_output_tokens: 64,
      reasoning: { effort: "low" as const },
      tools: [weatherTool],
      store: false,
    };

    const response = await client.responses.create({ model, input: "x", ...settings });

    expect(response).toMatchObject({ ...settings, reasoning: { effort: "low", summary: null } });
  });

  it("sends OpenAI's headers, with a request id of its own each time", async () => {
    const first = await client.responses.create({ model, input: "x" }).withResponse();
    const second = await client.responses.create({ model, input: "x" }).withResponse();

    expect(first.request_id).toMatch(/^req_/);
    expect(second.request_id).not.toBe(first.request_id);
    expect(first.response.headers.get("openai-processing-ms")).toMatch(/^\d+$/);
    expect(second.response.headers.get("x-ratelimit-remaining-requests")).toBe("9998");
  });

  it("gives the same ids in every run, and other ids to other requests", async () => {
    await using twin = await startOpenAIDouble();
    const twinClient = client.withOptions({ baseURL: twin.url });

    const here = await client.responses.create({ model, input: "x" });
    const there = await twinClient.responses.create({ model, input: "x" });
    const other = await twinClient.responses.create({ model, input: "y" });

    expect(there.id).toBe(here.id);
    expect(other.id).not.toBe(here.id);
  });

  it("refuses, is cut off, or fails as told", async () => {
    double.use({ when: "refuse", reply: refusal("I would rather not.") });
    double.use({ when: "cut", reply: [text("Half a sen"), incomplete("max_output_tokens")] });
    double.use({ when: "fail", reply: failed({ message: "The model fell over." }) });

    const refused = await client.responses.create({ model, input: "refuse" });
    const cut = await client.responses.create({ model, input: "cut" });
    const broken = await client.responses.create({ model, input: "fail" });

    expect(refused.output).toMatchObject([{ content: [{ type: "refusal", refusal: "I would rather not." }] }]);
    expect(cut).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "incomplete" }],
      output_text: "Half a sen",
    });
    expect(broken).toMatchObject({
      status: "failed",
      error: { code: "server_error", message: "The model fell over." },
      output: [],
    });
  });
});

describe("a streamed response", () => {
  it("numbers the events from 0 without a gap, in OpenAI's order", async () => {
    double.use({ reply: [reasoning("Let me think."), text("Hello 🌍!")] });

    const events = await collect(await client.responses.create({ model, input: "x", stream: true }));

    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.map((event) => event.type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.reasoning_summary_part.added",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.done",
      "response.reasoning_summary_part.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
  });

  it("names each event as its body's type, and ends with [DONE]", async () => {
    const answer = await fetch(`${double.url}/responses`, {
      method: "POST",
      body: JSON.stringify({ model, input: "x", stream: true }),
    });

    const frames = (await answer.text()).split("\n\n");

    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    expect(frames.slice(-2)).toEqual(["data: [DONE]", ""]);
    for (const frame of frames.slice(0, -2)) {
      expect(frame).toMatch(/^event: (\S+)\ndata: \{"type":"\1"/);
    }
  });

  it("lets the SDK's helper assemble text, calls, refusals and reasoning", async () => {
    double.use({
      reply: [
        reasoning("First.", "Second."),
        text("Here it is."),
        functionCalls([
          { name: "weather", arguments: { city: "Oslo" } },
          { name: "weather", arguments: { city: "Málaga" } },
        ]),
        refusal("No more."),
      ],
    });

    const stream = client.responses.stream({ model, input: "x", tools: [weatherTool] });
    const deltas: string[] = [];
    stream.on("response.output_text.delta", (event) => deltas.push(event.delta));
    const response = await stream.finalResponse();

    expect(deltas).toEqual(["Here i", "t is."]);
    expect(response.output_text).toBe("Here it is.");
    expect(response.output.map((item) => item.type)).toEqual([
      "reasoning",
      "message",
      "function_call",
      "function_call",
      "message",
    ]);
    expect(response.output[3]).toMatchObject({ name: "weather", arguments: '{"city":"Málaga"}', status: "completed" });
  });

  it("ends with response.incomplete or response.failed as told", async () => {
    double.use({ when: "cut", reply: [text("Half"), incomplete("content_filter")] });
    double.use({ when: "fail", reply: failed({ code: "rate_limit_exceeded", message: "Too much." }) });

    const cut = await collect(await client.responses.create({ model, input: "cut", stream: true }));
    const broken = await collect(await client.responses.create({ model, input: "fail", stream: true }));

    expect(cut.at(-1)).toMatchObject({
      type: "response.incomplete",
      response: { status: "incomplete", incomplete_details: { reason: "content_filter" }, completed_at: null },
    });
    expect(broken.at(-1)).toMatchObject({
      type: "response.failed",
      response: { status: "failed", error: { code: "rate_limit_exceeded", message: "Too much." } },
    });
  });
});

describe("a tool loop", () => {
  const rules = [
    { when: "weather", reply: [reasoning("Ask."), functionCalls([{ name: "weather", arguments: { city: "Oslo" } }])] },
    { when: { toolOutput: "snow" }, reply: text("Take a coat.") },
  ];

  it("goes on from what the tool answered, with the items sent back and nothing stored", async () => {
    rules.toReversed().forEach((rule) => double.use(rule));
    const request = { model, store: false, include: ["reasoning.encrypted_content" as const], tools: [weatherTool] };
    const question = { role: "user" as const, content: "How is the weather?" };

    const first = await client.responses.create({ ...request, input: [question] });
    const call = first.output.find((item) => item.type === "function_call");
    const output = { type: "function_call_output" as const, call_id: call?.call_id ?? "", output: "snow" };
    const sentBack = first.output.filter((item) => item.type === "reasoning" || item.type === "function_call");
    const second = await client.responses.create({ ...request, input: [question, ...sentBack, output] });

    expect(call).toMatchObject({ name: "weather", arguments: '{"city":"Oslo"}' });
    expect(second.output_text).toBe("Take a coat.");
  });

  it("goes on from what the tool answered by previous_response_id", async () => {
    rules.toReversed().forEach((rule) => double.use(rule));

    const first = await client.responses.create({ model, input: "How is the weather?", tools: [weatherTool] });
    const call = first.output.find((item) => item.type === "function_call");
    const second = await client.responses.create({
      model,
      previous_response_id: first.id,
      input: [{ type: "function_call_output", call_id: call?.call_id ?? "", output: "snow" }],
    });

    expect(second.output_text).toBe("Take a coat.");
    expect(second.usage?.input_tokens_details.cached_tokens).toBeGreaterThan(0);
  });

  it("tells what the tools answered when no rule matches", async () => {
    const response = await client.responses.create({
      model,
      input: [
        { role: "user", content: "Add." },
        { type: "function_call", call_id: "call_1", name: "add", arguments: "{}" },
        { type: "function_call_output", call_id: "call_1", output: "42" },
      ],
    });

    expect(response.output_text).toBe("The tool answered: 42");
  });
});

describe("structured output", () => {
  const format = zodTextFormat(z.object({ title: z.string(), pages: z.number().int() }), "book");

  it("parses what a rule answers as JSON", async () => {
    double.use({ reply: json({ title: "Walden", pages: 352 }) });

    const response = await client.responses.parse({ model, input: "A book", text: { format } });

    expect(response.output_parsed).toEqual({ title: "Walden", pages: 352 });
  });

  it("answers with a value of the schema when no rule matches", async () => {
    const response = await client.responses.parse({ model, input: "A book", text: { format } });

    expect(response.output_parsed).toEqual({ title: "A book", pages: 1 });
  });
});

describe("what the server keeps", () => {
  it("continues a stored response, and gives it back by its id", async () => {
    const first = await client.responses.create({ model, input: "One" });
    const seen: number[] = [];
    double.use({
      reply: (request) => {
        seen.push(request.items.length);
        return text("Two");
      },
    });
    await client.responses.create({ model, input: "And?", previous_response_id: first.id });

    expect(seen).toEqual([3]);
    expect(await client.responses.retrieve(first.id)).toMatchObject({ id: first.id, output: first.output });
  });

  it("keeps nothing when store is false", async () => {
    const { id } = await client.responses.create({ model, input: "One", store: false });

    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    await expect(client.responses.create({ model, input: "x", previous_response_id: id })).rejects.toMatchObject({
      status: 400,
      code: "previous_response_not_found",
      param: "previous_response_id",
    });
  });

  it("forgets everything when it is reset", async () => {
    const { id } = await client.responses.create({ model, input: "One" });
    double.use({ reply: text("Scripted") });

    double.reset();

    expect(double.requests).toEqual([]);
    expect(double.rules).toEqual([]);
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });
});
