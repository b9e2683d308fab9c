import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { NewEvent } from "../events/envelope.ts";
import type { AppendOptions } from "./event-log.ts";
import { findJsonProblem } from "./json-problem.ts";
import { assertStreamName } from "./stream-name.ts";

/** An event of an append, checked, with `data` and `meta` as the JSON text that a log keeps. */
export interface SerializedEvent {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly time: string;
  readonly data: string;
  readonly meta: string;
}

/** An append that is well-formed in itself: what is left to a log is to compare it with what it holds. */
export interface AppendRequest {
  readonly stream: string;
  /** The revision of the stream's last event, `-1` for a stream that must not exist yet. */
  readonly expectedHead: number;
  readonly events: readonly SerializedEvent[];
}

/**
 * Checks and serialises the arguments of {@link EventLog.append}, once and at the time of the call, so that a caller may
 * change its objects afterwards. For authors of an {@link EventLog}.
 *
 * @throws AgentKitError `stream_name_invalid`, `event_invalid`, `input_invalid` (an expected revision that is none).
 *
 * @example
 * ```ts
 * import { toAppendRequest, type NewEvent } from "@agentkit/core";
 *
 * const event: NewEvent = {
 *   id: "3f0c5b6e-6f0a-4d7e-9a53-0b1f6f0c2d11",
 *   type: "NoteTaken",
 *   version: 1,
 *   time: "2026-11-22T13:08:05.123Z",
 *   data: { text: "hello" },
 *   meta: {},
 * };
 * toAppendRequest("notes", [event], { expected: "no_stream" }).events[0]?.data; // {"text":"hello"}
 * ```
 */
export function toAppendRequest(stream: string, events: readonly NewEvent[], options: AppendOptions): AppendRequest {
  assertStreamName(stream);
  const expectedHead = toExpectedHead(options.expected);
  if (events.length === 0) throw invalid("The append has no events. Append 1 to 1,000.", "events");
  if (events.length > maxEvents) {
    throw invalid(`The append has ${events.length} events. Append at most 1,000 at once.`, "events");
  }
  const serialized = events.map(serialize);
  if (serialized.length > 1) assertDistinctIds(serialized);
  return { stream, expectedHead, events: serialized };
}

const maxEvents = 1_000;

function toExpectedHead(expected: unknown): number {
  if (expected === "no_stream") return -1;
  if (typeof expected === "number" && Number.isSafeInteger(expected) && expected >= 0) return expected;
  throw new AgentKitError(
    "input_invalid",
    `The expected revision ${String(expected)} is neither a revision (0, 1, 2 …) nor 'no_stream'.`,
    { param: "expected" },
  );
}

// Upper-case digits are refused because stores that keep UUIDs as bytes would give them back in lower case.
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const typePattern = /^[A-Za-z][A-Za-z0-9._:-]{0,99}$/;
const timePattern = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

function serialize(event: NewEvent, index: number): SerializedEvent {
  const { id, type, version, time } = event;
  if (!uuidPattern.test(id)) throw invalid(`The event id '${id}' is not a UUID in lower case.`, `events[${index}].id`);
  if (!typePattern.test(type)) {
    const message = `The event type '${type}' is not a letter followed by at most 99 of A-Z a-z 0-9 . _ : -`;
    throw invalid(message, `events[${index}].type`);
  }
  if (!Number.isSafeInteger(version) || version < 1) {
    throw invalid(`The event version ${version} is not a whole number from 1.`, `events[${index}].version`);
  }
  if (!timePattern.test(time)) {
    throw invalid(`The event time '${time}' is not UTC as 2026-11-22T13:08:05.123Z.`, `events[${index}].time`);
  }
  return { id, type, version, time, data: jsonOf(event, "data", index), meta: jsonOf(event, "meta", index) };
}

function jsonOf(event: NewEvent, part: "data" | "meta", index: number): string {
  const problem = findJsonProblem(event[part]);
  if (problem === undefined) return JSON.stringify(event[part]);
  throw invalid(`JSON cannot carry this event: its ${part}${problem}.`, `events[${index}].${part}`);
}

function assertDistinctIds(events: readonly SerializedEvent[]): void {
  const seen = new Set<string>();
  for (const [index, { id }] of events.entries()) {
    if (seen.has(id)) throw invalid(`The event id ${id} stands twice in one append.`, `events[${index}].id`);
    seen.add(id);
  }
}

function invalid(message: string, param: string): AgentKitError {
  return new AgentKitError("event_invalid", message, { param });
}
