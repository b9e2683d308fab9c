import assert from "node:assert/strict";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { ErrorCode } from "../errors/error-codes.ts";
import type { EventLog, EventLogCapabilities } from "../event-log/event-log.ts";
import type { NewEvent } from "../events/envelope.ts";
import type { ContractCase } from "./contract.ts";
import type { EventLogHarness } from "./event-log-contract.ts";

/** A case of the event log's contract. */
export type EventLogCase = ContractCase<EventLogHarness, keyof EventLogCapabilities>;

/** The id of the n-th test event: a UUID that shows its number. */
export function testEventId(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

/** The n-th test event, told from others by its id and by `data.n`. */
export function testEvent(n: number, changes: Partial<NewEvent> = {}): NewEvent {
  const time = "2026-11-22T13:08:05.123Z";
  return { id: testEventId(n), type: "TestHappened", version: 1, time, data: { n }, meta: { run: "r1" }, ...changes };
}

/** Test events `first` to `last`, inclusive. */
export function testEvents(first: number, last: number): NewEvent[] {
  return Array.from({ length: last - first + 1 }, (_, index) => testEvent(first + index));
}

/** Appends `count` new events to a stream that does not exist. */
export async function fill(log: EventLog, stream: string, count: number): Promise<void> {
  for (let first = 1; first <= count; first += 1_000) {
    const events = testEvents(first, Math.min(count, first + 999));
    await log.append(stream, events, { expected: first === 1 ? "no_stream" : first - 2 });
  }
}

/** Everything an iteration gives, in order. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** The ids of what an iteration gives, in order. */
export async function collectIds(source: AsyncIterable<{ readonly id: string }>): Promise<string[]> {
  return (await collect(source)).map((event) => event.id);
}

/** The ids of test events by number. */
export function idsOf(...numbers: readonly number[]): string[] {
  return numbers.map(testEventId);
}

/** Asserts that the promise rejects with an AgentKitError of this code. */
export async function assertRejects(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(AgentKitError.is(error), `expected an AgentKitError, got ${String(error)}`);
    assert.equal(error.code, code);
    return true;
  });
}

/** Asserts that the log holds exactly these test events in a stream, and in all as many. */
export async function assertHolds(log: EventLog, stream: string, numbers: readonly number[]): Promise<void> {
  assert.deepEqual(await collectIds(log.readStream(stream)), idsOf(...numbers));
  assert.equal((await collect(log.readAll())).length, numbers.length);
}
