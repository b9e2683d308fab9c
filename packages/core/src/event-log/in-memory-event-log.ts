import type { NewEvent, Position, Revision, StoredEvent } from "../events/envelope.ts";
import { type SerializedEvent, toAppendRequest, type AppendRequest } from "./append-request.ts";
import { type Bell, createBell } from "./bell.ts";
import { toDeleteRequest } from "./delete-request.ts";
import { matchesFilter } from "./event-filter.ts";
import type {
  AppendOptions,
  AppendResult,
  CaughtUp,
  DeleteOptions,
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
  readonly capabilities: EventLogCapabilities = {
    durable: { reason: "it lives in the memory of one process" },
    multiProcess: { reason: "it lives in the memory of one process" },
    uniqueIds: true,
    erasesAtOnce: true,
  };
  /** In order of position: the event at position n is at index n - 1. A deleted one leaves its place empty. */
  readonly #records: (EventRecord | undefined)[] = [];
  /** The indexes of a stream's events, in order of revision. */
  readonly #streams = new Map<string, number[]>();
  readonly #deleted = new Set<string>();
  readonly #ids = new Set<string>();
  readonly #appended: Bell = createBell();
  #closed = false;

  async append(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    this.#assertReadable();
    const request = toAppendRequest(stream, events, options);
    this.#assertNotDeleted(stream);
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

  async deleteStream(stream: string, options: DeleteOptions): Promise<void> {
    this.#assertReadable();
    const request = toDeleteRequest(stream, options);
    if (this.#deleted.has(stream)) return;
    const indexes = this.#streams.get(stream);
    if (indexes === undefined) throw eventLogErrors.streamNotFound(stream);
    const head = indexes.length - 1;
    if (head !== request.expectedHead) throw eventLogErrors.conflict(request, head);
    for (const index of indexes) {
      this.#ids.delete(this.#records[index]?.event.id ?? "");
      this.#records[index] = undefined;
    }
    this.#streams.delete(stream);
    this.#deleted.add(stream);
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
    this.#assertNotDeleted(stream);
    for (let done = 0; done < count; done += 1) {
      const index = indexes[backwards ? first - done : first + done] ?? -1;
      const event = this.#eventAt(index);
      if (event === undefined) throw eventLogErrors.streamDeleted(stream);
      yield event;
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
      const event = this.#wantedAt(index, options);
      if (event === undefined) continue;
      returned += 1;
      yield event;
      this.#assertReadable(options.signal);
    }
  }

  async *subscribe(options: SubscribeOptions = {}): AsyncGenerator<StoredEvent | CaughtUp> {
    let seen = this.#toCount(options.after) ?? 0;
    for (;;) {
      this.#assertReadable(options.signal);
      while (seen < this.#records.length) {
        seen += 1;
        const event = this.#wantedAt(seen - 1, options);
        if (event === undefined) continue;
        yield event;
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
    this.#assertNotDeleted(stream);
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

  #wantedAt(index: number, { filter }: SubscribeOptions): StoredEvent | undefined {
    const record = this.#records[index];
    if (record === undefined) return undefined;
    const isWanted = matchesFilter({ type: record.event.type, stream: record.stream }, filter);
    return isWanted ? this.#eventAt(index) : undefined;
  }

  /** `undefined` where the event was deleted. */
  #eventAt(index: number): StoredEvent | undefined {
    const record = this.#records[index];
    if (record === undefined) return undefined;
    const { stream, revision, event } = record;
    return toStoredEvent(event, { stream, revision, position: toPosition(index + 1) });
  }

  /** The number of events up to a position, which must be one that this log gave out. */
  #toCount(position: Position | undefined): number | undefined {
    if (position === undefined) return undefined;
    const count = parsePosition(position);
    if (count > this.#records.length) throw eventLogErrors.positionInvalid(position);
    return count;
  }

  #assertNotDeleted(stream: string): void {
    if (this.#deleted.has(stream)) throw eventLogErrors.streamDeleted(stream);
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
