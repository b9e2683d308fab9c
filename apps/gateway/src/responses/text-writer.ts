import type { Item, JsonObject, JsonValue } from "@agentkit/core";
import { completePart } from "./output-item.ts";

/** An event of a response's stream before it is numbered. */
export interface EventBody extends JsonObject {
  readonly type: string;
}

/** A piece of an item's text: what of the item it belongs to, and which of several. */
export interface TextPiece {
  readonly kind: "text" | "refusal" | "arguments" | "summary";
  readonly part: number;
  readonly delta: string;
}

/** Tells the texts inside an item: its content parts, its arguments, its summaries. */
export interface TextWriter {
  append(piece: TextPiece): readonly EventBody[];
  finishPart(this: void, content: JsonObject, part: number): readonly EventBody[];
  finishArguments(item: Item): readonly EventBody[];
}

/** Where an item stands, as every event of it says. */
export interface ItemPlace extends JsonObject {
  readonly item_id: string;
  readonly output_index: number;
}

/** Starts the texts of an item of a type. */
export function createTextWriter(place: ItemPlace, itemType: string): TextWriter {
  const begun = new Set<number>();
  const streamed = new Set<number>();
  const argumentsEvent = itemType === "mcp_call" ? "response.mcp_call_arguments" : "response.function_call_arguments";

  function beginPart(kind: TextPiece["kind"], part: number): readonly EventBody[] {
    if (kind === "arguments" || begun.has(part)) return [];
    begun.add(part);
    return [{ type: `${partEvents[kind]}.added`, ...place, ...toIndex(kind, part), part: emptyParts[kind] }];
  }

  function append({ kind, part, delta }: TextPiece): readonly EventBody[] {
    streamed.add(part);
    if (kind === "arguments") return [{ type: `${argumentsEvent}.delta`, ...place, delta }];
    const logprobs = kind === "text" ? { logprobs: [] } : {};
    const piece = { type: `${textEvents[kind]}.delta`, ...place, ...toIndex(kind, part), delta, ...logprobs };
    return [...beginPart(kind, part), piece];
  }

  // A text of which no piece came is told as one piece, so that who adds up pieces gets it too.
  function rest({ kind, part, delta }: TextPiece): readonly EventBody[] {
    return streamed.has(part) || delta === "" ? beginPart(kind, part) : append({ kind, part, delta });
  }

  return {
    append,
    finishPart(content, part) {
      const kind = kindOf(content);
      const text = toText(content[kind === "refusal" ? "refusal" : "text"]);
      const at = { ...place, ...toIndex(kind, part) };
      return [
        ...rest({ kind, part, delta: text }),
        { type: `${textEvents[kind]}.done`, ...at, ...wholeText(kind, content, text) },
        { type: `${partEvents[kind]}.done`, ...at, part: completePart(content) },
      ];
    },
    finishArguments(item) {
      const text = toText(item["arguments"]);
      const name = item.type === "function_call" ? { name: toText(item["name"]) } : {};
      const done = { type: `${argumentsEvent}.done`, ...place, arguments: text, ...name };
      return [...rest({ kind: "arguments", part: 0, delta: text }), done];
    },
  };
}

type PartKind = Exclude<TextPiece["kind"], "arguments">;

const textEvents: Readonly<Record<PartKind, string>> = {
  text: "response.output_text",
  refusal: "response.refusal",
  summary: "response.reasoning_summary_text",
};

const partEvents: Readonly<Record<PartKind, string>> = {
  text: "response.content_part",
  refusal: "response.content_part",
  summary: "response.reasoning_summary_part",
};

const emptyParts: Readonly<Record<PartKind, JsonObject>> = {
  text: { type: "output_text", text: "", annotations: [], logprobs: [] },
  refusal: { type: "refusal", refusal: "" },
  summary: { type: "summary_text", text: "" },
};

function kindOf(content: JsonObject): PartKind {
  if (content["type"] === "summary_text") return "summary";
  return content["type"] === "refusal" ? "refusal" : "text";
}

function toIndex(kind: PartKind, part: number): JsonObject {
  return kind === "summary" ? { summary_index: part } : { content_index: part };
}

function wholeText(kind: PartKind, content: JsonObject, text: string): JsonObject {
  switch (kind) {
    case "text":
      return { text, logprobs: content["logprobs"] ?? [] };
    case "refusal":
      return { refusal: text };
    case "summary":
      return { text };
  }
}

function toText(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
