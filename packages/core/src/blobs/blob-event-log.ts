import { AgentKitError } from "../errors/agent-kit-error.ts";
import { type AppendRequest, type SerializedEvent, toAppendRequest } from "../event-log/append-request.ts";
import {
  type AppendOptions,
  type AppendResult,
  type CaughtUp,
  type DeleteOptions,
  type EventLog,
  type EventLogCapabilities,
  isCaughtUp,
  type ReadAllOptions,
  type ReadStreamOptions,
  type SubscribeOptions,
} from "../event-log/event-log.ts";
import { eventLogErrors } from "../event-log/event-log-errors.ts";
import type { NewEvent, Position, Revision, StoredEvent } from "../events/envelope.ts";
import { parseJsonObject } from "../json/parse-json.ts";
import { toStoredEvent } from "../event-log/stored-event.ts";
import { type BlobReference, isBlobReference, toBlobReference } from "./blob-reference.ts";
import type { BlobStore } from "./blob-store.ts";
import { type BlobCollection, collectBlobs, type CollectOptions } from "./collect-blobs.ts";

/** Options of {@link withBlobs}. */
export interface BlobEventLogOptions {
  /** Data of an event that is longer than this, in bytes of JSON, is kept as a blob. */
  readonly maxEventBytes: number;
}

/** An {@link EventLog} whose large events are kept beside it. */
export interface BlobEventLog extends EventLog {
  /** Deletes the blobs that no event refers to. */
  collect(options: CollectOptions): Promise<BlobCollection>;
}

/**
 * Keeps the data of large events as blobs and a reference in its place, on any log. Whoever appends and reads sees the
 * events as they are; the log underneath holds `{"$blob":{"hash":"sha256:…","bytes":…}}`. Data that looks like a
 * reference itself is kept as a blob whatever its length, so that nothing has to be escaped.
 *
 * A blob is put before its event is appended: an event never refers to bytes that are not there, and a blob whose event
 * was not appended is collected later. Reads throw `blob_not_found` and `blob_corrupt` beside the log's own errors.
 *
 * @example
 * ```ts
 * import { createInMemoryBlobStore, createInMemoryEventLog, withBlobs } from "@agentkit/core";
 *
 * const log = withBlobs(createInMemoryEventLog(), createInMemoryBlobStore(), { maxEventBytes: 512 * 1024 });
 * const { deleted } = await log.collect({ graceMs: 3_600_000 });
 * console.log(`${deleted} blobs deleted`);
 * ```
 */
export function withBlobs(log: EventLog, blobs: BlobStore, options: BlobEventLogOptions): BlobEventLog {
  return new BlobBackedEventLog(log, blobs, options);
}

class BlobBackedEventLog implements BlobEventLog {
  readonly #log: EventLog;
  readonly #blobs: BlobStore;
  readonly #maxEventBytes: number;
  /** Appends whose blobs are being put. Those that come later wait, so that appends keep the order of their calls. */
  #putting: Promise<void> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  constructor(log: EventLog, blobs: BlobStore, { maxEventBytes }: BlobEventLogOptions) {
    this.#log = log;
    this.#blobs = blobs;
    this.#maxEventBytes = maxEventBytes;
  }

  get capabilities(): EventLogCapabilities {
    const { durable, ...capabilities } = this.#log.capabilities;
    return {
      ...capabilities,
      durable: this.#blobs.capabilities.durable
        ? durable
        : { reason: "its blobs are kept in a store that is not durable" },
      erasesAtOnce: { reason: "the blobs of deleted events stay until they are collected" },
    };
  }

  async append(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    if (this.#closed) throw eventLogErrors.closed();
    const request = toAppendRequest(stream, events, options);
    const large = request.events.map((event) => this.#isLarge(event));
    if (this.#waiting === 0 && !large.includes(true)) return this.#log.append(stream, events, options);
    const { promise: appended, resolve } = Promise.withResolvers<AppendResult>();
    const append = { request, large, options, resolve };
    this.#waiting += 1;
    this.#putting = this.#putting.then(async () => this.#putAndAppend(append));
    return appended;
  }

  deleteStream(stream: string, options: DeleteOptions): Promise<void> {
    return this.#log.deleteStream(stream, options);
  }

  async *readStream(stream: string, options?: ReadStreamOptions): AsyncGenerator<StoredEvent> {
    for await (const event of this.#log.readStream(stream, options)) yield await this.#restore(event);
  }

  async *readAll(options?: ReadAllOptions): AsyncGenerator<StoredEvent> {
    for await (const event of this.#log.readAll(options)) yield await this.#restore(event);
  }

  async *subscribe(options?: SubscribeOptions): AsyncGenerator<StoredEvent | CaughtUp> {
    for await (const message of this.#log.subscribe(options)) {
      yield isCaughtUp(message) ? message : await this.#restore(message);
    }
  }

  head(stream: string): Promise<Revision | undefined> {
    return this.#log.head(stream);
  }

  compare(a: Position, b: Position): -1 | 0 | 1 {
    return this.#log.compare(a, b);
  }

  collect(options: CollectOptions): Promise<BlobCollection> {
    return collectBlobs(this.#log, this.#blobs, options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#putting;
    await this.#log.close();
  }

  async #putAndAppend({ request, large, options, resolve }: LargeAppend): Promise<void> {
    const moved = await this.#move(request, large).catch(toError);
    // Begun here, in turn, and not waited for: appends made at the same time share the log's commits.
    resolve(moved instanceof Error ? Promise.reject(moved) : this.#log.append(request.stream, moved, options));
    this.#waiting -= 1;
  }

  #isLarge({ data }: SerializedEvent): boolean {
    // A UTF-16 unit takes at most three bytes: most events are told by their length alone.
    if (data.length * 3 > this.#maxEventBytes && utf8.encode(data).length > this.#maxEventBytes) return true;
    return data.startsWith('{"$blob"') && isBlobReference(parseJsonObject(data));
  }

  async #move({ events }: AppendRequest, large: readonly boolean[]): Promise<readonly NewEvent[]> {
    return Promise.all(
      events.map(async (event, index) => {
        const data = large[index] === true ? await this.#put(event.data) : undefined;
        return toNewEvent(event, data);
      }),
    );
  }

  async #put(data: string): Promise<BlobReference> {
    const bytes = utf8.encode(data);
    return toBlobReference(await this.#blobs.put(bytes), bytes.length);
  }

  async #restore(event: StoredEvent): Promise<StoredEvent> {
    const { data } = event;
    if (!isBlobReference(data)) return event;
    const { hash } = data.$blob;
    const bytes = await this.#blobs.get(hash);
    if (bytes !== undefined) return { ...event, data: parseJsonObject(new TextDecoder().decode(bytes)) };
    const message = `The data of ${event.stream}@${event.revision} is the blob ${hash}, which the blob store does not have. Restore it from a backup.`;
    throw new AgentKitError("blob_not_found", message);
  }
}

interface LargeAppend {
  readonly request: AppendRequest;
  readonly large: readonly boolean[];
  readonly options: AppendOptions;
  readonly resolve: (result: Promise<AppendResult>) => void;
}

const utf8 = new TextEncoder();

// The request's text was taken at the time of the call, so that the caller may have changed its objects since.
function toNewEvent(event: SerializedEvent, reference: BlobReference | undefined): NewEvent {
  const nowhere = { stream: "", revision: 0, position: "" };
  const { stream: _stream, revision: _revision, position: _position, ...copy } = toStoredEvent(event, nowhere);
  return reference === undefined ? copy : { ...copy, data: { ...reference } };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
