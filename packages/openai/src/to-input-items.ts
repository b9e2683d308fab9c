import type { Item, JsonObject, MessageItem } from "@agentkit/core";
import { isMessage } from "@agentkit/core";
import { isItem } from "./json-object.ts";

/**
 * Turns the items of a conversation into a request's `input`, for a server that stores nothing (`store: false`).
 *
 * What the API gives out is not what it takes back, and servers differ in how strict they are:
 * - the `id` of a message or a call names something the server did not store, and its `status` is output only: both are
 *   left out;
 * - reasoning travels in its `encrypted_content`, which is bound to the item's `id`. Without that content OpenAI looks the
 *   id up and fails ("Item with id 'rs_…' not found"), and without the item it led to right behind it the reasoning is
 *   refused: then it is dropped. Its `status` and clear `content` are left out, as OpenAI takes neither;
 * - an assistant's text is sent as a plain string, which all servers accept, while parts of type `output_text` are
 *   refused by some unless they carry `id` and `status`.
 *
 * Items of other kinds pass as they are.
 */
export function toInputItems(items: readonly Item[]): readonly JsonObject[] {
  const kept: JsonObject[] = [];
  // Backwards, because whether reasoning may stay depends on what is kept behind it.
  for (const item of items.toReversed()) {
    if (item.type === "reasoning" && !canFollowReasoning(kept.at(-1))) continue;
    const input = toInputItem(item);
    if (input !== undefined) kept.push(input);
  }
  return kept.toReversed();
}

function toInputItem(item: Item): JsonObject | undefined {
  if (isMessage(item)) return toInputMessage(item);
  switch (item.type) {
    case "reasoning":
      return toInputReasoning(item);
    case "function_call":
    case "function_call_output":
    case "custom_tool_call":
    case "custom_tool_call_output":
    case "compaction":
      return withoutOutputFields(item);
    default:
      return item;
  }
}

function toInputMessage(item: MessageItem): JsonObject | undefined {
  const message = withoutOutputFields(item);
  if (item.role !== "assistant" || typeof item.content === "string") return message;
  // An answer that was cut before its first word; an empty message is refused.
  if (item.content.length === 0) return undefined;
  const texts = item.content.map((part) => (part["type"] === "output_text" ? part["text"] : undefined));
  return texts.every((text) => typeof text === "string") ? { ...message, content: texts.join("") } : message;
}

function toInputReasoning(item: Item): JsonObject | undefined {
  const { id, summary, encrypted_content: encrypted } = item;
  if (typeof encrypted !== "string" || encrypted === "") return undefined;
  return {
    type: "reasoning",
    ...(typeof id === "string" ? { id } : {}),
    summary: summary ?? [],
    encrypted_content: encrypted,
  };
}

function withoutOutputFields(item: Item): JsonObject {
  const { id: _id, status: _status, ...input } = item;
  return input;
}

/** Reasoning belongs to the next thing the model made: more reasoning, a call, or a message of its own. */
function canFollowReasoning(next: JsonObject | undefined): boolean {
  if (!isItem(next)) return false;
  return isMessage(next) ? next.role === "assistant" : !next.type.endsWith("_output") && next.type !== "compaction";
}
