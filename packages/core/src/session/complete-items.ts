import { isFunctionCall, isFunctionCallOutput } from "../model/items.ts";
import type { Item } from "../model/items.ts";

/**
 * The items of a run that broke off, less those that a model's API would refuse to see again: calls without their output,
 * and reasoning that belonged to nothing that is left. Reasoning, call and output are one group. Outputs are kept: one
 * whose call is not among the items answers a call of the turn before.
 */
export function completeItems(items: readonly Item[]): readonly Item[] {
  const answered = new Set(items.filter(isFunctionCallOutput).map((item) => item.call_id));
  const paired = items.filter((item) => !isFunctionCall(item) || answered.has(item.call_id));
  return paired.filter((item, index) => item.type !== "reasoning" || followsModelItem(paired, index));
}

// Reasoning is followed by what it led to: more reasoning, a call, or the assistant's message.
function followsModelItem(items: readonly Item[], index: number): boolean {
  const next = items.slice(index + 1).find((item) => item.type !== "reasoning");
  return next !== undefined && !isFunctionCallOutput(next) && next["role"] !== "user";
}

/** The outputs that answer calls of the turn before. They stay with those calls whatever becomes of their own run. */
export function outputsForEarlierCalls(items: readonly Item[]): readonly Item[] {
  const called = new Set(items.filter(isFunctionCall).map((item) => item.call_id));
  return items.filter((item) => isFunctionCallOutput(item) && !called.has(item.call_id));
}
