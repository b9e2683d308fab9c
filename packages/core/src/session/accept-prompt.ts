import { AgentKitError } from "../errors/agent-kit-error.ts";
import { isFunctionCall, isFunctionCallOutput } from "../model/items.ts";
import type { Item } from "../model/items.ts";
import { itemSchema } from "../events/schemas.ts";
import { itemText } from "./model-request.ts";

/**
 * Checks that a prompt fits the conversation: its items are JSON, every function call has its output after it, every output its call before
 * it, none twice, and the calls that the caller was asked to run are answered now.
 *
 * @param pending Call ids of the turn before that the caller has to answer.
 * @throws AgentKitError `input_invalid` for an empty prompt and for an item that cannot be recorded, `input_item_unpaired`,
 * each with the item's path as `param`.
 */
export function acceptPrompt(items: readonly Item[], pending: ReadonlySet<string>): void {
  if (items.length === 0) throw new AgentKitError("input_invalid", "The input has no items.", { param: "input" });
  for (const [index, item] of items.entries()) checkItem(item, `input[${index}]`);
  const open = new Map([...pending].map((callId) => [callId, "input"]));
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (isFunctionCall(item)) openCall(item.call_id, { index, open, seen });
    if (isFunctionCallOutput(item)) closeCall(item.call_id, { index, open, seen });
  }
  for (const [callId, param] of open) throw unpaired(`No tool output found for function call ${callId}.`, param);
  checkLastReasoning(items);
}

// The types say so; what a caller sends may be anything.
function checkItem(item: Item, param: string): void {
  if (!itemSchema.safeParse(item).success) {
    throw new AgentKitError("input_invalid", "An input item is an object with a type.", { param });
  }
  const isPaired = isFunctionCall(item) || isFunctionCallOutput(item);
  if (isPaired && typeof item["call_id"] !== "string") {
    throw new AgentKitError("input_invalid", `The ${item.type} has no call_id.`, { param: `${param}.call_id` });
  }
  try {
    itemText(item);
  } catch (cause) {
    const reason = AgentKitError.is(cause) ? cause.message : "It is no JSON.";
    throw new AgentKitError("input_invalid", reason, { param, cause });
  }
}

interface Place {
  readonly index: number;
  readonly open: Map<string, string>;
  readonly seen: Set<string>;
}

function openCall(callId: string, { index, open, seen }: Place): void {
  if (seen.has(callId)) throw unpaired(`Function call ${callId} is there twice.`, `input[${index}].call_id`);
  seen.add(callId);
  open.set(callId, `input[${index}].call_id`);
}

function closeCall(callId: string, { index, open, seen }: Place): void {
  const param = `input[${index}].call_id`;
  if (open.delete(callId)) {
    seen.add(callId);
    return;
  }
  if (seen.has(callId)) throw unpaired(`The output of function call ${callId} is there twice.`, param);
  throw unpaired(`No tool call found for function call output with call_id ${callId}.`, param);
}

function checkLastReasoning(items: readonly Item[]): void {
  const index = items.length - 1;
  if (items[index]?.type !== "reasoning") return;
  throw unpaired("A reasoning item was provided without the item that has to follow it.", `input[${index}]`);
}

function unpaired(message: string, param: string): AgentKitError {
  return new AgentKitError("input_item_unpaired", message, { param });
}
