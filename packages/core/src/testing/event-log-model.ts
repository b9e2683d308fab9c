import assert from "node:assert/strict";
import type { EventFilter, EventLog, ReadAllOptions, ReadStreamOptions } from "../event-log/event-log.ts";
import { assertRejects, collect } from "./event-log-contract-case.ts";
import { type Change, LogModel, type ModelEvent, passes, perform, settle } from "./event-log-model-state.ts";
import { ModelSubscription } from "./event-log-model-subscription.ts";

/** The revision that a change expects: a number, `-1` for no stream, or where the stream is at that moment. */
export type ExpectedHead = number | "head";

/** One operation of a random history, as plain data that any generator can make. */
export type EventLogOperation =
  | {
      readonly kind: "append";
      readonly stream: string;
      readonly expectedHead: ExpectedHead;
      readonly ids: readonly number[];
    }
  | { readonly kind: "repeat"; readonly append: number }
  | { readonly kind: "delete"; readonly stream: string; readonly expectedHead: ExpectedHead }
  /** Two writers at once, at the same revision. */
  | {
      readonly kind: "race";
      readonly stream: string;
      readonly expectedHead: ExpectedHead;
      readonly ids: readonly number[];
      readonly against: readonly number[] | "delete";
    }
  | { readonly kind: "readStream"; readonly stream: string; readonly options: ReadStreamOptions }
  | { readonly kind: "readAll"; readonly after: number; readonly options: Omit<ReadAllOptions, "after"> }
  /** Opens a subscription, in the place of the one that had the number before. */
  | {
      readonly kind: "subscribe";
      readonly number: number;
      readonly from: "start" | "end" | number;
      readonly filter: EventFilter;
    }
  /** Asks a subscription for its next message, which may come while the history goes on. */
  | { readonly kind: "listen"; readonly number: number }
  /** Takes so many messages of a subscription, as far as they are due. */
  | { readonly kind: "take"; readonly number: number; readonly count: number }
  /** Closes a subscription, and opens one after its last position. */
  | { readonly kind: "resume"; readonly number: number };

/** Options of {@link checkAgainstModel}. */
export interface CheckAgainstModelOptions {
  /** A second handle on the same log, as another process has it: one of two racing writers. */
  readonly beside?: EventLog;
}

/**
 * Runs a history of operations against an empty log and against a model that is too simple to be wrong, and asserts that
 * every answer is the same. The laws behind it: a change is all or nothing, of two at once one comes first, reads tell what
 * appends were told, and a subscription delivers each event exactly once and in order, also when it is closed and resumed.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog } from "@agentkit/core";
 * import { checkAgainstModel } from "@agentkit/core/testing";
 *
 * await checkAgainstModel(createInMemoryEventLog(), [
 *   { kind: "append", stream: "a", expectedHead: -1, ids: [1, 2] },
 *   { kind: "readStream", stream: "a", options: { direction: "backwards" } },
 *   { kind: "delete", stream: "a", expectedHead: "head" },
 * ]);
 * ```
 */
export async function checkAgainstModel(
  log: EventLog,
  operations: readonly EventLogOperation[],
  { beside = log }: CheckAgainstModelOptions = {},
): Promise<void> {
  const check = new ModelCheck(log, beside);
  try {
    for (const operation of operations) await check.run(operation);
    await check.finish();
  } finally {
    await check.close();
  }
}

type SubscriptionOperation = Extract<EventLogOperation, { readonly number: number }>;

class ModelCheck {
  readonly #log: EventLog;
  readonly #beside: EventLog;
  readonly #model: LogModel;
  readonly #appends: Change[] = [];
  readonly #subscriptions = new Map<number, ModelSubscription>();

  constructor(log: EventLog, beside: EventLog) {
    this.#log = log;
    this.#beside = beside;
    this.#model = new LogModel(log.capabilities.uniqueIds === true);
  }

  async run(operation: EventLogOperation): Promise<void> {
    switch (operation.kind) {
      case "append":
      case "delete":
        return this.#change(this.#toChange(operation));
      case "repeat": {
        const repeated = this.#appends[operation.append % Math.max(this.#appends.length, 1)];
        return repeated === undefined ? undefined : this.#change(repeated);
      }
      case "race":
        return this.#race(operation);
      case "readStream":
        return this.#readStream(operation.stream, operation.options);
      case "readAll":
        return this.#readAll(operation.after, operation.options);
      default:
        return this.#follow(operation);
    }
  }

  /** What is still due comes, and the log holds what the model holds. */
  async finish(): Promise<void> {
    for (const subscription of this.#subscriptions.values()) await subscription.take(Number.POSITIVE_INFINITY);
    await this.#readAll(-1, {});
  }

  async close(): Promise<void> {
    for (const subscription of this.#subscriptions.values()) await subscription.close();
  }

  #toChange(operation: Extract<EventLogOperation, { kind: "append" | "delete" }>): Change {
    const head = this.#model.stream(operation.stream).length - 1;
    const lowest = operation.kind === "append" ? -1 : 0;
    const expectedHead = operation.expectedHead === "head" ? head : operation.expectedHead;
    return { ...operation, expectedHead: Math.max(expectedHead, lowest) };
  }

  async #change(change: Change): Promise<void> {
    if (change.kind === "append") this.#appends.push(change);
    await settle(this.#log, this.#model, [change, await perform(this.#log, change)]);
  }

  async #race(operation: Extract<EventLogOperation, { kind: "race" }>): Promise<void> {
    const { stream, expectedHead, ids, against } = operation;
    const first = this.#toChange({ kind: "append", stream, expectedHead, ids });
    // Its deletion could come behind it, and what was written could not be read back to learn its positions.
    if (against === "delete" && first.expectedHead === -1) return this.#change(first);
    const second =
      against === "delete"
        ? this.#toChange({ kind: "delete", stream, expectedHead })
        : this.#toChange({ kind: "append", stream, expectedHead, ids: against });
    const [one, other] = await Promise.all([perform(this.#log, first), perform(this.#beside, second)]);
    // Whoever came first, the outcomes are those of one after the other.
    const inOrder = this.#model.predict(first) === one.name && this.#model.after(first).predict(second) === other.name;
    const pairs = [[first, one] as const, [second, other] as const];
    for (const pair of inOrder ? pairs : pairs.toReversed()) await settle(this.#log, this.#model, pair);
  }

  async #readStream(stream: string, options: ReadStreamOptions): Promise<void> {
    if (this.#model.isDeleted(stream)) {
      await assertRejects(collect(this.#log.readStream(stream, options)), "stream_deleted");
      return assertRejects(this.#log.head(stream), "stream_deleted");
    }
    const { from, direction, limit = Number.POSITIVE_INFINITY } = options;
    const inStream = this.#model.stream(stream);
    const expected =
      direction === "backwards"
        ? inStream.filter((event) => event.revision <= (from ?? Number.POSITIVE_INFINITY)).toReversed()
        : inStream.filter((event) => event.revision >= (from ?? 0));
    const read = await collect(this.#log.readStream(stream, options));
    assert.deepEqual(read.map(toPlace), expected.map(toPlace).slice(0, limit));
    assert.equal(await this.#log.head(stream), inStream.at(-1)?.revision);
  }

  async #readAll(after: number, options: Omit<ReadAllOptions, "after">): Promise<void> {
    const { direction, filter, limit = Number.POSITIVE_INFINITY } = options;
    const { events } = this.#model;
    const start = events[after]?.position;
    const end = start === undefined ? undefined : after;
    const side =
      direction === "backwards" ? events.slice(0, end).toReversed() : events.slice(end === undefined ? 0 : end + 1);
    const erased = this.#log.capabilities.erasesAtOnce === true;
    const wanted = side.filter((event) => passes(event, filter) && !(erased && event.deleted));
    const read = await collect(this.#log.readAll(start === undefined ? options : { ...options, after: start }));
    // A deleted event that is still there is in its place.
    const there = new Set(read.map((event) => event.position));
    const expected = wanted.filter((event) => !event.deleted || there.has(event.position));
    assert.deepEqual(read.map(toPlace), expected.map(toPlace).slice(0, limit));
  }

  async #follow(operation: SubscriptionOperation): Promise<void> {
    const { number } = operation;
    const present = this.#subscriptions.get(number);
    if (operation.kind === "listen") return present?.listen();
    if (operation.kind === "take") return present?.take(operation.count);
    await present?.close();
    const start = operation.kind === "resume" ? present?.place : this.#toStart(operation);
    if (start !== undefined) this.#subscriptions.set(number, new ModelSubscription(this.#log, this.#model, start));
  }

  #toStart({ from, filter }: Extract<EventLogOperation, { kind: "subscribe" }>): ModelSubscription["place"] {
    const { events } = this.#model;
    const seen = from === "start" ? 0 : from === "end" ? events.length : Math.min(from, events.length);
    return { seen, after: events[seen - 1]?.position, filter };
  }
}

function toPlace({ stream, revision, id, position }: Omit<ModelEvent, "deleted">): Omit<ModelEvent, "deleted"> {
  return { stream, revision, id, position };
}
