import { isFunctionCall, type Item, type RecordedEvent } from "@agentkit/core";
import type { EvaluationContext } from "../policy/evaluation.ts";
import type { Surface } from "../policy/verdict.ts";
import { itemTexts, sourceOf } from "../safety/item-texts.ts";

/** A text in the log, the surface that it passed, and whom it came from where the surface does not tell. */
export interface RecordedText {
  readonly surface: Surface;
  readonly text: string;
  readonly source?: EvaluationContext["source"];
}

/** The texts of an event that passed a guarded surface. */
export function textsOf(event: RecordedEvent): readonly RecordedText[] {
  return textsAtSurfaces(event).filter(({ text }) => text.trim() !== "");
}

function textsAtSurfaces(event: RecordedEvent): readonly RecordedText[] {
  switch (event.type) {
    case "PromptReceived":
      return event.data.items.flatMap((item) => textsOfItem(item, { surface: "user_input", source: sourceOf(item) }));
    case "ModelCallCompleted":
      return event.data.output.flatMap((item) =>
        isFunctionCall(item)
          ? [{ surface: "tool_arguments" as const, text: item.arguments }]
          : textsOfItem(item, { surface: "model_output" }),
      );
    case "ToolCallSucceeded":
      return [{ surface: "tool_result", text: event.data.output }];
    case "ToolCallFailed":
      return [{ surface: "tool_result", text: event.data.message }];
    case "MemoryWritten":
      return [{ surface: "memory_write", text: event.data.text }];
    default:
      return [];
  }
}

function textsOfItem(item: Item, place: Omit<RecordedText, "text">): readonly RecordedText[] {
  return itemTexts(item).map((text) => ({ ...place, text }));
}
