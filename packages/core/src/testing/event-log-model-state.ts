import assert from "node:assert/strict";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { matchesFilter } from "../event-log/event-filter.ts";
import type { AppendResult, EventFilter, EventLog } from "../event-log/event-log.ts";
import type { Position, Revision } from "../events/envelope.ts";
import { collect, testEvent, testEventId } from "./event-log-contract-case.ts";

/** A change of one stream, of which the log makes all or nothing. */
export type Change =
  | { readonly kind: "append"; readonly stream: string; readonly expectedHead: number; readonly ids: readonly number[] }
  | { readonly kind: "delete"; readonly stream: string; readonly expectedHead: number };

/** What a change came to: `written`, `duplicate`, `deleted`, or the code of the error. */
export interface Outcome {
  readonly name: string;
  readonly result: AppendResult | undefined;
}

/** An event of the model: the log is one list, and everything else is computed from it the slow way. */
export interface ModelEvent {
  readonly stream: string;
  readonly revision: Revision;
  readonly id: string;
  readonly position: Position;
  /** Whether its stream was deleted. Then nobody needs to see it, and some logs show it for a while. */
  readonly deleted: boolean;
}

/** A log that is too simple to be wrong. */
export class LogModel {
  readonly #uniqueIds: boolean;
  readonly #deleted: Set<string>;
  #events: readonly ModelEvent[];

  constructor(uniqueIds: boolean, events: readonly ModelEvent[] = [], deleted: ReadonlySet<string> = new Set()) {
    this.#uniqueIds = uniqueIds;
    this.#events = events;
    this.#deleted = new Set(deleted);
  }

  /** All events, deleted ones too, in the order of their positions. */
  get events(): readonly ModelEvent[] {
    return this.#events;
  }

  isDeleted(stream: string): boolean {
    return this.#deleted.has(stream);
  }

  /** The events of a stream. */
  stream(stream: string): readonly ModelEvent[] {
    return this.#events.filter((event) => event.stream === stream && !event.deleted);
  }

  /** The events at the place that an append would take, when they are the very ones that it appends. */
  repeated(change: Extract<Change, { kind: "append" }>): ModelEvent | undefined {
    const first = change.expectedHead + 1;
    const place = this.stream(change.stream).slice(first, first + change.ids.length);
    const same = place.map((event) => event.id).join(" ") === change.ids.map(testEventId).join(" ");
    return same ? place.at(-1) : undefined;
  }

  /** What a change has to come to. */
  predict(change: Change): string {
    const { stream, expectedHead } = change;
    const head = this.stream(stream).length - 1;
    if (change.kind === "delete") {
      if (this.isDeleted(stream)) return "deleted";
      if (head === -1) return "stream_not_found";
      return head === expectedHead ? "deleted" : "concurrency_conflict";
    }
    if (this.isDeleted(stream)) return "stream_deleted";
    if (this.repeated(change) !== undefined) return "duplicate";
    const ids = change.ids.map(testEventId);
    const taken = this.#uniqueIds && this.#events.some((event) => !event.deleted && ids.includes(event.id));
    return head === expectedHead && !taken ? "written" : "concurrency_conflict";
  }

  /** What the model is after a change, for asking what another one would come to then. */
  after(change: Change): LogModel {
    const next = new LogModel(this.#uniqueIds, this.#events, this.#deleted);
    const name = this.predict(change);
    if (name === "deleted") next.delete(change.stream);
    if (change.kind !== "append" || name !== "written") return next;
    const { stream, expectedHead, ids } = change;
    const place = (index: number): Pick<ModelEvent, "revision" | "position"> => ({
      revision: expectedHead + 1 + index,
      position: "",
    });
    next.write(ids.map((id, index) => ({ stream, id: testEventId(id), deleted: false, ...place(index) })));
    return next;
  }

  write(events: readonly ModelEvent[]): void {
    this.#events = [...this.#events, ...events];
  }

  delete(stream: string): void {
    this.#deleted.add(stream);
    this.#events = this.#events.map((event) => (event.stream === stream ? { ...event, deleted: true } : event));
  }
}

/** Makes a change. Whatever is no error of the port's is thrown. */
export async function perform(log: EventLog, change: Change): Promise<Outcome> {
  const { stream, expectedHead } = change;
  try {
    if (change.kind === "delete") {
      await log.deleteStream(stream, { expected: expectedHead });
      return { name: "deleted", result: undefined };
    }
    const events = change.ids.map((id) => testEvent(id, { type: typeOf(id) }));
    const result = await log.append(stream, events, { expected: expectedHead === -1 ? "no_stream" : expectedHead });
    return { name: result.duplicate ? "duplicate" : "written", result };
  } catch (error) {
    if (!AgentKitError.is(error)) throw error;
    return { name: error.code, result: undefined };
  }
}

/** Asserts that an outcome is the one that the model has, and takes it over. */
export async function settle(log: EventLog, model: LogModel, [change, outcome]: readonly [Change, Outcome]) {
  assert.equal(outcome.name, model.predict(change), `the outcome of ${JSON.stringify(change)}`);
  if (change.kind === "delete") {
    if (outcome.name === "deleted") model.delete(change.stream);
    return;
  }
  if (outcome.name === "written") {
    const { stream, expectedHead, ids } = change;
    const stored = await collect(log.readStream(stream, { from: expectedHead + 1 }));
    assert.deepEqual(
      stored.map((event) => event.id),
      ids.map(testEventId),
    );
    model.write(stored.map(({ revision, id, position }) => ({ stream, revision, id, position, deleted: false })));
  }
  if (outcome.result === undefined) return;
  const last = model.repeated(change);
  const { revision, position } = outcome.result;
  assert.deepEqual({ revision, position }, { revision: last?.revision, position: last?.position });
}

/** Whether an event of the model passes a filter. */
export function passes(event: ModelEvent, filter: EventFilter | undefined): boolean {
  return matchesFilter({ type: typeOf(Number(event.id.slice(-12))), stream: event.stream }, filter);
}

/** Events of the model have two types, told by their ids. */
function typeOf(id: number): string {
  return id % 2 === 0 ? "EvenHappened" : "OddHappened";
}
