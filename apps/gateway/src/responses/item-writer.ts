import type { Item, JsonObject, JsonValue } from "@agentkit/core";
import { isJsonArray, isJsonObject } from "../http/json.ts";
import { createTextWriter } from "./text-writer.ts";
import type { EventBody, TextPiece } from "./text-writer.ts";

/** Tells the events of one output item, in the order the API prescribes. */
export interface ItemWriter {
  /** What it has begun to tell: an item that turns out to be of another type is told by another writer. */
  readonly itemType: string;
  /** The item comes into being. */
  begin(): readonly EventBody[];
  append(piece: TextPiece): readonly EventBody[];
  /** The model has finished the item. What was not streamed of it is told now. A call of a server's tool stays open. */
  finish(item: Item): readonly EventBody[];
  /** The outcome of a server's tool. */
  settle(item: Item): readonly EventBody[];
}

/** Starts an item, as the response shows it, at a place of the response's output. */
export function createItemWriter(index: number, item: Item): ItemWriter {
  const id = toText(item["id"]);
  const place = { item_id: id, output_index: index };
  const texts = createTextWriter(place, item.type);
  const begun = { type: "response.output_item.added", output_index: index, item: toBeginning(item) };
  const toDone = (shown: Item) => ({ type: "response.output_item.done", output_index: index, item: shown });

  return {
    itemType: item.type,
    begin: () => (item.type === "mcp_call" ? [begun, { type: "response.mcp_call.in_progress", ...place }] : [begun]),
    // What of a server's call must not be shown is known of the whole arguments only.
    append: (piece) => (item.type === "mcp_call" ? [] : texts.append(piece)),
    finish(finished) {
      // The id that was announced is the id that is finished, whatever the model's server says meanwhile.
      const whole: Item = { ...finished, id };
      switch (whole.type) {
        case "mcp_call":
          return texts.finishArguments(whole);
        case "function_call":
          return [...texts.finishArguments(whole), toDone(whole)];
        case "message":
          return [...toParts(whole["content"]).flatMap(texts.finishPart), toDone(whole)];
        case "reasoning":
          return [...toParts(whole["summary"]).flatMap(texts.finishPart), toDone(whole)];
        default:
          return [toDone(whole)];
      }
    },
    settle(settled) {
      const { status } = settled;
      if (status === "incomplete") return [toDone(settled)];
      const outcome = status === "completed" ? "response.mcp_call.completed" : "response.mcp_call.failed";
      return [{ type: outcome, ...place }, toDone(settled)];
    },
  };
}

/** An item as it is announced: in progress, and with nothing in it. */
function toBeginning(item: Item): Item {
  switch (item.type) {
    case "message":
      return { ...item, status: "in_progress", content: [] };
    case "function_call":
    case "mcp_call":
      return { ...item, status: "in_progress", arguments: "" };
    case "reasoning":
      return { ...item, summary: [] };
    default:
      return item;
  }
}

function toParts(value: JsonValue | undefined): readonly JsonObject[] {
  return isJsonArray(value) ? value.filter(isJsonObject) : [];
}

function toText(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
