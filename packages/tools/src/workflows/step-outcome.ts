import { isFunctionCallOutput, type Item, type JsonValue, parseJson } from "@agentkit/core";
import { z } from "zod";

/** What became of a step's call, as the planner reads it. */
export type StepOutcome =
  | { readonly type: "succeeded"; readonly text: string }
  | { readonly type: "failed"; readonly code: string; readonly message: string };

/** What became of the calls among the items, by their ids. */
export function readOutcomes(items: readonly Item[]): ReadonlyMap<string, StepOutcome> {
  const outputs = items.filter(isFunctionCallOutput);
  return new Map(outputs.map(({ call_id: callId, output }) => [callId, readOutcome(toText(output))]));
}

/**
 * A tool's output as its workflow records it. The planner sees texts, and the engine writes a failure as JSON: an output that
 * looks the same is given a line break in front, so that it cannot be taken for one. {@link readOutcome} takes it off again.
 */
export function markOutput(text: string): string {
  return lookalike.test(text) ? `\n${text}` : text;
}

const lookalike = /^\n*\{"(?:error|arguments_used)":/;

const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const edited = z.object({ arguments_used: z.string(), output: z.string() });

function readOutcome(text: string): StepOutcome {
  if (!lookalike.test(text)) return { type: "succeeded", text };
  if (text.startsWith("\n")) return { type: "succeeded", text: text.slice(1) };
  const value = toJson(text);
  const changed = edited.safeParse(value);
  if (changed.success) return readOutcome(changed.data.output);
  const failed = failure.safeParse(value);
  // What a person says that a call came to is no tool's output, and may be anything.
  return failed.success ? { type: "failed", ...failed.data.error } : { type: "succeeded", text };
}

function toJson(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

function toText(output: string | readonly JsonValue[]): string {
  return typeof output === "string" ? output : JSON.stringify(output);
}
