import {
  AgentKitError,
  type AppendOptions,
  type AppendResult,
  assertStreamName,
  type CaughtUp,
  type DeleteOptions,
  type EventFilter,
  type EventLog,
  type EventLogCapabilities,
  eventLogErrors,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type Revision,
  type StoredEvent,
  type SubscribeOptions,
  toAppendRequest,
  toDeleteRequest,
  toReadFrom,
  toReadLimit,
} from "@agentkit/core";
import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { AppendQueue } from "./append-queue.ts";
import { AppendWriter } from "./append-writer.ts";
import { EventReader, type EventRow, type Page, type Range } from "./event-reader.ts";
import { EventsOfPages } from "./events-of-pages.ts";
import { FileIdentity } from "./file-identity.ts";
import { HeadWatch } from "./head-watch.ts";
import { openForAppending, openForReading } from "./open-database.ts";
import { PageSize } from "./page-size.ts";
import { parsePosition, toPosition } from "./position.ts";
import { retryBusy } from "./retry-busy.ts";
import { toLogError } from "./sqlite-error.ts";
import { StreamEraser } from "./stream-eraser.ts";

/** Options of {@link createSqliteEventLog}. */
export interface SqliteEventLogOptions {
  /** The log's file. It is created where there is none, with its directory. SQLite keeps `-wal` and `-shm` beside it. */
  readonly path: string;
  /** Only look: also on a medium that cannot be written. Appends fail with `log_read_only`. */
  readonly readOnly?: boolean;
  /** How long a call waits for another process's lock before it fails with `log_unavailable`. Default 5,000 ms. */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens an {@link EventLog} in one SQLite file, for one machine: any number of processes may append to it and read it at
 * once. An acknowledged append is on the disk (`synchronous=FULL`); appends made at the same time share one commit.
 *
 * Beside the port's errors, opening throws `log_format_unsupported` (a newer format, or no log), `log_read_only`,
 * `log_corrupt`, `log_unavailable`, and `log_runtime_unsupported` where the runtime's SQLite can corrupt a log.
 *
 * @example
 * ```ts
 * import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
 *
 * const log = createSqliteEventLog({ path: "./.agentkit/log.sqlite" });
 * for await (const event of log.readAll()) console.log(event.position, event.type);
 * await log.close();
 * ```
 */
export function createSqliteEventLog(options: SqliteEventLogOptions): EventLog {
  const { path, readOnly = false } = options;
  return new SqliteEventLog(readOnly ? openForReading(path) : openForAppending(path), options);
}

const defaultBusyTimeoutMs = 5_000;

class SqliteEventLog implements EventLog {
  readonly capabilities: EventLogCapabilities = {
    durable: true,
    multiProcess: true,
    uniqueIds: true,
    erasesAtOnce: true,
  };
  readonly #database: DatabaseSync;
  readonly #options: SqliteEventLogOptions;
  readonly #busyTimeoutMs: number;
  readonly #reader: EventReader;
  readonly #queue: AppendQueue;
  readonly #identity: FileIdentity;
  // Made when they are first needed: a log opened for reading only may be of a format without deletions.
  #writer: AppendWriter | undefined;
  #eraser: StreamEraser | undefined;
  readonly #watch: HeadWatch;
  #closing: Promise<void> | undefined;

  constructor(database: DatabaseSync, options: SqliteEventLogOptions) {
    this.#database = database;
    this.#options = options;
    this.#busyTimeoutMs = options.busyTimeoutMs ?? defaultBusyTimeoutMs;
    this.#reader = new EventReader(database);
    this.#watch = new HeadWatch(() => this.#reader.lastPosition());
    this.#identity = new FileIdentity(options.path);
    this.#queue = new AppendQueue({
      commit: (requests) => {
        this.#identity.assertUnchanged();
        this.#writer ??= new AppendWriter(database);
        const outcomes = this.#writer.write(requests);
        this.#watch.notify();
        return outcomes;
      },
      toError: (error) => toLogError(error, options.path),
      busyTimeoutMs: this.#busyTimeoutMs,
    });
  }

  append(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const request = toAppendRequest(stream, events, options);
      this.#assertWritable();
      this.#queue.add({ request, resolve, reject });
    });
  }

  async deleteStream(stream: string, options: DeleteOptions): Promise<void> {
    this.#assertOpen();
    const request = toDeleteRequest(stream, options);
    this.#assertWritable();
    await this.#query(() => {
      this.#identity.assertUnchanged();
      this.#eraser ??= new StreamEraser(this.#database);
      this.#eraser.delete(request);
    });
  }

  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterableIterator<StoredEvent> {
    return this.#eventsOf(this.#streamPages(stream, options), options.signal);
  }

  readAll(options: ReadAllOptions = {}): AsyncIterableIterator<StoredEvent> {
    return this.#eventsOf(this.#allPages(options), options.signal);
  }

  async *subscribe(options: SubscribeOptions = {}): AsyncGenerator<StoredEvent | CaughtUp> {
    const { filter, signal } = options;
    let end = await this.#query(() => this.#reader.lastPosition(), signal);
    let seen = toPlace(options.after, end) ?? 0;
    for (;;) {
      const range = { from: seen + 1, to: end, backwards: false };
      const read = { range, limit: Number.POSITIVE_INFINITY, page: this.#pageOf(filter), signal };
      yield* this.#eventsOf(this.#pages(read), signal);
      seen = end;
      yield { type: "CaughtUp", position: seen === 0 ? undefined : toPosition(seen) };
      end = await this.#headBeyond(seen, signal);
    }
  }

  async head(stream: string): Promise<Revision | undefined> {
    this.#assertOpen();
    assertStreamName(stream);
    return this.#query(() => this.#headOf(stream));
  }

  compare(a: Position, b: Position): -1 | 0 | 1 {
    const difference = parsePosition(a) - parsePosition(b);
    if (difference === 0) return 0;
    return difference < 0 ? -1 : 1;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    this.#watch.notify();
    await this.#queue.settled();
    this.#database.close();
  }

  #eventsOf(pages: AsyncGenerator<readonly EventRow[], void>, signal: AbortSignal | undefined): EventsOfPages {
    return new EventsOfPages(pages, () => this.#assertReadable(signal));
  }

  async *#streamPages(stream: string, options: ReadStreamOptions): AsyncGenerator<readonly EventRow[], void> {
    assertStreamName(stream);
    const limit = toReadLimit(options.limit);
    const from = toReadFrom(options.from);
    // The end is taken now, so that a reader who appends as it reads comes to an end.
    const head = (await this.#query(() => this.#headOf(stream), options.signal)) ?? -1;
    const backwards = options.direction === "backwards";
    const range = backwards ? { from: Math.min(from ?? head, head), to: 0 } : { from: from ?? 0, to: head };
    const page = (rest: Range, count: number): Page => {
      const found = this.#reader.streamPage(stream, rest, count);
      // A stream has no gaps: where the rest of it is missing it was deleted meanwhile.
      if (found.rows.length === 0) this.#assertNotDeleted(stream);
      return found;
    };
    yield* this.#pages({ range: { ...range, backwards }, limit, page, signal: options.signal });
  }

  async *#allPages(options: ReadAllOptions): AsyncGenerator<readonly EventRow[], void> {
    const limit = toReadLimit(options.limit);
    const end = await this.#query(() => this.#reader.lastPosition(), options.signal);
    const after = toPlace(options.after, end);
    const backwards = options.direction === "backwards";
    const range = backwards ? { from: (after ?? end + 1) - 1, to: 1 } : { from: (after ?? 0) + 1, to: end };
    const page = this.#pageOf(options.filter);
    yield* this.#pages({ range: { ...range, backwards }, limit, page, signal: options.signal });
  }

  async *#pages({ range, limit, page, signal }: PagedRead): AsyncGenerator<readonly EventRow[], void> {
    const size = new PageSize();
    let rest = range;
    let wanted = limit;
    while (wanted > 0 && !isEmpty(rest)) {
      const { rows, reached } = await this.#query(() => page(rest, size.limit(wanted)), signal);
      yield rows;
      size.adapt(rows);
      wanted -= rows.length;
      rest = { ...rest, from: range.backwards ? reached - 1 : reached + 1 };
      // SQLite answers synchronously: between pages everybody else has a turn.
      if (!isEmpty(rest)) await setImmediate();
    }
  }

  #pageOf(filter: EventFilter = {}): PagedRead["page"] {
    return (range, count) => this.#reader.allPage(range, filter, count);
  }

  /** Waits until the log has events beyond a position, and returns its last one. */
  async #headBeyond(seen: number, signal: AbortSignal | undefined): Promise<number> {
    for (;;) {
      const { moves } = this.#watch;
      const head = await this.#query(() => this.#reader.lastPosition(), signal);
      if (head > seen) return head;
      await this.#watch.changed(moves, signal);
    }
  }

  async #query<T>(read: () => T, signal?: AbortSignal): Promise<T> {
    return this.#attempt(() => {
      this.#assertReadable(signal);
      return read();
    });
  }

  async #attempt<T>(access: () => T): Promise<T> {
    try {
      return await retryBusy(access, this.#busyTimeoutMs);
    } catch (error) {
      throw toLogError(error, this.#options.path);
    }
  }

  #headOf(stream: string): Revision | undefined {
    const head = this.#reader.head(stream);
    if (head === undefined) this.#assertNotDeleted(stream);
    return head;
  }

  #assertNotDeleted(stream: string): void {
    if (this.#reader.isDeleted(stream)) throw eventLogErrors.streamDeleted(stream);
  }

  #assertWritable(): void {
    if (this.#options.readOnly !== true) return;
    throw new AgentKitError("log_read_only", `The log '${this.#options.path}' was opened for reading only.`);
  }

  #assertReadable(signal: AbortSignal | undefined): void {
    this.#assertOpen();
    if (signal?.aborted === true) throw eventLogErrors.aborted();
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw eventLogErrors.closed();
  }
}

/** A read of a range of places, page by page. */
interface PagedRead {
  readonly range: Range;
  readonly limit: number;
  readonly page: (range: Range, count: number) => Page;
  readonly signal: AbortSignal | undefined;
}

function isEmpty({ from, to, backwards }: Range): boolean {
  return backwards ? from < to : from > to;
}

/** The place of a position, which must be one that this log gave out. */
function toPlace(position: Position | undefined, end: number): number | undefined {
  if (position === undefined) return undefined;
  const place = parsePosition(position);
  if (place > end) throw eventLogErrors.positionInvalid(position);
  return place;
}
