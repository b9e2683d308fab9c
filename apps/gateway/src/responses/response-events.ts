import type { RecordedEvent, RunStreamPart } from "@agentkit/core";
import { AnswerEvents } from "./answer-events.ts";
import { toResponse } from "./response-object.ts";
import type { ResponseObject, RunRecord } from "./response-object.ts";
import type { EventBody } from "./text-writer.ts";

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
  let answer = new AnswerEvents({ ...start, events });
  let sequence = 0;
  let ended = false;

  const record = (): RunRecord => ({ ...start, events });
  // A later response of a run goes on at whatever comes first.
  const starts = ({ type }: RecordedEvent): boolean => (start.part === 1 ? type === "RunStarted" : events.length === 1);
  const number = (body: EventBody): ResponseEvent => ({ ...body, sequence_number: sequence++ });

  function begin(): readonly EventBody[] {
    // Only now it is known whether the caller keeps the conversation itself.
    answer = new AnswerEvents(record());
    // The items of the event that begins it are told next.
    const response = { ...toResponse(record()), output: [] };
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
    const begun = starts(event) ? begin() : [];
    const told = [...begun, ...answer.acceptEvent(event)];
    switch (event.type) {
      case "RunCompleted":
      case "RunFailed":
      case "RunCancelled":
      case "RunSuspended": {
        const response = toResponse(record());
        return [...told, ...end(terminalEvents[response.status], response)];
      }
      default:
        return told;
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
