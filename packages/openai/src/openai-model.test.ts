import {
  functionCalls,
  incomplete,
  json,
  reasoning,
  refusal,
  slow,
  startOpenAIDouble,
  text,
} from "@agentkit/openai-double";
import type { OpenAIDouble, Reply } from "@agentkit/openai-double";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ask, collect, responseOf } from "./answer.test.support.ts";
import { createOpenAIModel, toStructuredOutput } from "./index.ts";
import { isJsonArray, isJsonObject } from "./json-object.ts";

let double: OpenAIDouble;
beforeAll(async () => {
  double = await startOpenAIDouble({ models: ["gpt-test", "gpt-other"] });
});
afterEach(() => double.reset());
afterAll(async () => await double.close());

function modelThatAnswers(...reply: readonly Reply[]) {
  double.use({ reply });
  return createOpenAIModel({ apiKey: "sk-test", baseURL: double.url });
}

describe("an answer", () => {
  it("streams its text in pieces that add up to the finished item", async () => {
    const parts = await collect(modelThatAnswers(text("Grüß dich, 世界. How are you today?")), ask("Hello"));
    const deltas = parts.flatMap((part) => (part.type === "text.delta" ? part.delta : []));
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.join("")).toBe("Grüß dich, 世界. How are you today?");
    expect(parts.map((part) => part.type).filter((type) => type !== "text.delta")).toEqual([
      "item.added",
      "item.done",
      "completed",
    ]);
    const response = responseOf(parts);
    expect(response).toMatchObject({ status: "completed", model: "gpt-test" });
    expect(response.id).toMatch(/^resp_/);
    expect(response.output).toEqual(parts.flatMap((part) => (part.type === "item.done" ? [part.item] : [])));
  });

  it("calls several functions at once, with their arguments as the model wrote them", async () => {
    const calls = [
      { name: "weather", arguments: { city: "Oslo" } },
      { name: "weather", arguments: '{"city": ' },
    ];
    const parts = await collect(modelThatAnswers(functionCalls(calls)), ask("Weather?"));
    const streamed = [0, 1].map((index) =>
      parts.flatMap((part) => (part.type === "arguments.delta" && part.index === index ? part.delta : [])).join(""),
    );
    expect(streamed).toEqual(['{"city":"Oslo"}', '{"city": ']);
    expect(responseOf(parts).output).toMatchObject([
      { type: "function_call", name: "weather", arguments: '{"city":"Oslo"}' },
      { type: "function_call", name: "weather", arguments: '{"city": ' },
    ]);
  });

  it("streams a reasoning summary and a refusal as what they are", async () => {
    const parts = await collect(modelThatAnswers(reasoning("First.", "Second."), refusal("I will not.")), ask("Do it"));
    const summaries = [0, 1].map((place) =>
      parts
        .flatMap((part) => (part.type === "reasoning.delta" && part.summaryIndex === place ? part.delta : []))
        .join(""),
    );
    expect(summaries).toEqual(["First.", "Second."]);
    expect(parts.flatMap((part) => (part.type === "refusal.delta" ? part.delta : [])).join("")).toBe("I will not.");
    expect(responseOf(parts).output.map((item) => item.type)).toEqual(["reasoning", "message"]);
  });

  it("says why it stopped early", async () => {
    const response = responseOf(
      await collect(modelThatAnswers(text("Once upon a"), incomplete("max_output_tokens")), ask("A story")),
    );
    expect(response).toMatchObject({ status: "incomplete", incompleteReason: "max_output_tokens" });
    expect(response.output).toHaveLength(1);
  });

  it("arrives whole when it drips in by bytes that part its characters", async () => {
    const answer = "Ein Äpfelchen 🍎 für dich";
    const parts = await collect(modelThatAnswers(text(answer), slow({ chunkBytes: 3 })), ask("Drip"));
    expect(parts.flatMap((part) => (part.type === "text.delta" ? part.delta : [])).join("")).toBe(answer);
  });

  it("tells the usage normalised and as the server gave it", async () => {
    const { usage, rawUsage } = responseOf(await collect(modelThatAnswers(text("Hi")), ask("Hello")));
    expect(rawUsage).toHaveProperty("input_tokens_details");
    const input = (usage?.uncachedInputTokens ?? 0) + (usage?.cacheReadTokens ?? 0) + (usage?.cacheWriteTokens ?? 0);
    expect(input).toBe(rawUsage?.["input_tokens"]);
    expect(usage?.outputTokens).toBe(rawUsage?.["output_tokens"]);
  });

  it("fits a schema that was asked for by structured output", async () => {
    const weather = toStructuredOutput("weather", z.object({ city: z.string(), wind: z.number().nullable() }));
    const model = modelThatAnswers(json({ city: "Graz", wind: null }));
    const parts = await collect(model, ask("Weather?", { settings: { text: { format: weather.format } } }));
    const answer = parts.flatMap((part) => (part.type === "text.delta" ? part.delta : [])).join("");
    expect(weather.parse(answer)).toEqual({ city: "Graz", wind: null });
  });
});

describe("a request", () => {
  it("asks for a stream, stores nothing, and passes the settings by their names", async () => {
    const settings = { temperature: 0.5, max_output_tokens: 100, parallel_tool_calls: false };
    await collect(modelThatAnswers(text("Hi")), ask("Hello", { instructions: "Be brief.", settings }));
    expect(double.requests[0]?.body).toEqual({
      model: "gpt-test",
      instructions: "Be brief.",
      input: [{ type: "message", role: "user", content: "Hello" }],
      store: false,
      stream: true,
      ...settings,
    });
  });

  it("names its functions and leaves an empty list of tools out", async () => {
    const tool = {
      type: "function",
      name: "now",
      parameters: { type: "object", properties: {} },
      strict: false,
    } as const;
    const model = modelThatAnswers(text("Hi"));
    await collect(model, ask("Hello", { tools: [tool] }));
    await collect(model, ask("Hello", { tools: [] }));
    expect(double.requests[0]?.body).toHaveProperty("tools", [tool]);
    expect(double.requests[1]?.body).not.toHaveProperty("tools");
  });

  it("asks for encrypted reasoning only where reasoning is asked for, unless the settings say what to include", async () => {
    const model = modelThatAnswers(text("Hi"));
    await collect(model, ask("a", { settings: { reasoning: { effort: "low" } } }));
    await collect(model, ask("b", { settings: { reasoning: { effort: "none" } } }));
    await collect(model, ask("c", { settings: { reasoning: { effort: "low" }, include: [] } }));
    const includes = double.requests.map(({ body }) => (isJsonObject(body) ? body["include"] : null));
    expect(includes).toEqual([["reasoning.encrypted_content"], undefined, []]);
  });

  it("is refused when a setting would leave the conversation with the server", async () => {
    const model = modelThatAnswers(text("Hi"));
    const request = ask("Hello", { settings: { previous_response_id: "resp_1" } });
    await expect(collect(model, request)).rejects.toMatchObject({
      code: "model_request_rejected",
      param: "previous_response_id",
    });
    expect(double.requests).toHaveLength(0);
  });

  it("carries organization, project and headers of the options", async () => {
    const model = createOpenAIModel({
      apiKey: "sk-test",
      baseURL: double.url,
      organization: "org-1",
      project: "proj_1",
      defaultHeaders: { "x-team": "blue" },
    });
    await collect(model, ask("Hello"));
    expect(double.requests[0]?.headers).toMatchObject({
      authorization: "Bearer sk-test",
      "openai-organization": "org-1",
      "openai-project": "proj_1",
      "x-team": "blue",
    });
  });
});

describe("a conversation", () => {
  it("sends reasoning with its encrypted content in front of the call it led to, and no other ids", async () => {
    const settings = { reasoning: { effort: "low" } };
    const first = ask("Weather in Oslo?", { settings });
    const model = modelThatAnswers(reasoning("Ask the tool."), functionCalls([{ name: "weather", arguments: {} }]));
    const { output } = responseOf(await collect(model, first));
    const callId = output.find((item) => item.type === "function_call")?.["call_id"] ?? "";
    double.use({ when: { toolOutput: true }, reply: text("Sunny.") });
    const answered = { type: "function_call_output", call_id: callId, output: "sunny" };
    const second = responseOf(await collect(model, { ...first, input: [...first.input, ...output, answered] }));
    expect(second.output).toMatchObject([{ type: "message" }]);
    const body = double.requests[1]?.body;
    const input = isJsonObject(body) && isJsonArray(body["input"]) ? body["input"].filter(isJsonObject) : [];
    expect(input.map((item) => item["type"])).toEqual([
      "message",
      "reasoning",
      "function_call",
      "function_call_output",
    ]);
    expect(input[1]?.["encrypted_content"]).toEqual(expect.any(String));
    expect(input.map((item) => item["id"])).toEqual([undefined, output[0]?.["id"], undefined, undefined]);
    expect(input.filter((item) => "status" in item)).toEqual([]);
  });

  it("goes on for several turns when the answers are sent back", async () => {
    const model = createOpenAIModel({ apiKey: "sk-test", baseURL: double.url });
    let { input } = ask("one");
    for (const word of ["two", "three", "four"]) {
      const { output } = responseOf(await collect(model, { model: "gpt-test", input }));
      input = [...input, ...output, { type: "message", role: "user", content: word }];
    }
    expect(input).toHaveLength(7);
  });
});

describe("the model", () => {
  it("lists what can be named in a request", async () => {
    const models = await createOpenAIModel({ apiKey: "sk-test", baseURL: double.url }).list?.({
      signal: new AbortController().signal,
    });
    expect(models?.map(({ id }) => id)).toEqual(["gpt-test", "gpt-other"]);
  });

  it.each([
    ["https://api.openai.com/v1", "OpenAI at api.openai.com"],
    ["https://eu.api.openai.com/v1", "OpenAI at eu.api.openai.com"],
    ["http://user:secret@127.0.0.1:11434/v1?key=secret", "Responses API at 127.0.0.1:11434"],
    ["https://notopenai.com/v1", "Responses API at notopenai.com"],
  ])("describes %s without credentials", (baseURL, description) => {
    expect(createOpenAIModel({ apiKey: "sk-test", baseURL }).description).toBe(description);
  });

  it("needs an address that is a URL and a time limit that is one", () => {
    expect(() => createOpenAIModel({ apiKey: "sk-test", baseURL: "nonsense" })).toThrow(/base URL/);
    expect(() => createOpenAIModel({ apiKey: "sk-test", timeoutMs: 0 })).toThrow(/timeoutMs/);
  });
});
