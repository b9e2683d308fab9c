import type { Item, JsonObject, JsonValue, ModelResponse, ModelStreamPart } from "@agentkit/core";
import type { Exchange } from "./exchange.ts";
import { readInlineModeration } from "./inline-moderation.ts";
import { textEvents } from "./item-text.ts";
import { isItem, isJsonArray, isJsonObject } from "./json-object.ts";
import { type OutputItem, createOutputItem } from "./output-item.ts";
import { toProtocolError } from "./protocol-error.ts";
import { readReport } from "./server-report.ts";
import { toReportedError } from "./to-agent-kit-error.ts";
import { toUsage } from "./to-usage.ts";

/** Puts an answer together from the events of its stream. */
export interface AnswerAssembler {
  /** Whether the event that ends an answer has been seen. */
  readonly complete: boolean;
  /**
   * Takes the next event and gives the parts it makes. Throws `model_response_invalid` when the events do not fit each
   * other, and the failure that the server reports.
   */
  accept(event: unknown): readonly ModelStreamPart[];
}

/** What is known of the answer so far. */
interface Answer {
  readonly exchange: Exchange;
  /** Whether the request asked the server to moderate. */
  readonly isModerated: boolean;
  readonly items: OutputItem[];
  lastNumber: number | undefined;
  /** Keepalive events since the last numbered one. */
  keepalives: number;
  complete: boolean;
}

/**
 * Starts an answer. Events of types it does not know are passed over, as the API asks of its clients.
 *
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */
export function createAnswerAssembler(exchange: Exchange, isModerated = false): AnswerAssembler {
  const answer: Answer = { exchange, isModerated, items: [], lastNumber: undefined, keepalives: 0, complete: false };
  return {
    get complete() {
      return answer.complete;
    },
    accept(event) {
      if (!isItem(event)) throw toProtocolError(exchange, "an event has no type");
      if (event.type === "keepalive") answer.keepalives += 1;
      else checkNumber(answer, event["sequence_number"]);
      return acceptEvent(answer, event);
    },
  };
}

function acceptEvent(answer: Answer, event: Item): readonly ModelStreamPart[] {
  switch (event.type) {
    case "response.output_item.added":
      return addItem(answer, event["output_index"], event["item"]);
    case "response.output_item.done":
      return finishItem(answer, event["output_index"], event["item"]);
    case "response.completed":
      return finishAnswer(answer, readResponse(answer, event), "completed");
    case "response.incomplete":
      return finishAnswer(answer, readResponse(answer, event), "incomplete");
    case "response.failed":
      throw toReportedError(readReport(readResponse(answer, event)["error"]), answer.exchange);
    case "error":
      throw toReportedError(readReport(event["error"] ?? event), answer.exchange);
    default:
      return acceptText(answer, event);
  }
}

/**
 * Some servers do not number their events; what is numbered must be without gap. A keepalive takes a number when OpenAI
 * sends it, and none when a proxy slips it in.
 */
function checkNumber(answer: Answer, number: JsonValue | undefined): void {
  if (typeof number !== "number") return;
  const step = number - (answer.lastNumber ?? number - 1);
  if (!Number.isInteger(step) || step < 1 || step > 1 + answer.keepalives) {
    throw toProtocolError(answer.exchange, `event ${number} came after event ${answer.lastNumber}`);
  }
  answer.lastNumber = number;
  answer.keepalives = 0;
}

function addItem(answer: Answer, index: JsonValue | undefined, item: unknown): readonly ModelStreamPart[] {
  if (index !== answer.items.length || !isItem(item)) {
    throw toProtocolError(
      answer.exchange,
      `at output index ${JSON.stringify(index)} there is no item, or it is out of order`,
    );
  }
  answer.items.push(createOutputItem(answer.exchange, index, item.type));
  return [{ type: "item.added", index, item }];
}

function finishItem(answer: Answer, index: JsonValue | undefined, item: unknown): readonly ModelStreamPart[] {
  // Servers that do not stream the inside of an item may tell of it only when it is done.
  const added = index === answer.items.length ? addItem(answer, index, item) : [];
  if (!isItem(item))
    throw toProtocolError(answer.exchange, `what ends at output index ${JSON.stringify(index)} is no item`);
  return [...added, ...itemAt(answer, index).finish(item)];
}

function acceptText(answer: Answer, event: Item): readonly ModelStreamPart[] {
  const ending = event.type.endsWith(".delta") ? ".delta" : ".done";
  const known = event.type.endsWith(ending) ? textEvents[event.type.slice(0, -ending.length)] : undefined;
  if (known === undefined) return [];
  const place = known.placeField === undefined ? 0 : event[known.placeField];
  const text = event[ending === ".delta" ? "delta" : known.wholeField];
  if (typeof place !== "number" || typeof text !== "string") {
    throw toProtocolError(answer.exchange, `an event '${event.type}' lacks its text or the text's place`);
  }
  const item = itemAt(answer, event["output_index"]);
  const piece = { kind: known.kind, place, text };
  return ending === ".delta" ? item.append(piece) : item.check(piece);
}

function finishAnswer(
  answer: Answer,
  response: JsonObject,
  status: ModelResponse["status"],
): readonly ModelStreamPart[] {
  const { exchange, items, isModerated } = answer;
  const listed = response["output"] ?? [];
  if (!isItemList(listed) || (response["status"] ?? status) !== status) {
    throw toProtocolError(exchange, `the last event is no response with the status '${status}'`);
  }
  // A server may leave the end of an item to the last event.
  const late = [...listed.keys()].filter((index) => items[index]?.finished === undefined);
  const parts = late.flatMap((index) => finishItem(answer, index, listed[index]));
  const output = items.flatMap((item) => item.finished ?? []);
  if (output.length !== items.length || output.some((item) => isUnfinished(item, status))) {
    throw toProtocolError(exchange, "it ended before its last output item did");
  }
  // Some servers list no output in the last event; where one does, it must be what was streamed.
  if (listed.length > 0 && !(listed.length === items.length && items.every((item, at) => item.agrees(listed[at])))) {
    throw toProtocolError(exchange, "the output of the last event is not what was streamed");
  }
  answer.complete = true;
  const moderation = readInlineModeration(response["moderation"], isModerated);
  const completed = toModelResponse(response, status, output);
  return [...parts, { type: "completed", response: { ...completed, ...(moderation && { moderation }) } }];
}

function toModelResponse(
  response: JsonObject,
  status: ModelResponse["status"],
  output: readonly Item[],
): ModelResponse {
  const { id, model, usage: rawUsage, incomplete_details: details } = response;
  const usage = isJsonObject(rawUsage) ? toUsage(rawUsage) : undefined;
  const reason = isJsonObject(details) ? details["reason"] : undefined;
  return {
    status,
    output,
    ...(typeof id === "string" ? { id } : {}),
    ...(typeof model === "string" ? { model } : {}),
    ...(status === "incomplete" && typeof reason === "string" ? { incompleteReason: reason } : {}),
    ...(usage === undefined ? {} : { usage }),
    ...(isJsonObject(rawUsage) ? { rawUsage } : {}),
  };
}

function itemAt(answer: Answer, index: JsonValue | undefined): OutputItem {
  const item = typeof index === "number" ? answer.items[index] : undefined;
  if (item === undefined)
    throw toProtocolError(answer.exchange, `no item was added at output index ${JSON.stringify(index)}`);
  return item;
}

function readResponse(answer: Answer, event: Item): JsonObject {
  const response = event["response"];
  if (!isJsonObject(response)) throw toProtocolError(answer.exchange, `an event '${event.type}' carries no response`);
  return response;
}

// An answer that is complete has no item that is not; one that broke off may have one that says so.
function isUnfinished(item: Item, status: ModelResponse["status"]): boolean {
  return item["status"] === "in_progress" || (status === "completed" && item["status"] === "incomplete");
}

function isItemList(value: JsonValue): value is readonly Item[] {
  return isJsonArray(value) && value.every(isItem);
}
