import {
  AgentKitError,
  type AppendOptions,
  type AppendRequest,
  type AppendResult,
  assertStreamName,
  type CaughtUp,
  type DeleteOptions,
  type DeleteRequest,
  type EventFilter,
  type EventLog,
  type EventLogCapabilities,
  eventLogErrors,
  matchesFilter,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type Revision,
  type StoredEvent,
  type SubscribeOptions,
  toDeleteRequest,
  toReadFrom,
  toReadLimit,
} from "@agentkit/core";
import { BatchAppender, type SettledAppend } from "./batch-appender.ts";
import { BlobStreams } from "./blob-streams.ts";
import { Connection } from "./connection.ts";
import { parseConnectionString } from "./connection-string.ts";
import { readEventId, readPosition, type ServerRecord } from "./event-codec.ts";
import { EventReader } from "./event-reader.ts";
import { createLogClient } from "./log-client.ts";
import { StreamTombstoned } from "./log-failure.ts";
import { LogWatch, type WatchedEvent } from "./log-watch.ts";
import { checkPosition, comparePositions } from "./position.ts";
import { prepareAppend, type PreparedAppend } from "./prepared-append.ts";
import { AllCursor, StreamCursor } from "./read-cursor.ts";
import { StreamDeleter } from "./stream-deleter.ts";
import { StreamNames } from "./stream-names.ts";

/** Options of {@link createEventStoreDBEventLog}. */
export interface EventStoreDBEventLogOptions {
  /** `esdb://user:password@host:2113?option=value`, several hosts with commas, or `esdb+discover://…` for a DNS name. */
  readonly connectionString: string;
  /**
   * What the names of the log's streams begin with at the server: for a database that others write to as well. At most
   * 100 characters of `A-Z a-z 0-9 . _ : -`. Default: nothing.
   */
  readonly streamPrefix?: string;
  /** How long an answer is waited for before the same call is made again on a new connection. Default 5,000 ms. */
  readonly answerTimeoutMs?: number;
  /** How long calls are made again while the server cannot be reached, before `log_unavailable`. Default 30,000 ms. */
  readonly giveUpAfterMs?: number;
}

/**
 * Opens an {@link EventLog} on an EventStoreDB server or cluster, 22.10 or later. Nothing is connected before the first
 * call. Appends are retried byte for byte at exact revisions, reads go on where they were, subscriptions survive restarts of
 * the server; a call fails with `log_unavailable` (retryable) only after `giveUpAfterMs`.
 *
 * EventStoreDB has no index of event ids: an id that stands elsewhere in the log is not noticed (`uniqueIds` is not
 * declared). At the same place of the same stream the port's rules for repeated appends hold.
 *
 * A deleted stream has a tombstone at the server. Its events are not in the stream any more, but `readAll` and subscriptions
 * deliver them until an operator has the server scavenged (`erasesAtOnce` is not declared).
 *
 * Beside the port's errors, opening throws `config_invalid`, and calls throw `log_runtime_unsupported` (an older server).
 *
 * @example
 * ```ts
 * import { createEventStoreDBEventLog } from "@agentkit/eventlog-eventstoredb";
 *
 * const log = createEventStoreDBEventLog({ connectionString: "esdb://localhost:2113?tls=false" });
 * for await (const event of log.readAll()) console.log(event.position, event.type);
 * await log.close();
 * ```
 */
export function createEventStoreDBEventLog(options: EventStoreDBEventLogOptions): EventLog {
  const settings = parseConnectionString(options.connectionString);
  const connection = new Connection(() => createLogClient(settings));
  return new EventStoreDBEventLog(connection, options);
}

class EventStoreDBEventLog implements EventLog {
  readonly capabilities: EventLogCapabilities = {
    durable: true,
    multiProcess: true,
    uniqueIds: { reason: "EventStoreDB has no index of event ids" },
    erasesAtOnce: { reason: "EventStoreDB keeps the events of deleted streams in $all until it is scavenged" },
  };
  readonly #connection: Connection;
  readonly #names: StreamNames;
  readonly #blobs: BlobStreams;
  readonly #appender: BatchAppender;
  readonly #deleter: StreamDeleter;
  readonly #reader: EventReader;
  readonly #watch: LogWatch;
  readonly #closing = new AbortController();
  readonly #changes = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(connection: Connection, options: EventStoreDBEventLogOptions) {
    const { streamPrefix = "", answerTimeoutMs = 5_000, giveUpAfterMs = 30_000 } = options;
    const closing = this.#closing.signal;
    this.#connection = connection;
    this.#names = new StreamNames(streamPrefix);
    this.#blobs = new BlobStreams(this.#names);
    this.#appender = new BatchAppender({ connection, answerTimeoutMs, giveUpAfterMs });
    const names = this.#names;
    this.#deleter = new StreamDeleter({ connection, names, closing, answerTimeoutMs, giveUpAfterMs });
    this.#reader = new EventReader({ connection, closing, streamPrefix, answerTimeoutMs, giveUpAfterMs });
    this.#watch = new LogWatch({ connection, closing, streamPrefix });
  }

  async append(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    if (this.#closed !== undefined) throw eventLogErrors.closed();
    const tools = { names: this.#names, blobs: this.#blobs };
    return this.#change(stream, this.#append(prepareAppend(stream, { events, options }, tools)));
  }

  async deleteStream(stream: string, options: DeleteOptions): Promise<void> {
    if (this.#closed !== undefined) throw eventLogErrors.closed();
    return this.#change(stream, this.#delete(toDeleteRequest(stream, options)));
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    assertStreamName(stream);
    const limit = toReadLimit(options.limit);
    const from = toReadFrom(options.from);
    const { signal } = options;
    this.#reader.assertReadable(signal);
    const backwards = options.direction === "backwards";
    // The end is taken now, so that a reader who appends as it reads comes to an end.
    const to = backwards && limit > 0 ? undefined : await this.#headOf(stream, signal);
    if (!backwards && (to === undefined || (from ?? 0) > to)) return;
    const cursor = new StreamCursor({ stream, from, to, backwards }, this.#names);
    try {
      yield* this.#reader.events({ cursor, limit, blobs: this.#blobs, signal });
    } catch (error) {
      throw naming(stream, error);
    }
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<StoredEvent> {
    const limit = toReadLimit(options.limit);
    const after = options.after === undefined ? undefined : checkPosition(options.after);
    const { signal, filter = {} } = options;
    this.#reader.assertReadable(signal);
    const backwards = options.direction === "backwards";
    const to = backwards ? undefined : await this.#reader.lastPosition(signal);
    if (!backwards && (to === undefined || filter.types?.length === 0)) return;
    const cursor = new AllCursor({ after, to, backwards, filter }, this.#names);
    yield* this.#reader.events({ cursor, limit, blobs: this.#blobs, signal });
  }

  async *subscribe(options: SubscribeOptions = {}): AsyncGenerator<StoredEvent | CaughtUp> {
    const { signal, filter = {} } = options;
    let seen = options.after === undefined ? undefined : checkPosition(options.after);
    let announced = false;
    for (;;) {
      this.#reader.assertReadable(signal);
      const { moves } = this.#watch;
      const { to, unread } = await this.#look({ seen, filter, following: announced, signal });
      if (unread) {
        const cursor = new AllCursor({ after: seen, to, backwards: false, filter }, this.#names);
        yield* this.#reader.events({ cursor, limit: Number.POSITIVE_INFINITY, blobs: this.#blobs, signal });
      }
      if (to !== seen || !announced) yield { type: "CaughtUp", position: to };
      seen = to;
      announced = true;
      await this.#watch.moved(moves, signal);
    }
  }

  async head(stream: string): Promise<Revision | undefined> {
    assertStreamName(stream);
    this.#reader.assertReadable(undefined);
    return this.#headOf(stream, undefined);
  }

  compare(a: Position, b: Position): -1 | 0 | 1 {
    return comparePositions(checkPosition(a), checkPosition(b));
  }

  async close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    await Promise.allSettled(this.#changes);
    this.#closing.abort();
    await this.#watch.ended();
    await this.#connection.close();
  }

  /** Where the log ends for a subscriber, and whether there may be something on the way that it wants. */
  async #look({ seen, filter, following, signal }: Look): Promise<{ to: Position | undefined; unread: boolean }> {
    const isWanted = (event: WatchedEvent): boolean => {
      const stream = this.#names.fromServer(event.stream);
      return stream !== undefined && matchesFilter({ type: event.type, stream }, filter);
    };
    // The watch may be behind what was acknowledged: who has just come is told of all that was there when it came.
    const passed = seen === undefined || !following ? undefined : this.#watch.passed(seen, isWanted);
    if (passed !== undefined) return { to: passed, unread: false };
    const to = await this.#reader.lastPosition(signal);
    const unread = to !== undefined && (seen === undefined || comparePositions(to, seen) > 0);
    return unread ? { to, unread } : { to: seen, unread };
  }

  /** Keeps the log open until a change of a stream is settled. */
  async #change<T>(stream: string, change: Promise<T>): Promise<T> {
    this.#changes.add(change);
    try {
      return await change;
    } catch (error) {
      throw naming(stream, error);
    } finally {
      this.#changes.delete(change);
    }
  }

  async #delete(request: DeleteRequest): Promise<void> {
    const { stream } = request;
    if (await this.#deleter.delete(request)) return;
    const record = await this.#lastUnlessDeleted(stream);
    if (record === "deleted") return;
    if (record === undefined) throw eventLogErrors.streamNotFound(stream);
    throw eventLogErrors.conflict(request, Number(record.getStreamRevision()));
  }

  async #lastUnlessDeleted(stream: string): Promise<ServerRecord | "deleted" | undefined> {
    try {
      return await this.#reader.lastOf(this.#names.toServer(stream));
    } catch (error) {
      if (error instanceof StreamTombstoned) return "deleted";
      throw error;
    }
  }

  async #append({ request, append, blobs }: PreparedAppend): Promise<AppendResult> {
    for (const { blob, content } of blobs) {
      let head = -1;
      for (const part of this.#blobs.toParts(blob, content)) {
        const answer = await this.#appender.append(this.#blobs.toAppend(blob, head, part));
        if (answer.kind === "conflict") throw new AgentKitError("log_corrupt", `The blob ${blob.sha256} is not whole.`);
        head = answer.revision;
      }
    }
    return this.#toResult(request, await this.#appender.append(append));
  }

  async #toResult(request: AppendRequest, answer: SettledAppend): Promise<AppendResult> {
    if (answer.kind === "conflict") return this.#recognise(request, answer.head);
    const { revision, resent } = answer;
    // Of an append that it had written before, the server does not always tell the position of the last event.
    const [last] = resent ? await this.#records(request.stream, revision, 1) : [];
    return { revision, position: last === undefined ? answer.position : readPosition(last), duplicate: false };
  }

  /** Answers an append at another revision than the stream's: a repetition of what is there, or a conflict. */
  async #recognise(request: AppendRequest, head: number): Promise<AppendResult> {
    const { stream, expectedHead, events } = request;
    if (head < expectedHead + events.length) throw eventLogErrors.conflict(request, head);
    const records = await this.#records(stream, expectedHead + 1, events.length);
    const last = records.at(-1);
    const same = records.every((record, index) => readEventId(record) === events[index]?.id);
    if (!same || last === undefined || records.length < events.length) throw eventLogErrors.conflict(request, head);
    return { revision: Number(last.getStreamRevision()), position: readPosition(last), duplicate: true };
  }

  async #records(stream: string, from: number, count: number): Promise<readonly ServerRecord[]> {
    return this.#reader.records({ stream: this.#names.toServer(stream), from, count });
  }

  async #headOf(stream: string, signal: AbortSignal | undefined): Promise<Revision | undefined> {
    try {
      const record = await this.#reader.lastOf(this.#names.toServer(stream), signal);
      return record === undefined ? undefined : Number(record.getStreamRevision());
    } catch (error) {
      throw naming(stream, error);
    }
  }
}

/** A subscriber that looks for more. */
interface Look {
  readonly seen: Position | undefined;
  readonly filter: EventFilter;
  /** Whether it has caught up before. */
  readonly following: boolean;
  readonly signal: AbortSignal | undefined;
}

/** The server's word for a tombstone, as the log's. */
function naming(stream: string, error: unknown): unknown {
  return error instanceof StreamTombstoned ? eventLogErrors.streamDeleted(stream, error) : error;
}
