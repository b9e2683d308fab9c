import { isFunctionCall, type Item, type JsonValue, type RecordedEvent } from "@agentkit/core";
import type { Surface } from "../policy/verdict.ts";

/** A text in the log, and the surface that it passed. */
export interface RecordedText {
  readonly surface: Surface;
  readonly text: string;
}

/** The texts of an event that passed a guarded surface. */
export function textsOf(event: RecordedEvent): readonly RecordedText[] {
  switch (event.type) {
    case "PromptReceived":
      return event.data.items.flatMap((item) => textsOfItem("user_input", item));
    case "ModelCallCompleted":
      return event.data.output.flatMap((item) =>
        isFunctionCall(item) ? toTexts("tool_arguments", [item.arguments]) : textsOfItem("model_output", item),
      );
    case "ToolCallSucceeded":
      return toTexts("tool_result", [event.data.output]);
    case "ToolCallFailed":
      return toTexts("tool_result", [event.data.message]);
    case "MemoryWritten":
      return toTexts("memory_write", [event.data.text]);
    default:
      return [];
  }
}

function textsOfItem(surface: Surface, item: Item): readonly RecordedText[] {
  return toTexts(surface, stringsOf(item));
}

function toTexts(surface: Surface, texts: readonly string[]): readonly RecordedText[] {
  return texts.flatMap((text) => (text.trim() === "" ? [] : [{ surface, text }]));
}

/** Fields that name and sort, and what is sealed: nobody wrote them. */
const structural: readonly string[] = ["type", "role", "id", "call_id", "name", "status", "encrypted_content"];

function stringsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => (structural.includes(key) ? [] : stringsOf(member)));
}
