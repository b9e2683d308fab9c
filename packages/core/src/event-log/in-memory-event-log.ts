import type { NewEvent, Position, Revision, StoredEvent } from "../events/envelope.ts";
import { type SerializedEvent, toAppendRequest, type AppendRequest } from "./append-request.ts";
import { type Bell, createBell } from "./bell.ts";
import { matchesFilter } from "./event-filter.ts";
import type {
  AppendOptions,
  AppendResult,
  CaughtUp,
  EventLog,
  EventLogCapabilities,
  ReadAllOptions,
  ReadStreamOptions,
  SubscribeOptions,
} from "./event-log.ts";
import { eventLogErrors } from "./event-log-errors.ts";
import { toReadFrom, toReadLimit } from "./read-options.ts";
import { toStoredEvent } from "./stored-event.ts";
import { assertStreamName } from "./stream-name.ts";

/**
 * Creates an {@link EventLog} that lives in memory: for tests, demos and agents that nobody wants to remember. It keeps
 * everything appended until it is garbage; subscriptions read from it and hold nothing of their own.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog } from "@agentkit/core";
 *
 * const log = createInMemoryEventLog();
 * console.log(await log.head("session-a")); // undefined
 * await log.close();
 * ```
 */
export function createInMemoryEventLog(): EventLog {
  return new InMemoryEventLog();
}

/** An event as it is kept: as JSON text, so that nobody who appended or read it can change it. */
interface EventRecord {
  readonly stream: string;
  readonly revision: Revision;
  readonly event: SerializedEvent;
}

class InMemoryEventLog implements EventLog {
  readonly capabilities: EventLogCapabilities = { durable: false, multiProcess: false, uniqueIds: true };
  /** In order of position: the event at position n is at index n - 1. */
  readonly #records: EventRecord[] = [];
  /** The indexes of a stream's events, in order of revision. */
  readonly #streams = new Map<string, number[]>();
  readonly #ids = new Set<string>();
  readonly #appended: Bell = createBell();
  #closed = false;

  async append(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    this.#assertReadable();
    const request = toAppendRequest(stream, events, options);
    const indexes = this.#streams.get(stream) ?? [];
    const head = indexes.length - 1;
    if (head !== request.expectedHead) return this.#recognise(request, indexes);
    if (request.events.some((event) => this.#ids.has(event.id))) throw eventLogErrors.idTaken(request);

    for (const event of request.events) {
      const count = this.#records.push({ stream, revision: indexes.length, event });
      indexes.push(count - 1);
      this.#ids.add(event.id);
    }
    this.#streams.set(stream, indexes);
    this.#appended.ring();
    return { revision: indexes.length - 1, position: toPosition(this.#records.length), duplicate: false };
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    assertStreamName(stream);
    const limit = toReadLimit(options.limit);
    const from = toReadFrom(options.from);
    const indexes = this.#streams.get(stream) ?? [];
    // The end is taken now, so that a reader who appends as it reads comes to an end.
    const last = indexes.length - 1;
    const backwards = options.direction === "backwards";
    const first = backwards ? Math.min(from ?? last, last) : (from ?? 0);
    const count = Math.min(limit, backwards ? first + 1 : last - first + 1);
    this.#assertReadable(options.signal);
    for (let done = 0; done < count; done += 1) {
      const index = indexes[backwards ? first - done : first + done];
      if (index !== undefined) yield this.#eventAt(index);
      this.#assertReadable(options.signal);
    }
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<StoredEvent> {
    const limit = toReadLimit(options.limit);
    const after = this.#toCount(options.after);
    const end = this.#records.length;
    const backwards = options.direction === "backwards";
    const first = backwards ? (after ?? end + 1) - 2 : (after ?? 0);
    let returned = 0;
    this.#assertReadable(options.signal);
    for (let index = first; index >= 0 && index < end && returned < limit; index += backwards ? -1 : 1) {
      if (!this.#passes(index, options)) continue;
      returned += 1;
      yield this.#eventAt(index);
      this.#assertReadable(options.signal);
    }
  }

  async *subscribe(options: SubscribeOptions = {}): AsyncGenerator<StoredEvent | CaughtUp> {
    let seen = this.#toCount(options.after) ?? 0;
    for (;;) {
      this.#assertReadable(options.signal);
      while (seen < this.#records.length) {
        seen += 1;
        if (!this.#passes(seen - 1, options)) continue;
        yield this.#eventAt(seen - 1);
        this.#assertReadable(options.signal);
      }
      yield { type: "CaughtUp", position: seen === 0 ? undefined : toPosition(seen) };
      while (seen === this.#records.length) {
        this.#assertReadable(options.signal);
        await this.#appended.wait(options.signal);
      }
    }
  }

  async head(stream: string): Promise<Revision | undefined> {
    this.#assertReadable();
    assertStreamName(stream);
    const indexes = this.#streams.get(stream);
    return indexes === undefined ? undefined : indexes.length - 1;
  }

  compare(a: Position, b: Position): -1 | 0 | 1 {
    const difference = parsePosition(a) - parsePosition(b);
    if (difference === 0) return 0;
    return difference < 0 ? -1 : 1;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#appended.ring();
  }

  /** Answers an append at another revision than the stream's: a repetition of what is there, or a conflict. */
  #recognise(request: AppendRequest, indexes: readonly number[]): AppendResult {
    const first = request.expectedHead + 1;
    const places = indexes.slice(first, first + request.events.length);
    const last = places.at(-1);
    const same =
      places.length === request.events.length &&
      places.every((index, place) => this.#records[index]?.event.id === request.events[place]?.id);
    if (!same || last === undefined) throw eventLogErrors.conflict(request, indexes.length - 1);
    return { revision: request.expectedHead + request.events.length, position: toPosition(last + 1), duplicate: true };
  }

  #passes(index: number, { filter }: SubscribeOptions): boolean {
    const record = this.#recordAt(index);
    return matchesFilter({ type: record.event.type, stream: record.stream }, filter);
  }

  #eventAt(index: number): StoredEvent {
    const { stream, revision, event } = this.#recordAt(index);
    return toStoredEvent(event, { stream, revision, position: toPosition(index + 1) });
  }

  #recordAt(index: number): EventRecord {
    const record = this.#records[index];
    if (record === undefined) throw new RangeError(`No record at index ${index}.`);
    return record;
  }

  /** The number of events up to a position, which must be one that this log gave out. */
  #toCount(position: Position | undefined): number | undefined {
    if (position === undefined) return undefined;
    const count = parsePosition(position);
    if (count > this.#records.length) throw eventLogErrors.positionInvalid(position);
    return count;
  }

  #assertReadable(signal?: AbortSignal): void {
    if (this.#closed) throw eventLogErrors.closed();
    if (signal?.aborted === true) throw eventLogErrors.aborted();
  }
}

function toPosition(count: number): Position {
  return String(count);
}

function parsePosition(position: Position): number {
  const count = /^[1-9]\d{0,15}$/.test(position) ? Number(position) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw eventLogErrors.positionInvalid(position);
  return count;
}
