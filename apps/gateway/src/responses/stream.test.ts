import { createInMemoryEventLog } from "@agentkit/core";
import { scriptedModel, withAppend } from "@agentkit/core/testing";
import { createOpenAIModel } from "@agentkit/openai";
import {
  drop,
  functionCalls,
  reasoning,
  refusal,
  rubbish,
  slow,
  stall,
  startOpenAIDouble,
  text,
  truncate,
} from "@agentkit/openai-double";
import type { OpenAIDouble } from "@agentkit/openai-double";
import type { Responses } from "openai/resources/responses/responses";
import { describe, expect, it, vi } from "vitest";
import { post, readUntil, startTestGateway } from "../gateway.test.support.ts";
import type { TestGateway } from "../gateway.test.support.ts";

const faults = { stall, drop, truncate, rubbish };

type StreamEvent = Responses.ResponseStreamEvent;

async function readStream(test: TestGateway, body: Responses.ResponseCreateParamsNonStreaming): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of await test.client.responses.create({ ...body, stream: true })) events.push(event);
  return events;
}

function responseOf(event: StreamEvent | undefined): Responses.Response {
  if (event === undefined || !("response" in event)) throw new Error(`No response in ${event?.type}.`);
  return event.response;
}

/** What every stream keeps to: numbers without a gap, one terminal event at the end, and the response that GET gives. */
async function checkStream(test: TestGateway, events: readonly StreamEvent[]): Promise<void> {
  expect(events.map((event) => event.sequence_number)).toEqual([...events.keys()]);
  expect(events.slice(0, 2).map((event) => event.type)).toEqual(["response.created", "response.in_progress"]);
  const terminal = ["response.completed", "response.incomplete", "response.failed"];
  expect(events.filter((event) => terminal.includes(event.type))).toEqual(events.slice(-1));
  const last = responseOf(events.at(-1));
  const { output_text: _, ...retrieved } = await test.client.responses.retrieve(last.id);
  expect(retrieved).toEqual(last);
}

function toModel(double: OpenAIDouble, timeoutMs?: number) {
  return createOpenAIModel({ apiKey: "none", baseURL: double.url, ...(timeoutMs !== undefined && { timeoutMs }) });
}

describe("POST /v1/responses, streamed", () => {
  it("tells a text in the order of the API", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ text: "Hello there." }]) });
    const events = await readStream(test, { model: "plain", input: "Hi" });
    expect(events.map((event) => event.type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    await checkStream(test, events);
  });

  it("tells the calls of an agent's own tools as mcp_call items, and counts items through all model calls", async () => {
    const calls = [
      { name: "add", arguments: { a: 1, b: 2 } },
      { name: "add", arguments: { a: "x" } },
    ];
    await using test = await startTestGateway({ model: scriptedModel([{ calls }, { text: "Done." }]) });
    const events = await readStream(test, { model: "adder", input: "Add." });
    const places = events.flatMap((event) => ("output_index" in event ? [`${event.output_index} ${event.type}`] : []));
    expect(places.slice(0, 8)).toEqual([
      "0 response.output_item.added",
      "0 response.mcp_call.in_progress",
      "0 response.mcp_call_arguments.delta",
      "0 response.mcp_call_arguments.done",
      "1 response.output_item.added",
      "1 response.mcp_call.in_progress",
      "1 response.mcp_call_arguments.delta",
      "1 response.mcp_call_arguments.done",
    ]);
    expect(places.slice(8, 12).toSorted()).toEqual([
      "0 response.mcp_call.completed",
      "0 response.output_item.done",
      "1 response.mcp_call.failed",
      "1 response.output_item.done",
    ]);
    expect(places[12]).toBe("2 response.output_item.added");
    await checkStream(test, events);
  });

  it("works with the SDK's stream helper for text, tools, refusals, reasoning and the caller's functions", async () => {
    await using double = await startOpenAIDouble({
      rules: [
        { when: "add", reply: functionCalls([{ name: "add", arguments: { a: 20, b: 22 } }]) },
        { when: { toolOutput: true }, reply: text("42") },
        { when: "forbidden", reply: refusal("I will not.") },
        { when: "think", reply: [reasoning("Let me see."), text("Thought.")] },
        { when: "weather", reply: functionCalls([{ name: "weather", arguments: { city: "Oslo" } }]) },
      ],
    });
    await using test = await startTestGateway({ model: toModel(double) });
    const ask = async (input: string, model = "plain") => {
      const tools: Responses.FunctionTool[] =
        input === "weather" ? [{ type: "function", name: "weather", parameters: null, strict: false }] : [];
      const final = await test.client.responses.stream({ model, input, tools }).finalResponse();
      expect((await test.client.responses.retrieve(final.id)).output).toMatchObject(
        final.output.map(({ id, type }) => ({ id, type })),
      );
      return final;
    };
    expect((await ask("add", "adder")).output_text).toBe("42");
    expect((await ask("forbidden")).output[0]).toMatchObject({ content: [{ refusal: "I will not." }] });
    expect((await ask("think")).output.map(({ type }) => type)).toEqual(["reasoning", "message"]);
    expect((await ask("weather")).output[0]).toMatchObject({ type: "function_call", name: "weather" });
  });

  it("sends each event in one frame whose name is the event's type, and ends with [DONE]", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ text: "Hi." }]) });
    const answer = await post(test, { model: "plain", input: "Hi", stream: true });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    const frames = (await answer.text()).split("\n\n");
    expect(frames.slice(-2)).toEqual(["data: [DONE]", ""]);
    for (const frame of frames.slice(0, -2)) expect(frame).toMatch(/^event: ([a-z_.]+)\ndata: \{"type":"\1",.*\}$/);
  });

  it("sends the first events while the model has not said anything yet", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ stall: true }]) });
    const stream = await test.client.responses.create({ model: "plain", input: "Hi", stream: true });
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      if (types.length === 2) break;
    }
    expect(types).toEqual(["response.created", "response.in_progress"]);
  });

  it("keeps a silent stream alive by comments", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ stall: true }]), heartbeatMs: 20 });
    const answer = await post(test, { model: "plain", input: "Hi", stream: true });
    expect(await readUntil(answer, ": ping\n\n: ping\n\n")).toContain("event: response.in_progress");
  });
});

describe("a client that leaves", () => {
  it("cancels the run in mid-stream, and the model's server sees its connection closed", async () => {
    const words = Array.from({ length: 200 }, (_, index) => `word${index}`).join(" ");
    await using double = await startOpenAIDouble({ rules: [{ reply: [text(words), slow({ eventDelayMs: 5 })] }] });
    await using test = await startTestGateway({ model: toModel(double) });
    const stream = await test.client.responses.create({ model: "plain", input: "Talk.", stream: true });
    let id = "";
    for await (const event of stream) {
      if (event.type === "response.created") id = event.response.id;
      if (event.type === "response.output_text.delta") break;
    }
    await vi.waitFor(async () => {
      expect((await test.client.responses.retrieve(id)).status).toBe("cancelled");
      expect(await double.requests[0]?.outcome).toBe("aborted");
    });
    double.use({ reply: text("Here again.") });
    const next = await test.client.responses.create({
      model: "plain",
      input: "Still there?",
      previous_response_id: id,
    });
    expect(next.output_text).toBe("Here again.");
  });

  it("cancels a run that is not streamed", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ stall: true }]) });
    const leave = new AbortController();
    const asked = test.client.responses.create({ model: "plain", input: "Hi" }, { signal: leave.signal });
    // Looked at from the start, so that it never is a rejection that nobody handles.
    const outcome = asked.then(
      () => "answered",
      (error: unknown) => String(error),
    );
    await vi.waitFor(async () => expect(await test.countEvents()).toBeGreaterThan(3));
    leave.abort();
    expect(await outcome).toContain("aborted");
    await vi.waitFor(async () => {
      const types = [];
      for await (const event of test.log.readAll()) types.push(event.type);
      expect(types.at(-1)).toBe("RunCancelled");
    });
  });

  it("is dropped when it stops reading for too long", async () => {
    const word = "x".repeat(60_000);
    await using test = await startTestGateway({
      model: scriptedModel([{ text: Array.from({ length: 400 }, () => word).join(" ") }]),
      writeStallMs: 100,
    });
    const answer = await post(test, { model: "plain", input: "Hi", stream: true });
    const reader = answer.body?.getReader();
    await reader?.read();
    await vi.waitFor(
      async () => {
        const types = [];
        for await (const event of test.log.readAll()) types.push(event.type);
        expect(types.at(-1)).toBe("RunCancelled");
      },
      { timeout: 10_000, interval: 100 },
    );
    const rest = async (): Promise<void> => {
      while ((await reader?.read())?.done === false);
    };
    await expect(rest()).rejects.toThrow("terminated");
  });
});

describe("a model that fails", () => {
  it.each(["stall", "drop", "truncate", "rubbish"] as const)(
    "ends the stream with a failure, and the session can go on (%s)",
    async (fault) => {
      await using double = await startOpenAIDouble({
        rules: [{ when: "Hi", reply: [text("This is a long enough answer."), faults[fault]({ afterEvents: 5 })] }],
      });
      await using test = await startTestGateway({ model: toModel(double, 300) });
      const events = await readStream(test, { model: "plain", input: "Hi" });
      const last = responseOf(events.at(-1));
      expect(last).toMatchObject({ status: "failed", completed_at: null, error: { code: "server_error" } });
      expect(last.output).toEqual([]);
      await checkStream(test, events);
      double.use({ reply: text("Well again.") });
      const next = await test.client.responses.create({
        model: "plain",
        input: "Go on.",
        previous_response_id: last.id,
      });
      expect(next.output_text).toBe("Well again.");
    },
  );

  it.each(["stall", "drop", "truncate", "rubbish"] as const)(
    "answers with an error when nothing is streamed (%s)",
    async (fault) => {
      await using double = await startOpenAIDouble({
        rules: [{ when: "Hi", reply: [text("This is a long enough answer."), faults[fault]({ afterEvents: 5 })] }],
      });
      await using test = await startTestGateway({ model: toModel(double, 100) });
      const answer = await post(test, { model: "plain", input: "Hi" });
      expect([502, 504]).toContain(answer.status);
      expect(await answer.json()).toMatchObject({ error: { type: "server_error" } });
      const session = answer.headers.get("x-agentkit-session") ?? "";
      const next = await test.client.responses.create({
        model: "plain",
        input: "Still there?",
        conversation: `conv_${session}`,
      });
      expect(next.status).toBe("completed");
    },
  );

  it("tells a refusal of the model's server as a failed response once the stream has begun", async () => {
    await using test = await startTestGateway({ model: scriptedModel([{ error: "model_rate_limited" }]) });
    const events = await readStream(test, { model: "plain", input: "Hi" });
    expect(responseOf(events.at(-1)).error?.code).toBe("rate_limit_exceeded");
    await checkStream(test, events);
  });

  it("ends the stream with a failure when the log cannot take the answer", async () => {
    const log = createInMemoryEventLog();
    const broken = withAppend(log, async (stream, events, options) => {
      if (events.some((event) => event.type === "ModelCallCompleted")) throw new Error("The disk has gone.");
      return log.append(stream, events, options);
    });
    await using test = await startTestGateway({ model: scriptedModel([{ text: "Hello." }]), log: broken });
    const events = await readStream(test, { model: "plain", input: "Hi" });
    expect(events.at(-1)?.type).toBe("response.failed");
    expect(JSON.stringify(events)).not.toContain("The disk has gone.");
    expect(responseOf(events.at(-1)).status).toBe("failed");
  });
});
