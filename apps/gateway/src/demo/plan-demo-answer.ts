import {
  type FunctionCallItem,
  type FunctionTool,
  isFunctionCall,
  isFunctionCallOutput,
  isMessage,
  type Item,
  type JsonObject,
  type JsonValue,
  messageText,
  type ModelRequest,
} from "@agentkit/core";
import { z } from "zod";
import { demoInstructions } from "./demo-agent.ts";
import { changingTools, demoIntents } from "./demo-intents.ts";
import { sampleValue } from "./sample-value.ts";

/** Stands at the end of every answer in words. */
export const demoLabel: string = "[offline demo model, not a language model]";

/** A function the demo model wants to have called. */
export interface DemoCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** What the demo model answers: calls, or words. */
export type DemoAnswer =
  | { readonly type: "calls"; readonly calls: readonly DemoCall[] }
  | { readonly type: "text"; readonly text: string };

/**
 * Decides what the demo model answers: a pure function of the request. It follows a handful of phrasings, calls the tools
 * they need, and makes its answer from what the tools returned.
 */
export function planDemoAnswer(request: ModelRequest): DemoAnswer {
  const outputs = newestOutputs(request.input);
  const said = newestText(request.input);
  const calls = outputs.length > 0 ? [] : chooseCalls(request, said);
  if (calls.length > 0) return { type: "calls", calls };
  const words = outputs.length > 0 ? outputs.map(describeOutput).join(" ") : talk(request, said);
  return { type: "text", text: toFormat(request, words) };
}

const failureSchema = z.object({ error: z.object({ message: z.string() }) });

interface Answered {
  readonly call: FunctionCallItem;
  readonly output: string;
}

/** The outputs at the end of the input, each with its call. */
function newestOutputs(input: readonly Item[]): readonly Answered[] {
  const start = input.findLastIndex((item) => !isFunctionCallOutput(item)) + 1;
  const calls = input.filter(isFunctionCall);
  return input.slice(start).flatMap((item) => {
    const call = isFunctionCallOutput(item) && calls.find(({ call_id: id }) => id === item.call_id);
    return call ? [{ call, output: toText(item["output"]) }] : [];
  });
}

function toText(output: JsonValue | undefined): string {
  return typeof output === "string" ? output : JSON.stringify(output);
}

function describeOutput({ call, output }: Answered): string {
  const failure = failureIn(output);
  if (failure !== undefined) return `${call.name} failed: ${failure}`;
  const intent = demoIntents.find(({ tool }) => tool === call.name);
  const input = parseObject(call.arguments);
  return intent === undefined || input === undefined
    ? `${call.name} returned: ${output}`
    : intent.answer(input, output);
}

/** The engine tells a model what went wrong with a call as `{ error: { code, message } }`. */
function failureIn(output: string): string | undefined {
  const parsed = failureSchema.safeParse(parseObject(output));
  return parsed.success ? parsed.data.error.message : undefined;
}

function parseObject(text: string): JsonObject | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

function userTexts(input: readonly Item[]): readonly string[] {
  return input.filter(isMessage).flatMap((item) => (item.role === "user" ? [messageText(item)] : []));
}

function newestText(input: readonly Item[]): string {
  return userTexts(input).at(-1) ?? "";
}

function chooseCalls(request: ModelRequest, said: string): readonly DemoCall[] {
  const tools = request.tools ?? [];
  const choice = request.settings?.["tool_choice"];
  if (choice === "none") return [];
  const forced = isObject(choice) ? choice["name"] : undefined;
  if (forced !== undefined) return tools.filter(({ name }) => name === forced).map((tool) => toCall(tool, said));
  const wanted = [...intended(tools, said), ...named(tools, said)];
  if (wanted.length > 0 || choice !== "required") return wanted;
  return tools.slice(0, 1).map((tool) => toCall(tool, said));
}

function intended(tools: readonly FunctionTool[], said: string): readonly DemoCall[] {
  const matches = demoIntents.flatMap((intent) => {
    const input = tools.some(({ name }) => name === intent.tool) ? intent.match(said) : undefined;
    return input === undefined ? [] : [{ name: intent.tool, arguments: input }];
  });
  const change = matches.find(({ name }) => changingTools.has(name));
  return change === undefined ? matches : [change];
}

/** Tools the demo does not know are called when the text names them. */
function named(tools: readonly FunctionTool[], said: string): readonly DemoCall[] {
  const text = said.toLowerCase();
  return tools
    .filter(({ name }) => demoIntents.every(({ tool }) => tool !== name))
    .filter(({ name }) => [name, name.replaceAll(/[_-]/g, " ")].some((form) => text.includes(form.toLowerCase())))
    .map((tool) => toCall(tool, said));
}

function toCall(tool: FunctionTool, said: string): DemoCall {
  const known = demoIntents.find((intent) => intent.tool === tool.name)?.match(said);
  const quoted = /["“']([^"”']+)["”']/.exec(said)?.[1];
  const sampled = sampleValue(tool.parameters ?? {}, quoted ?? "demo");
  const input = typeof sampled === "object" && sampled !== null ? Object.fromEntries(Object.entries(sampled)) : {};
  return { name: tool.name, arguments: known ?? input };
}

function talk(request: ModelRequest, said: string): string {
  const count = /\bcount (?:up )?to (\d{1,4})\b/i.exec(said)?.[1];
  if (count !== undefined) return Array.from({ length: Number(count) }, (_, index) => String(index + 1)).join(" ");
  if (/\bwhat(?:'s| is) my name\b/i.test(said)) return recallName(request.input);
  const name = nameIn(said);
  if (name !== undefined) return `Nice to meet you, ${name}.`;
  if (/\bwhat did I (?:say|ask)\b/i.test(said)) return recallTexts(request.input);
  return suggest(request);
}

function nameIn(text: string): string | undefined {
  return /\bmy name is (\p{L}[\p{L}'-]*)/iu.exec(text)?.[1];
}

function recallName(input: readonly Item[]): string {
  const name = userTexts(input)
    .map(nameIn)
    .findLast((found) => found !== undefined);
  return name === undefined ? "You have not told me your name." : `Your name is ${name}.`;
}

function recallTexts(input: readonly Item[]): string {
  const earlier = userTexts(input).slice(0, -1);
  return earlier.length === 0 ? "Nothing before this." : `You said: ${earlier.map((text) => `“${text}”`).join(", ")}.`;
}

function suggest(request: ModelRequest): string {
  const names = new Set((request.tools ?? []).map(({ name }) => name));
  const examples = demoIntents.filter(({ tool }) => names.has(tool)).map(({ example }) => example);
  const always = ["My name is Ada", "What is my name?", "What did I say?", "Count to 100"];
  return `I only understand a few phrases. Try: ${[...examples, ...always].join(" · ")}.`;
}

function toFormat(request: ModelRequest, words: string): string {
  const text = request.settings?.["text"];
  const format = isObject(text) ? text["format"] : undefined;
  if (isObject(format) && format["type"] === "json_schema") {
    return JSON.stringify(sampleValue(format["schema"], "offline demo"));
  }
  if (isObject(format) && format["type"] === "json_object") return JSON.stringify({ demo: demoLabel, answer: words });
  return [words, ...foreignInstructions(request.instructions), demoLabel].join(" ");
}

/** Other instructions than its agent's are quoted, so that a fork with other instructions can be told by its answer. */
function foreignInstructions(instructions: string | undefined): readonly string[] {
  const own = instructions?.replace(demoInstructions, "").trim() ?? "";
  if (own === "") return [];
  return [`(I was instructed: “${own.length <= 120 ? own : `${own.slice(0, 119)}…`}”, and cannot follow it.)`];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
