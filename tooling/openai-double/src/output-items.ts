import type { NextId } from "./id-source.ts";
import type { Ending, OutputPart } from "./replies.ts";
import type { OutputItem } from "./response-object.ts";
import { sealReasoning } from "./sealed-reasoning.ts";

/** Turns what the scripted model says into the finished items of a response's output. */
export function createOutputItems(
  parts: readonly OutputPart[],
  options: { readonly nextId: NextId; readonly ending: Ending | undefined; readonly sealed: boolean },
): OutputItem[] {
  return parts.map((part, index) => {
    const isCut = options.ending !== undefined && index === parts.length - 1;
    return createItem(part, { ...options, status: isCut ? "incomplete" : "completed" });
  });
}

function createItem(
  part: OutputPart,
  options: { readonly nextId: NextId; readonly sealed: boolean; readonly status: "completed" | "incomplete" },
): OutputItem {
  const { nextId, status } = options;
  switch (part.kind) {
    case "text":
      return {
        id: nextId("msg"),
        type: "message",
        status,
        role: "assistant",
        content: [{ type: "output_text", annotations: [], logprobs: [], text: part.text }],
      };
    case "refusal":
      return {
        id: nextId("msg"),
        type: "message",
        status,
        role: "assistant",
        content: [{ type: "refusal", refusal: part.refusal }],
      };
    case "functionCall":
      return {
        id: nextId("fc"),
        type: "function_call",
        status,
        arguments: part.arguments,
        call_id: nextId("call"),
        name: part.name,
      };
    case "reasoning":
      return createReasoning(nextId("rs"), part.summary, options.sealed);
  }
}

function createReasoning(id: string, summary: readonly string[], sealed: boolean): OutputItem {
  return {
    id,
    type: "reasoning",
    summary: summary.map((each) => ({ type: "summary_text", text: each })),
    ...(sealed ? { encrypted_content: sealReasoning(id) } : {}),
  };
}
