import { isFunctionCall, isFunctionCallOutput } from "../model/items.ts";
import type { Item } from "../model/items.ts";

/**
 * The items of a run that broke off, less those that a model's API would refuse to see again: calls without their output,
 * and reasoning that belonged to nothing that is left. Reasoning, call and output are one group. Outputs are kept: one
 * whose call is not among the items answers a call of the turn before.
 */
export function completeItems(items: readonly Item[]): readonly Item[] {
  const { answered } = pairsOf(items);
  const paired = items.filter((item) => !isFunctionCall(item) || answered.has(item));
  return paired.filter((item, index) => item.type !== "reasoning" || followsModelItem(paired, index));
}

// Reasoning is followed by what it led to: more reasoning, a call, or the assistant's message.
function followsModelItem(items: readonly Item[], index: number): boolean {
  const next = items.slice(index + 1).find((item) => item.type !== "reasoning");
  return next !== undefined && !isFunctionCallOutput(next) && next["role"] !== "user";
}

/** The outputs that answer calls of the turn before. They stay with those calls whatever becomes of their own run. */
export function outputsForEarlierCalls(items: readonly Item[]): readonly Item[] {
  const { answers } = pairsOf(items);
  return items.filter((item) => isFunctionCallOutput(item) && !answers.has(item));
}

interface Pairs {
  /** The calls that have their output. */
  readonly answered: ReadonlySet<Item>;
  /** The outputs that have their call. */
  readonly answers: ReadonlySet<Item>;
}

// An output answers the last call of its id before it: some models number their calls anew in each answer.
function pairsOf(items: readonly Item[]): Pairs {
  const open = new Map<string, Item>();
  const answered = new Set<Item>();
  const answers = new Set<Item>();
  for (const item of items) {
    if (isFunctionCall(item)) open.set(item.call_id, item);
    if (!isFunctionCallOutput(item)) continue;
    const call = open.get(item.call_id);
    if (call === undefined) continue;
    open.delete(item.call_id);
    answered.add(call);
    answers.add(item);
  }
  return { answered, answers };
}
