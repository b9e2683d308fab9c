import assert from "node:assert/strict";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { AppendResult, EventLog, ReadAllOptions, ReadStreamOptions } from "../event-log/event-log.ts";
import type { Revision, StoredEvent } from "../events/envelope.ts";
import { collectIds, testEvent, testEventId } from "./event-log-contract-case.ts";

/** One operation of a random history, as plain data that any generator can make. */
export type EventLogOperation =
  | { readonly kind: "append"; readonly stream: string; readonly expectedHead: number; readonly ids: readonly number[] }
  | { readonly kind: "repeat"; readonly append: number }
  | { readonly kind: "readStream"; readonly stream: string; readonly options: ReadStreamOptions }
  | { readonly kind: "readAll"; readonly after: number; readonly options: Omit<ReadAllOptions, "after"> };

type AppendOperation = Extract<EventLogOperation, { kind: "append" }>;

/** An event of the model: the log is one list, and everything else is computed from it the slow way. */
interface ModelEvent {
  readonly stream: string;
  readonly revision: Revision;
  readonly id: string;
  readonly position: string;
}

/**
 * Runs a history of operations against an empty log and against a model that is too simple to be wrong, and asserts that
 * every answer is the same. The law behind it: an append is all or nothing, and reads tell what appends were told.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog } from "@agentkit/core";
 * import { checkAgainstModel } from "@agentkit/core/testing";
 *
 * await checkAgainstModel(createInMemoryEventLog(), [
 *   { kind: "append", stream: "a", expectedHead: -1, ids: [1, 2] },
 *   { kind: "readStream", stream: "a", options: { direction: "backwards" } },
 * ]);
 * ```
 */
export async function checkAgainstModel(log: EventLog, operations: readonly EventLogOperation[]): Promise<void> {
  const model: ModelEvent[] = [];
  const appends: AppendOperation[] = [];
  for (const operation of operations) {
    switch (operation.kind) {
      case "append":
        appends.push(operation);
        await checkAppend(log, model, operation);
        break;
      case "repeat": {
        const repeated = appends[operation.append % Math.max(appends.length, 1)];
        if (repeated !== undefined) await checkAppend(log, model, repeated);
        break;
      }
      case "readStream":
        await checkReadStream(log, model, operation);
        break;
      case "readAll":
        await checkReadAll(log, model, operation);
        break;
    }
  }
  await checkReadAll(log, model, { after: -1, options: {} });
}

async function checkAppend(log: EventLog, model: ModelEvent[], operation: AppendOperation): Promise<void> {
  const { stream, expectedHead } = operation;
  const ids = operation.ids.map(testEventId);
  const events = operation.ids.map((id) => testEvent(id, { type: typeOf(id) }));
  const outcome = await log
    .append(stream, events, { expected: expectedHead === -1 ? "no_stream" : expectedHead })
    .catch((error: unknown) => (AgentKitError.is(error) ? error.code : error));

  const inStream = model.filter((event) => event.stream === stream);
  const place = inStream.slice(expectedHead + 1, expectedHead + 1 + ids.length);
  const last = place.at(-1);
  if (last !== undefined && place.map((event) => event.id).join(" ") === ids.join(" ")) {
    assert.deepEqual(outcome, { revision: last.revision, position: last.position, duplicate: true });
    return;
  }
  const taken = log.capabilities.uniqueIds === true && model.some((event) => ids.includes(event.id));
  if (inStream.length - 1 !== expectedHead || taken) {
    assert.equal(outcome, "concurrency_conflict");
    return;
  }
  assert.ok(isResult(outcome), `the append failed: ${String(outcome)}`);
  assert.deepEqual([outcome.revision, outcome.duplicate], [expectedHead + ids.length, false]);
  const stored = await readBack(log, stream, expectedHead + 1);
  assert.deepEqual(
    stored.map((event) => event.id),
    ids,
  );
  model.push(...stored);
}

async function checkReadStream(
  log: EventLog,
  model: readonly ModelEvent[],
  { stream, options }: { readonly stream: string; readonly options: ReadStreamOptions },
): Promise<void> {
  const { from, direction, limit = Number.POSITIVE_INFINITY } = options;
  const inStream = model.filter((event) => event.stream === stream);
  const expected =
    direction === "backwards"
      ? inStream.filter((event) => event.revision <= (from ?? Number.POSITIVE_INFINITY)).toReversed()
      : inStream.filter((event) => event.revision >= (from ?? 0));
  assert.deepEqual(await collectIds(log.readStream(stream, options)), expected.map(toId).slice(0, limit));
}

async function checkReadAll(
  log: EventLog,
  model: readonly ModelEvent[],
  { after, options }: { readonly after: number; readonly options: Omit<ReadAllOptions, "after"> },
): Promise<void> {
  const { direction, filter, limit = Number.POSITIVE_INFINITY } = options;
  const start = model[after]?.position;
  const index = start === undefined ? undefined : after;
  const side =
    direction === "backwards" ? model.slice(0, index).toReversed() : model.slice(index === undefined ? 0 : index + 1);
  const wanted = side.filter(
    (event) =>
      (filter?.types === undefined || filter.types.includes(typeOf(Number(event.id.slice(-12))))) &&
      event.stream.startsWith(filter?.streamPrefix ?? ""),
  );
  const read = log.readAll(start === undefined ? options : { ...options, after: start });
  assert.deepEqual(await collectIds(read), wanted.map(toId).slice(0, limit));
}

async function readBack(log: EventLog, stream: string, from: Revision): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of log.readStream(stream, { from })) events.push(event);
  return events;
}

function typeOf(id: number): string {
  return id % 2 === 0 ? "EvenHappened" : "OddHappened";
}

function toId(event: ModelEvent): string {
  return event.id;
}

function isResult(outcome: unknown): outcome is AppendResult {
  return typeof outcome === "object" && outcome !== null && "duplicate" in outcome;
}
