import type { EventLog, NewEvent } from "@agentkit/core";
import { type EventStoreDBDouble, startEventStoreDBDouble } from "@agentkit/eventstoredb-double";
import { onTestFinished } from "vitest";
import { createEventStoreDBEventLog, type EventStoreDBEventLogOptions } from "./eventstoredb-event-log.ts";

/** A log and the double it stands on. Both are closed when the test ends. */
export interface LogOnDouble {
  readonly double: EventStoreDBDouble;
  readonly log: EventLog;
  /** Opens another log on the same double. */
  readonly open: (options?: Partial<EventStoreDBEventLogOptions>) => EventLog;
}

/** Short, so that what is lost is missed soon. */
const answerTimeoutMs = 300;

/** Starts a double and opens a log on it. */
export async function startLog(options: Partial<EventStoreDBEventLogOptions> = {}): Promise<LogOnDouble> {
  const double = await startEventStoreDBDouble();
  const logs: EventLog[] = [];
  const open = (changes: Partial<EventStoreDBEventLogOptions> = {}): EventLog => {
    const { connectionString } = double;
    const log = createEventStoreDBEventLog({ connectionString, answerTimeoutMs, ...options, ...changes });
    logs.push(log);
    return log;
  };
  onTestFinished(async () => {
    double.clearFaults();
    await Promise.all(logs.map(async (log) => log.close()));
    await double.close();
  });
  return { double, log: open(), open };
}

/** The n-th event of a test. */
export function testEvent(n: number, changes: Partial<NewEvent> = {}): NewEvent {
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
  return { id, type: "TestHappened", version: 1, time: "2026-11-22T13:08:05.123Z", data: { n }, meta: {}, ...changes };
}

/** Appends events `0` to `count - 1`, one after the other, to a stream that does not exist. */
export async function fill(log: EventLog, stream: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await log.append(stream, [testEvent(n)], { expected: n === 0 ? "no_stream" : n - 1 });
  }
}

/** Everything that an iteration gives. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** The numbers of a stream's events, as they were appended. */
export async function numbersOf(log: EventLog, stream: string): Promise<unknown[]> {
  return (await collect(log.readStream(stream))).map((event) => event.data["n"]);
}
