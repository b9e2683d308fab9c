import {
  AgentKitError,
  type AppendOptions,
  type AppendRequest,
  type AppendResult,
  type CaughtUp,
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
 * Beside the port's errors, opening throws `config_invalid`, calls throw `log_runtime_unsupported` (an older server), and
 * an append to a stream that was deleted for good throws `log_read_only`.
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
  readonly capabilities: EventLogCapabilities = { durable: true, multiProcess: true, uniqueIds: false };
  readonly #connection: Connection;
  readonly #names: StreamNames;
  readonly #blobs: BlobStreams;
  readonly #appender: BatchAppender;
  readonly #reader: EventReader;
  readonly #watch: LogWatch;
  readonly #closing = new AbortController();
  readonly #appends = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(connection: Connection, options: EventStoreDBEventLogOptions) {
    const { streamPrefix = "", answerTimeoutMs = 5_000, giveUpAfterMs = 30_000 } = options;
    const closing = this.#closing.signal;
    this.#connection = connection;
    this.#names = new StreamNames(streamPrefix);
    this.#blobs = new BlobStreams(this.#names);
    this.#appender = new BatchAppender({ connection, answerTimeoutMs, giveUpAfterMs });
    this.#reader = new EventReader({ connection, closing, streamPrefix, answerTimeoutMs, giveUpAfterMs });
    this.#watch = new LogWatch({ connection, closing, streamPrefix });
  }

  async append(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    if (this.#closed !== undefined) throw eventLogErrors.closed();
    const tools = { names: this.#names, blobs: this.#blobs };
    const appending = this.#append(prepareAppend(stream, { events, options }, tools));
    this.#appends.add(appending);
    try {
      return await appending;
    } catch (error) {
      throw error instanceof StreamTombstoned ? tombstoned(stream, error) : error;
    } finally {
      this.#appends.delete(appending);
    }
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    const name = this.#names.toServer(stream);
    const limit = toReadLimit(options.limit);
    const from = toReadFrom(options.from);
    const { signal } = options;
    this.#reader.assertReadable(signal);
    const backwards = options.direction === "backwards";
    // The end is taken now, so that a reader who appends as it reads comes to an end.
    const to = backwards ? undefined : await this.#headOf(name, signal);
    if (!backwards && (to === undefined || (from ?? 0) > to)) return;
    const cursor = new StreamCursor({ stream, from, to, backwards }, this.#names);
    yield* this.#reader.events({ cursor, limit, blobs: this.#blobs, signal });
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
      const { to, unread } = await this.#look(seen, filter, signal);
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
    const name = this.#names.toServer(stream);
    this.#reader.assertReadable(undefined);
    return this.#headOf(name, undefined);
  }

  compare(a: Position, b: Position): -1 | 0 | 1 {
    return comparePositions(checkPosition(a), checkPosition(b));
  }

  async close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    await Promise.allSettled(this.#appends);
    this.#closing.abort();
    await this.#watch.ended();
    await this.#connection.close();
  }

  /** Where the log ends for a subscriber, and whether there may be something on the way that it wants. */
  async #look(
    seen: Position | undefined,
    filter: EventFilter,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly to: Position | undefined; readonly unread: boolean }> {
    const isWanted = (event: WatchedEvent): boolean => {
      const stream = this.#names.fromServer(event.stream);
      return stream !== undefined && matchesFilter({ type: event.type, stream }, filter);
    };
    const passed = seen === undefined ? undefined : this.#watch.passed(seen, isWanted);
    if (passed !== undefined) return { to: passed, unread: false };
    const to = await this.#reader.lastPosition(signal);
    const unread = to !== undefined && (seen === undefined || comparePositions(to, seen) > 0);
    return unread ? { to, unread } : { to: seen, unread };
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

  async #headOf(name: string, signal: AbortSignal | undefined): Promise<Revision | undefined> {
    const record = await this.#reader.lastOf(name, signal);
    return record === undefined ? undefined : Number(record.getStreamRevision());
  }
}

function tombstoned(stream: string, cause: Error): AgentKitError {
  const message = `The stream '${stream}' was deleted for good at the server and takes no more events.`;
  return new AgentKitError("log_read_only", message, { cause });
}
