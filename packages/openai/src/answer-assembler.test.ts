import type { JsonObject } from "@agentkit/core";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { ask, collect, errorOf, responseOf } from "./answer.test.support.ts";
import { createOpenAIModel } from "./index.ts";

/** A model whose server sends exactly these events. */
function modelThatSends(events: readonly JsonObject[]) {
  const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
  const client = new OpenAI({
    apiKey: "sk-test",
    baseURL: "http://127.0.0.1:9/v1",
    fetch: async () => await Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } })),
  });
  return createOpenAIModel({ client });
}

const message = (text: string) => ({ type: "message", role: "assistant", content: [{ type: "output_text", text }] });
const empty = { type: "message", role: "assistant", content: [] };
const added = (index: number, item: JsonObject = empty) => ({
  type: "response.output_item.added",
  output_index: index,
  item,
});
const delta = (text: string, index = 0) => ({
  type: "response.output_text.delta",
  output_index: index,
  content_index: 0,
  delta: text,
});
const whole = (text: string) => ({
  type: "response.output_text.done",
  output_index: 0,
  content_index: 0,
  text,
});
const done = (text: string, index = 0) => ({
  type: "response.output_item.done",
  output_index: index,
  item: message(text),
});
const unfinished = (text: string, status: string) => ({ ...message(text), status });
const numbered = (number: number) => ({ type: "response.in_progress", sequence_number: number });
const completed = (...output: readonly JsonObject[]) => ({
  type: "response.completed",
  response: { id: "resp_1", model: "m", status: "completed", output },
});

describe("a stream that does not add up", () => {
  it.each([
    ["a lost piece", [added(0), delta("Hel"), done("Hello"), completed(message("Hello"))]],
    ["a repeated piece", [added(0), delta("He"), delta("He"), delta("llo"), done("Hello"), completed()]],
    ["a text that ends otherwise", [added(0), delta("Hello"), whole("Hell"), done("Hello"), completed()]],
    ["a text that the item does not hold", [added(0), delta("Hello"), done(""), completed()]],
    ["an item that never ends", [added(0), delta("Hello"), completed()]],
    ["an item too few at the end", [done("Hello"), done("World", 1), completed(message("Hello"))]],
    ["another item at the end", [added(0), delta("Hello"), done("Hello"), completed(message("Goodbye"))]],
    [
      "an item that is still in progress at the end",
      [added(0), delta("Hel"), completed(unfinished("Hel", "in_progress"))],
    ],
    ["an incomplete item of a complete answer", [added(0), delta("Hel"), completed(unfinished("Hel", "incomplete"))]],
    ["an item that ends twice", [added(0), done("a"), done("a"), completed()]],
    ["an item that goes on after its end", [added(0), done("a"), delta("b"), completed()]],
    ["an item that changes its type", [added(0, { type: "reasoning", summary: [] }), done("a"), completed()]],
    ["a gap in the output", [added(1), done("a", 1), completed()]],
    ["a piece of an unknown item", [delta("a", 3), completed()]],
    ["a piece without a place", [added(0), { type: "response.output_text.delta", output_index: 0, delta: "a" }]],
    ["a status that is not the event's", [{ ...completed(), type: "response.incomplete" }]],
    ["no response at the end", [{ type: "response.completed" }]],
    ["an item without a type", [{ type: "response.output_item.added", output_index: 0, item: {} }]],
    ["an event without a type", [{ hello: "world" }]],
    ["a gap in its numbers", [numbered(0), numbered(2)]],
    ["a gap behind a keepalive", [numbered(0), { type: "keepalive", sequence_number: 1 }, numbered(3)]],
  ])("is refused for %s", async (_, events) => {
    const error = await errorOf(collect(modelThatSends(events), ask("Hi")));
    expect(error).toMatchObject({ code: "model_response_invalid", retryable: false });
  });

  it("never gives a part 'completed'", async () => {
    const types: string[] = [];
    const model = modelThatSends([added(0), delta("Hel"), done("Hello"), completed(message("Hello"))]);
    await errorOf(
      (async () => {
        for await (const part of model.stream(ask("Hi"), { signal: new AbortController().signal }))
          types.push(part.type);
      })(),
    );
    expect(types).toEqual(["item.added", "text.delta"]);
  });
});

describe("what servers do differently", () => {
  it.each([
    ["lists no output at the end", [added(0), delta("Hello"), done("Hello"), completed()]],
    ["sends a short text whole", [added(0), done("Hello"), completed(message("Hello"))]],
    ["tells of an item when it is done", [done("Hello"), completed(message("Hello"))]],
    ["ends its item with the answer", [added(0), delta("Hello"), completed(message("Hello"))]],
    ["sends nothing but the answer", [completed(message("Hello"))]],
    [
      "numbers its keepalives",
      [numbered(7), { type: "keepalive", sequence_number: 8 }, numbered(9), done("Hello"), completed()],
    ],
    [
      "sits behind a proxy that slips keepalives in",
      [
        numbered(0),
        { type: "keepalive", sequence_number: 0 },
        { type: "keepalive" },
        numbered(1),
        done("Hello"),
        completed(),
      ],
    ],
    [
      "sends events that are new",
      [{ type: "keepalive" }, added(0), { type: "response.future.delta" }, done("Hello"), completed()],
    ],
  ])("is understood when a server %s", async (_, events) => {
    const parts = await collect(modelThatSends(events), ask("Hi"));
    expect(parts.flatMap((part) => (part.type === "text.delta" ? part.delta : [])).join("")).toBe("Hello");
    expect(parts.filter((part) => part.type === "item.added")).toHaveLength(1);
    expect(responseOf(parts)).toEqual({ id: "resp_1", model: "m", status: "completed", output: [message("Hello")] });
  });
});

async function spend(usage: JsonObject | null) {
  const event = { type: "response.completed", response: { status: "completed", output: [], usage } };
  return responseOf(await collect(modelThatSends([event]), ask("Hi")));
}

describe("usage", () => {
  it("counts no token twice", async () => {
    const raw = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 20 },
      total_tokens: 150,
    };
    const { usage, rawUsage } = await spend(raw);
    expect(usage).toEqual({
      uncachedInputTokens: 10,
      cacheReadTokens: 60,
      cacheWriteTokens: 30,
      outputTokens: 50,
      reasoningTokens: 20,
    });
    expect(rawUsage).toEqual(raw);
  });

  it("does without the details that a server leaves out", async () => {
    const { usage } = await spend({ input_tokens: 7, output_tokens: 2, input_tokens_details: null });
    expect(usage).toEqual({
      uncachedInputTokens: 7,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 2,
      reasoningTokens: 0,
    });
  });

  it("is not made up", async () => {
    expect(await spend(null)).not.toHaveProperty("usage");
    const odd = await spend({ prompt_tokens: 3 });
    expect(odd).not.toHaveProperty("usage");
    expect(odd.rawUsage).toEqual({ prompt_tokens: 3 });
  });
});
