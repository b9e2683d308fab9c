import { type EventFilter, matchesFilter, type Position } from "@agentkit/core";
import type { ReadReq } from "@eventstore/db-client/generated/streams_pb.js";
import {
  decodeEvent,
  type DecodedEvent,
  readPosition,
  readStreamName,
  readType,
  type ServerRecord,
} from "./event-codec.ts";
import { comparePositions } from "./position.ts";
import { toAllRequest, toStreamRequest } from "./read-requests.ts";
import type { StreamNames } from "./stream-names.ts";

/** How far a read has come: enough to ask for the rest again after a failure. */
export interface ReadCursor {
  /** Asks for what is left, at most so many events. */
  toRequest(count: number): ReadReq;
  /** Moves past a record. `undefined` for one that is not wanted. */
  take(record: ServerRecord): DecodedEvent | undefined;
  /** Whether everything is read. */
  readonly done: boolean;
}

/** What a {@link StreamCursor} reads. */
export interface StreamRange {
  readonly stream: string;
  readonly from: number | undefined;
  /** The last revision, inclusive: what is appended while the read goes on is not in it. */
  readonly to?: number | undefined;
  readonly backwards: boolean;
}

/** Reads one stream. */
export class StreamCursor implements ReadCursor {
  readonly #range: StreamRange;
  readonly #names: StreamNames;
  #next: number | undefined;

  constructor(range: StreamRange, names: StreamNames) {
    this.#range = range;
    this.#names = names;
    this.#next = range.from;
  }

  toRequest(count: number): ReadReq {
    const { stream, backwards } = this.#range;
    return toStreamRequest({ stream: this.#names.toServer(stream), from: this.#next, backwards, count });
  }

  get done(): boolean {
    const { to = Number.POSITIVE_INFINITY } = this.#range;
    return this.#next !== undefined && (this.#next < 0 || this.#next > to);
  }

  take(record: ServerRecord): DecodedEvent | undefined {
    const { stream, backwards } = this.#range;
    const revision = Number(record.getStreamRevision());
    this.#next = backwards ? revision - 1 : revision + 1;
    return isOwn(record) ? decodeEvent(record, stream) : undefined;
  }
}

/** What an {@link AllCursor} reads. */
export interface AllRange {
  /** Exclusive. */
  readonly after: Position | undefined;
  /** The last position, inclusive. */
  readonly to?: Position | undefined;
  readonly backwards: boolean;
  readonly filter: EventFilter;
}

/** Reads the whole log. */
export class AllCursor implements ReadCursor {
  readonly #range: AllRange;
  readonly #names: StreamNames;
  #seen: Position | undefined;

  constructor(range: AllRange, names: StreamNames) {
    this.#range = range;
    this.#names = names;
    this.#seen = range.after;
  }

  toRequest(count: number): ReadReq {
    const { backwards, filter } = this.#range;
    return toAllRequest({ from: this.#seen, backwards, filter, count }, this.#names.prefix);
  }

  get done(): boolean {
    const { to } = this.#range;
    return to !== undefined && this.#seen !== undefined && comparePositions(this.#seen, to) >= 0;
  }

  take(record: ServerRecord): DecodedEvent | undefined {
    const { to, backwards, filter } = this.#range;
    const position = readPosition(record);
    const order = this.#seen === undefined ? 1 : comparePositions(position, this.#seen) * (backwards ? -1 : 1);
    if (order <= 0) return undefined;
    this.#seen = position;
    if (to !== undefined && comparePositions(position, to) > 0) return undefined;
    const stream = this.#names.fromServer(readStreamName(record));
    if (stream === undefined || !isOwn(record)) return undefined;
    return matchesFilter({ type: readType(record), stream }, filter) ? decodeEvent(record, stream) : undefined;
  }
}

/** The server's own events and links have types that begin with `$`. */
function isOwn(record: ServerRecord): boolean {
  return !readType(record).startsWith("$");
}
