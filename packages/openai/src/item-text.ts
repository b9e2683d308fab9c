import type { Item, JsonObject, JsonValue, ModelStreamPart } from "@agentkit/core";
import { isJsonArray, isJsonObject } from "./json-object.ts";

/** The kinds of text an item is made of while it streams. */
export type TextKind = "text" | "refusal" | "arguments" | "summary" | "reasoning";

/** One run of text in an item: its kind, which one of that kind, and what it says. */
export interface ItemText {
  readonly kind: TextKind;
  readonly place: number;
  readonly text: string;
}

/** How the stream speaks of a kind of text: the field with its place, and the field of the `done` event with the whole. */
interface TextEvents {
  readonly kind: TextKind;
  readonly placeField?: string;
  readonly wholeField: string;
}

/** By the event type without its ending `.delta` or `.done`. */
export const textEvents: Readonly<Record<string, TextEvents>> = {
  "response.output_text": { kind: "text", placeField: "content_index", wholeField: "text" },
  "response.refusal": { kind: "refusal", placeField: "content_index", wholeField: "refusal" },
  "response.function_call_arguments": { kind: "arguments", wholeField: "arguments" },
  "response.reasoning_summary_text": { kind: "summary", placeField: "summary_index", wholeField: "text" },
  "response.reasoning_text": { kind: "reasoning", placeField: "content_index", wholeField: "text" },
};

/** The texts that an item holds; what its deltas must add up to. */
export function textsOf(item: Item): readonly ItemText[] {
  switch (item.type) {
    case "message":
      return typeof item["content"] === "string"
        ? [{ kind: "text", place: 0, text: item["content"] }]
        : [...partTexts(item["content"], "output_text", "text"), ...partTexts(item["content"], "refusal", "refusal")];
    case "function_call":
      return typeof item["arguments"] === "string" ? [{ kind: "arguments", place: 0, text: item["arguments"] }] : [];
    case "reasoning":
      return [
        ...partTexts(item["summary"], "summary_text", "summary"),
        ...partTexts(item["content"], "reasoning_text", "reasoning"),
      ];
    default:
      return [];
  }
}

function partTexts(parts: JsonValue | undefined, type: string, kind: TextKind): readonly ItemText[] {
  if (!isParts(parts)) return [];
  return parts.flatMap((part, place) => {
    const text = kind === "refusal" ? part["refusal"] : part["text"];
    return part["type"] === type && typeof text === "string" ? [{ kind, place, text }] : [];
  });
}

function isParts(value: JsonValue | undefined): value is readonly JsonObject[] {
  return isJsonArray(value) && value.every(isJsonObject);
}

/** The part that hands a piece of text to the reader; raw reasoning is kept in the item and not streamed. */
export function toDeltaPart(index: number, piece: ItemText): ModelStreamPart | undefined {
  const { place, text: delta } = piece;
  switch (piece.kind) {
    case "text":
      return { type: "text.delta", index, contentIndex: place, delta };
    case "refusal":
      return { type: "refusal.delta", index, contentIndex: place, delta };
    case "arguments":
      return { type: "arguments.delta", index, delta };
    case "summary":
      return { type: "reasoning.delta", index, summaryIndex: place, delta };
    case "reasoning":
      return undefined;
  }
}
