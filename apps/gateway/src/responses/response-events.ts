import type { Item, RecordedEvent, RunDelta, RunStreamPart } from "@agentkit/core";
import { createItemWriter } from "./item-writer.ts";
import type { ItemWriter } from "./item-writer.ts";
import { createOutputFold } from "./output-fold.ts";
import { toOutputItem } from "./output-item.ts";
import { toOutputContext, toResponse } from "./response-object.ts";
import type { ResponseObject, RunRecord } from "./response-object.ts";
import type { EventBody, TextPiece } from "./text-writer.ts";

/** An event of a response's stream. */
export interface ResponseEvent extends EventBody {
  readonly sequence_number: number;
}

/** Turns what a run tells into the events of its response's stream. No I/O: parts in, events out. */
export interface ResponseEvents {
  accept(part: RunStreamPart): readonly ResponseEvent[];
  /** Ends a stream whose run cannot go on, for instance because the log is full. */
  fail(code: string, message: string): readonly ResponseEvent[];
  /** Whether the event that ends a response has been given. */
  ended(): boolean;
}

/**
 * Starts the events of a run's response: `response.created`, `response.in_progress`, the items of all its model calls with
 * one count of `output_index`, and one terminal event; numbers from 0 without a gap.
 *
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */
export function createResponseEvents(start: Omit<RunRecord, "events">): ResponseEvents {
  const events: RecordedEvent[] = [];
  let answer = createAnswerEvents({ ...start, events });
  let sequence = 0;
  let ended = false;

  const record = (): RunRecord => ({ ...start, events });
  const number = (body: EventBody): ResponseEvent => ({ ...body, sequence_number: sequence++ });

  function begin(): readonly EventBody[] {
    // Only now it is known whether the caller keeps the conversation itself.
    answer = createAnswerEvents(record());
    const response = toResponse(record());
    return [
      { type: "response.created", response },
      { type: "response.in_progress", response },
    ];
  }

  function end(type: string, response: ResponseObject): readonly EventBody[] {
    ended = true;
    return [...answer.close(), { type, response }];
  }

  function acceptEvent(event: RecordedEvent): readonly EventBody[] {
    events.push(event);
    switch (event.type) {
      case "RunStarted":
        return begin();
      case "RunCompleted":
      case "RunFailed":
      case "RunCancelled":
      case "RunSuspended": {
        const response = toResponse(record());
        return end(terminalEvents[response.status], response);
      }
      default:
        return answer.acceptEvent(event);
    }
  }

  return {
    accept: (part) => (part.type === "event" ? acceptEvent(part.event) : answer.acceptDelta(part.delta)).map(number),
    fail(code, message) {
      return end("response.failed", toResponse(record(), { status: "failed", code, message })).map(number);
    },
    ended: () => ended,
  };
}

const terminalEvents: Readonly<Record<ResponseObject["status"], string>> = {
  completed: "response.completed",
  incomplete: "response.incomplete",
  failed: "response.failed",
  // The stream has no event of that name, and a clean end would be a lie.
  cancelled: "response.failed",
  in_progress: "response.failed",
};

/** Tells the items of a run's model calls and the outcomes of its tools. */
interface AnswerEvents {
  acceptDelta(delta: RunDelta): readonly EventBody[];
  acceptEvent(event: RecordedEvent): readonly EventBody[];
  /** Ends the tool calls that have no outcome. An item that the model did not finish stays unfinished. */
  close(): readonly EventBody[];
}

function createAnswerEvents(record: RunRecord): AnswerEvents {
  const context = toOutputContext(record);
  const output = createOutputFold(context);
  const writers = new Map<number, ItemWriter>();
  const finished = new Set<number>();

  // `local` counts within one model call; the output's size is what earlier calls have added.
  function begin(local: number, item: Item): readonly EventBody[] {
    const index = output.size() + local;
    if (writers.has(index)) return [];
    const writer = createItemWriter(index, toOutputItem(item, index, context));
    writers.set(index, writer);
    return writer.begin();
  }

  function finish(local: number, item: Item): readonly EventBody[] {
    const index = output.size() + local;
    if (finished.has(index)) return [];
    const begun = begin(local, item);
    finished.add(index);
    return [...begun, ...(writers.get(index)?.finish(toOutputItem(item, index, context)) ?? [])];
  }

  function settle(index: number): readonly EventBody[] {
    const item = output.item(index);
    return item === undefined ? [] : (writers.get(index)?.settle(item) ?? []);
  }

  return {
    acceptDelta(delta) {
      switch (delta.type) {
        case "item.added":
          return begin(delta.index, delta.item);
        case "item.done":
          return finish(delta.index, delta.item);
        default:
          return writers.get(output.size() + delta.index)?.append(toPiece(delta)) ?? [];
      }
    },
    acceptEvent(event) {
      const late = event.type === "ModelCallCompleted" ? event.data.output.flatMap((item, at) => finish(at, item)) : [];
      const settled = output.accept(event);
      return settled === undefined ? late : settle(settled);
    },
    close: () => output.close().flatMap(settle),
  };
}

function toPiece(delta: Exclude<RunDelta, { type: "item.added" | "item.done" }>): TextPiece {
  switch (delta.type) {
    case "text.delta":
      return { kind: "text", part: delta.contentIndex, delta: delta.delta };
    case "refusal.delta":
      return { kind: "refusal", part: delta.contentIndex, delta: delta.delta };
    case "arguments.delta":
      return { kind: "arguments", part: 0, delta: delta.delta };
    case "reasoning.delta":
      return { kind: "summary", part: delta.summaryIndex, delta: delta.delta };
  }
}
