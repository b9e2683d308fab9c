import type { ModelResponse, ModelStreamPart } from "@agentkit/core";

/** A part of an answer on its way through the guard: as the log has it, before anything is put back for the user. */
export type GuardedPart =
  | Exclude<ModelStreamPart, { type: "arguments.delta" }>
  /** Nothing of the answer may come any more. The response is there where the model had ended it. */
  | { readonly type: "blocked"; readonly response?: ModelResponse };

/** A piece of text in an answer. */
export type TextDelta = Extract<GuardedPart, { type: "text.delta" | "refusal.delta" | "reasoning.delta" }>;

/** Whether a part is a piece of text. */
export function isTextDelta(part: GuardedPart | ModelStreamPart): part is TextDelta {
  return part.type === "text.delta" || part.type === "refusal.delta" || part.type === "reasoning.delta";
}

/** Which text of an item a piece belongs to. */
export interface TextPlace {
  readonly kind: "text" | "refusal" | "summary";
  readonly place: number;
}

/** Where a piece of text belongs within its item. */
export function placeOf(part: TextDelta): TextPlace {
  switch (part.type) {
    case "text.delta":
      return { kind: "text", place: part.contentIndex };
    case "refusal.delta":
      return { kind: "refusal", place: part.contentIndex };
    case "reasoning.delta":
      return { kind: "summary", place: part.summaryIndex };
  }
}

/** The piece of text that belongs there. */
export function toTextDelta(index: number, { kind, place }: TextPlace, delta: string): TextDelta {
  switch (kind) {
    case "text":
      return { type: "text.delta", index, contentIndex: place, delta };
    case "refusal":
      return { type: "refusal.delta", index, contentIndex: place, delta };
    case "summary":
      return { type: "reasoning.delta", index, summaryIndex: place, delta };
  }
}
