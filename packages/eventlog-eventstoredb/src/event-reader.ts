import { eventLogErrors, type Position, type StoredEvent } from "@agentkit/core";
import type { ReadReq, ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import type { BlobStreams } from "./blob-streams.ts";
import type { Connection } from "./connection.ts";
import { readPosition, type DecodedEvent, type ServerRecord } from "./event-codec.ts";
import { StreamTombstoned } from "./log-failure.ts";
import type { ReadCursor } from "./read-cursor.ts";
import { toAllRequest, toStreamRequest } from "./read-requests.ts";
import { responsePages } from "./response-pages.ts";
import { RetryBudget } from "./retry-budget.ts";

/** Options of {@link EventReader}. */
export interface EventReaderOptions {
  readonly connection: Connection;
  /** Fires when the log is closed. */
  readonly closing: AbortSignal;
  readonly streamPrefix: string;
  /** How long the server may be silent in the middle of a read. */
  readonly answerTimeoutMs: number;
  /** How long a read is made again while nothing comes. */
  readonly giveUpAfterMs: number;
}

/** What is read, and until when. */
export interface EventRead {
  readonly cursor: ReadCursor;
  readonly limit: number;
  readonly blobs: BlobStreams;
  readonly signal: AbortSignal | undefined;
}

/** Reads, and goes on where it was when a connection breaks. */
export class EventReader {
  readonly #options: EventReaderOptions;

  constructor(options: EventReaderOptions) {
    this.#options = options;
  }

  /** The events that a cursor wants, each exactly once and in order. */
  async *events({ cursor, limit, blobs, signal }: EventRead): AsyncGenerator<StoredEvent> {
    let wanted = limit;
    let asked = 0;
    let received = 0;
    const request = (): ReadReq => {
      received = 0;
      return cursor.toRequest(asked);
    };
    // More than one round only where some of the events that the server counted are not wanted: then the next one is larger,
    // so that few of many are found soon. A read from where another ended begins with the event that was seen last.
    while (wanted > 0 && !cursor.done && received === asked) {
      asked = Math.max(wanted + 1, asked * 2);
      for await (const records of this.#pages(request, signal)) {
        received += records.length;
        for (const decoded of take(cursor, records, wanted)) {
          wanted -= 1;
          yield decoded.blob === undefined ? decoded.event : await this.#withBlob(decoded, blobs, signal);
          this.assertReadable(signal);
        }
        if (wanted === 0 || cursor.done) return;
      }
    }
  }

  /** The last record of a stream, `undefined` when there is none to read. */
  async lastOf(stream: string, signal?: AbortSignal): Promise<ServerRecord | undefined> {
    return this.#first(toStreamRequest({ stream, from: undefined, backwards: true, count: 1 }), signal);
  }

  /** The place of the log's last event, `undefined` for an empty log. */
  async lastPosition(signal?: AbortSignal): Promise<Position | undefined> {
    const read = { from: undefined, backwards: true, count: 1, filter: {} };
    const record = await this.#first(toAllRequest(read, this.#options.streamPrefix), signal);
    return record === undefined ? undefined : readPosition(record);
  }

  /** The records of a stream from a revision on. */
  async records(read: { stream: string; from: number; count: number }): Promise<readonly ServerRecord[]> {
    const records = new Map<string, ServerRecord>();
    const request = toStreamRequest({ ...read, backwards: false });
    // A read that is made again begins again, and brings the same.
    for await (const page of this.#pages(() => request, undefined)) {
      for (const record of page) records.set(record.getStreamRevision(), record);
    }
    return Array.from(records.values());
  }

  assertReadable(signal: AbortSignal | undefined): void {
    if (this.#options.closing.aborted) throw eventLogErrors.closed();
    if (signal?.aborted === true) throw eventLogErrors.aborted();
  }

  async #first(request: ReadReq, signal: AbortSignal | undefined): Promise<ServerRecord | undefined> {
    for await (const [record] of this.#pages(() => request, signal)) if (record !== undefined) return record;
    return undefined;
  }

  async #withBlob(decoded: DecodedEvent, blobs: BlobStreams, signal: AbortSignal | undefined): Promise<StoredEvent> {
    const { event, blob } = decoded;
    if (blob === undefined) return event;
    const read = { stream: blobs.toStream(blob), from: 0, count: Number.POSITIVE_INFINITY };
    const records = await this.records(read).catch((error: unknown) => {
      if (error instanceof StreamTombstoned) return [];
      throw error;
    });
    this.assertReadable(signal);
    return { ...event, data: blobs.assemble(blob, records, event) };
  }

  /** Pages of records, asked for again with what `request` then says when the connection breaks or falls silent. */
  async *#pages(request: () => ReadReq, signal: AbortSignal | undefined): AsyncGenerator<readonly ServerRecord[]> {
    const { connection, closing, answerTimeoutMs, giveUpAfterMs } = this.#options;
    const either = signal === undefined ? closing : AbortSignal.any([closing, signal]);
    const budget = new RetryBudget({ giveUpAfterMs, signal: either });
    for (;;) {
      this.assertReadable(signal);
      const { generation } = connection;
      const pages = responsePages({
        open: async () => connection.openRead(request()),
        signal: either,
        silenceLimitMs: answerTimeoutMs,
        onSilence: () => connection.replace(generation),
      });
      try {
        for await (const page of pages) {
          budget.succeeded();
          yield page.flatMap(toRecords);
          this.assertReadable(signal);
        }
        this.assertReadable(signal);
        return;
      } catch (error) {
        this.assertReadable(signal);
        await budget.failed(error);
      }
    }
  }
}

function* take(cursor: ReadCursor, records: readonly ServerRecord[], wanted: number): Generator<DecodedEvent> {
  let left = wanted;
  for (const record of records) {
    if (left === 0 || cursor.done) return;
    const decoded = cursor.take(record);
    if (decoded === undefined) continue;
    left -= 1;
    yield decoded;
  }
}

/** A stream that is not there, confirmations and checkpoints hold no record; links that lead nowhere have no event. */
function toRecords(response: ReadResp): readonly ServerRecord[] {
  const record = response.getEvent()?.getEvent();
  return record === undefined ? [] : [record];
}
