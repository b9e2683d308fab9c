import {
  type FunctionTool,
  isFunctionCall,
  type Item,
  type JsonObject,
  type ModelRequest,
  type ModelResponse,
  type ModelStreamPart,
} from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { createDemoAgent } from "./demo-agent.ts";
import { createDemoModel, demoModelName } from "./demo-model.ts";
import { demoLabel } from "./plan-demo-answer.ts";

const model = createDemoModel({ standsInFor: ["gpt-5.1"], wordDelayMs: 0 });
const agent = createDemoAgent({ model: "gpt-5.1", dataDirectory: "/nowhere" });
const tools = agent.tools.map(({ name, description, parameters, strict }): FunctionTool => ({
  type: "function",
  name,
  description,
  parameters,
  strict,
}));
const weather: FunctionTool = {
  type: "function",
  name: "get_weather",
  strict: true,
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

function say(text: string): Item {
  const message: JsonObject & Item = { type: "message", role: "user", content: text };
  return message;
}

function ask(text: string, rest: Partial<ModelRequest> = {}): ModelRequest {
  return { model: demoModelName, input: [say(text)], tools, ...rest };
}

async function partsOf(request: ModelRequest, signal = new AbortController().signal): Promise<ModelStreamPart[]> {
  const parts: ModelStreamPart[] = [];
  for await (const part of model.stream(request, { signal })) parts.push(part);
  return parts;
}

async function answer(request: ModelRequest): Promise<ModelResponse> {
  const last = (await partsOf(request)).at(-1);
  if (last?.type !== "completed") throw new Error("It did not complete.");
  return last.response;
}

async function textOf(request: ModelRequest): Promise<string> {
  const [item] = (await answer(request)).output;
  return JSON.stringify(item?.["content"]).replaceAll('\\"', '"');
}

async function callsOf(request: ModelRequest): Promise<unknown> {
  const { output } = await answer(request);
  return output.filter(isFunctionCall).map((call) => [call.name, JSON.parse(call.arguments) as unknown]);
}

describe("the demo model", () => {
  it.each([
    ["What is 6 * 7?", "calculate", { expression: "6 * 7" }],
    ["Compute sqrt(2) * 3.", "calculate", { expression: "sqrt(2) * 3" }],
    ["What time is it in Tokyo?", "current_time", { time_zone: "Asia/Tokyo" }],
    ["What time is it in America/Lima?", "current_time", { time_zone: "America/Lima" }],
    [
      "Remember: buy milk and bread today",
      "save_note",
      { title: "buy milk and bread", text: "buy milk and bread today" },
    ],
    ["Save a note called trip: take 2 bags", "save_note", { title: "trip", text: "take 2 bags" }],
    ["List my notes", "list_notes", {}],
    ["Read the note trip", "read_note", { title: "trip" }],
    ["Please send 25.50 EUR to Ada Lovelace.", "send_payment", { to: "Ada Lovelace", amount: 25.5, currency: "EUR" }],
    ["Delete the note buy milk.", "delete_note", { title: "buy milk" }],
    ["Pay $5 to Bob", "send_payment", { to: "Bob", amount: 5, currency: "USD" }],
  ])("answers %j by calling %s", async (text, name, input) => {
    expect(await callsOf(ask(text))).toEqual([[name, input]]);
  });

  it("calls two tools at once where two are asked for", async () => {
    expect(await callsOf(ask("What time is it, and what is 1 + 1?"))).toEqual([
      ["current_time", { time_zone: "UTC" }],
      ["calculate", { expression: "1 + 1" }],
    ]);
  });

  it("answers from what its tools returned, and says what it is", async () => {
    const first = await answer(ask("What is 6 * 7?"));
    const [call] = first.output;
    const output: JsonObject & Item = { type: "function_call_output", call_id: call?.["call_id"], output: "42" };
    const input = [say("What is 6 * 7?"), ...first.output, output];
    expect(await textOf(ask("", { input }))).toContain(`6 * 7 = 42. ${demoLabel}`);
    const failed = { ...output, output: '{"error":{"code":"tool_failed","message":"No."}}' };
    const failedInput = [say("What is 6 * 7?"), ...first.output, failed];
    expect(await textOf(ask("", { input: failedInput }))).toContain(`calculate failed: No. ${demoLabel}`);
  });

  it("says what one can try when it does not understand", async () => {
    expect(await textOf(ask("Explain monads"))).toMatch(/I only understand a few phrases\. Try: .*What is 6 \* 7\?/);
  });

  it("remembers what was said", async () => {
    const input = [say("My name is Ada"), say("What is my name?")];
    expect(await textOf(ask("", { input }))).toContain("Your name is Ada.");
  });

  it("quotes instructions that are not its agent's", async () => {
    expect(await textOf(ask("hello", { instructions: "Talk in rhyme." }))).toContain("“Talk in rhyme.”");
    const { instructions = "" } = agent;
    expect(await textOf(ask("hello", { instructions }))).not.toContain("instructed");
  });

  it.each([
    ["that the text names", "Call get weather for 'Oslo'", undefined],
    ["that it is told to call", "In 'Oslo'?", { type: "function", name: "get_weather" }],
    ["when it is told to call any", "In 'Oslo'?", "required"],
  ])("calls a function of the client %s", async (_title, text, choice) => {
    const settings = choice === undefined ? {} : { tool_choice: choice };
    expect(await callsOf(ask(text, { tools: [weather], settings }))).toEqual([["get_weather", { city: "Oslo" }]]);
  });

  it("calls nothing when it is told to call nothing", async () => {
    expect(await textOf(ask("What is 6 * 7?", { settings: { tool_choice: "none" } }))).toContain(demoLabel);
  });

  it("answers in the format that is asked for", async () => {
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const settings = { text: { format: { type: "json_schema", name: "place", schema } } };
    expect(await textOf(ask("hello", { settings }))).toContain('{"city":"offline demo"}');
  });

  it("stops early at max_output_tokens, and says so", async () => {
    const response = await answer(ask("Count to 100", { settings: { max_output_tokens: 3 } }));
    expect(response).toMatchObject({ status: "incomplete", incompleteReason: "max_output_tokens" });
    expect(response.output).toMatchObject([{ status: "incomplete", content: [{ text: "1 2 3" }] }]);
  });

  it("streams word by word, and announces what it completes with", async () => {
    const parts = await partsOf(ask("Count to 3"));
    const deltas = parts.flatMap((part) => (part.type === "text.delta" ? [part.delta] : []));
    expect(deltas.slice(0, 3)).toEqual(["1", " 2", " 3"]);
    const done = parts.flatMap((part) => (part.type === "item.done" ? [part.item] : []));
    expect((await answer(ask("Count to 3"))).output).toEqual(done);
  });

  it("gives the same request the same answer to the last byte", async () => {
    expect(await partsOf(ask("What is 6 * 7?"))).toEqual(await partsOf(ask("What is 6 * 7?")));
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const slow = createDemoModel({ standsInFor: [], wordDelayMs: 10_000 });
    const parts = slow.stream(ask("hello"), { signal: stop.signal })[Symbol.asyncIterator]();
    const first = parts.next();
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: "aborted" });
  });

  it("stands in for its agents' models only", async () => {
    expect((await answer(ask("hello", { model: "gpt-5.1" }))).model).toBe(demoModelName);
    await expect(answer(ask("hello", { model: "gpt-4" }))).rejects.toMatchObject({ code: "model_not_found" });
  });
});
