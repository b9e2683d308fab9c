import assert from "node:assert/strict";
import { type CaughtUp, type EventFilter, type EventLog, isCaughtUp } from "../event-log/event-log.ts";
import type { Position, StoredEvent } from "../events/envelope.ts";
import { type LogModel, type ModelEvent, passes } from "./event-log-model-state.ts";

/** Where a subscription of the model begins: behind so many of the model's events, after the position if there is one. */
export interface SubscriptionStart {
  readonly seen: number;
  readonly after: Position | undefined;
  readonly filter: EventFilter;
}

type Message = StoredEvent | CaughtUp;

/** How long a message that is due may take. */
const patienceMs = 10_000;

/**
 * A subscription beside the model: it checks that each event comes exactly once and in order, and that `CaughtUp` is told
 * when and only when it is true. An event whose stream was deleted may come or not.
 */
export class ModelSubscription {
  readonly #log: EventLog;
  readonly #model: LogModel;
  readonly #filter: EventFilter;
  readonly #controller = new AbortController();
  readonly #messages: AsyncIterator<Message>;
  #pending: Promise<IteratorResult<Message>> | undefined;
  /** How many of the model's events are behind it. */
  #seen: number;
  #after: Position | undefined;
  /** Where the log ended when the first message was asked for: the first `CaughtUp` is of this or later. */
  #endAtFirst: number | undefined;
  /** The position of the `CaughtUp` that was the last message. */
  #caughtUpAt: Position | undefined;
  #caughtUp = false;
  #opened = true;

  constructor(log: EventLog, model: LogModel, { seen, after, filter }: SubscriptionStart) {
    this.#log = log;
    this.#model = model;
    this.#filter = filter;
    this.#seen = seen;
    this.#after = after;
    const { signal } = this.#controller;
    const source = log.subscribe({ filter, signal, ...(after === undefined ? {} : { after }) });
    this.#messages = source[Symbol.asyncIterator]();
  }

  /** Where another subscription has to begin to go on. */
  get place(): SubscriptionStart {
    return { seen: this.#seen, after: this.#after, filter: this.#filter };
  }

  /** Asks for the next message and does not wait: it may come while the history goes on. */
  listen(): void {
    this.#endAtFirst ??= this.#model.events.length;
    this.#pending ??= Promise.resolve(this.#messages.next());
    // A failure is met by whoever takes the message.
    this.#pending.catch(() => undefined);
  }

  /** Takes up to so many messages, and none that is not due. */
  async take(count: number): Promise<void> {
    for (let taken = 0; taken < count && this.#isDue(); taken += 1) {
      this.listen();
      const message = await this.#arrival();
      if (isCaughtUp(message)) this.#acceptCaughtUp(message);
      else this.#acceptEvent(message);
    }
  }

  async close(): Promise<void> {
    this.#controller.abort();
    await this.#pending?.catch(() => undefined);
    await this.#messages.return?.();
  }

  /** Whether the log owes a message: an event, or the news that there is none. */
  #isDue(): boolean {
    return !this.#caughtUp || this.#owed(this.#model.events.length) !== undefined;
  }

  /** The first event before an index of the model that has to be delivered yet. */
  #owed(end: number): ModelEvent | undefined {
    return this.#model.events.slice(this.#seen, end).find((event) => !event.deleted && passes(event, this.#filter));
  }

  async #arrival(): Promise<Message> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patienceMs);
    });
    const result = await Promise.race([this.#pending, late]);
    clearTimeout(timer);
    this.#pending = undefined;
    assert.ok(result !== undefined, "the subscription owes a message and keeps silent");
    assert.ok(result.done !== true, "the subscription ended silently");
    return result.value;
  }

  #acceptEvent(message: StoredEvent): void {
    const index = this.#model.events.findIndex((event) => event.position === message.position);
    const event = this.#model.events[index];
    assert.ok(event !== undefined, "the subscription delivered an event that was never appended");
    assert.ok(index >= this.#seen, "the subscription delivered an event again or out of order");
    assert.equal(this.#owed(index), undefined, "the subscription missed an event");
    const { stream, revision, id } = message;
    assert.deepEqual([stream, revision, id], [event.stream, event.revision, event.id]);
    assert.ok(passes(event, this.#filter), "the subscription delivered what its filter leaves out");
    this.#seen = index + 1;
    this.#after = message.position;
    this.#caughtUp = false;
  }

  #acceptCaughtUp({ position }: CaughtUp): void {
    const behind = this.#model.events.filter(
      (event) => position !== undefined && this.#log.compare(event.position, position) <= 0,
    ).length;
    assert.ok(behind >= this.#seen, "the subscription caught up with a place that it had passed");
    assert.equal(this.#owed(behind), undefined, "the subscription caught up past an event that it had not delivered");
    if (this.#opened)
      assert.ok(behind >= (this.#endAtFirst ?? 0), "the subscription had not caught up when it said so");
    if (this.#caughtUp)
      assert.notEqual(position, this.#caughtUpAt, "the subscription caught up twice with the same place");
    this.#seen = behind;
    this.#after = position ?? this.#after;
    this.#caughtUpAt = position;
    this.#caughtUp = true;
    this.#opened = false;
  }
}
