/** An event as the server keeps it. */
export interface StoredRecord {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly stream: string;
  readonly revision: number;
  /** Where it stands in `$all`: the commit and the prepare position, which are the same for every append by gRPC. */
  readonly position: number;
  /** When it was written, in milliseconds since 1970. */
  readonly created: number;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** An event as a client proposes it. */
export type ProposedEvent = Pick<StoredRecord, "id" | "type" | "contentType" | "data" | "metadata">;

/** What a client expects of a stream. */
export type Expectation = number | "any" | "no_stream" | "stream_exists";

/** How the server answers an append. `current` is -1 for a stream that does not exist. */
export type AppendAnswer =
  | { readonly kind: "success"; readonly revision: number; readonly position: number }
  | { readonly kind: "wrong_expected_version"; readonly current: number }
  | { readonly kind: "stream_deleted" }
  | { readonly kind: "too_large" };

/** The most bytes of one append, as servers up to 25.0 have it. */
export const maxAppendBytes = 1_048_576;

/** Where a soft-deleted stream is truncated: behind everything. */
const truncatedForEver = "9223372036854775807";

/**
 * The state of an EventStoreDB server, in memory: streams, `$all`, deleted streams and stream metadata. It outlives the
 * server that serves it, as a disk does.
 */
export class EventStore {
  readonly all: StoredRecord[] = [];
  readonly #streams = new Map<string, StoredRecord[]>();
  readonly #tombstones = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #position = 4_096;

  /** Decides and, on success, writes an append. All of its events or none. */
  append(stream: string, expected: Expectation, events: readonly ProposedEvent[]): AppendAnswer {
    if (this.#tombstones.has(stream)) return { kind: "stream_deleted" };
    if (events.reduce((sum, event) => sum + sizeOf(event), 0) > maxAppendBytes) return { kind: "too_large" };
    const records = this.#streams.get(stream) ?? [];
    const current = records.length - 1;
    const repeated = this.#findRepetition(records, expected, events);
    if (repeated !== undefined) return repeated;
    if (!this.#fits(stream, expected, current)) return { kind: "wrong_expected_version", current };
    const reopened = current >= 0 && this.isSoftDeleted(stream);
    for (const event of events) this.#write(stream, event);
    if (reopened) this.#writeMetadata(stream, { $tb: current + 1 });
    this.#wake();
    return {
      kind: "success",
      revision: current + events.length,
      position: this.all.at(reopened ? -2 : -1)?.position ?? 0,
    };
  }

  /** Hides what the stream holds; the next append reopens it at the next number. */
  softDelete(stream: string, expected: Expectation): AppendAnswer {
    const current = (this.#streams.get(stream)?.length ?? 0) - 1;
    if (this.#tombstones.has(stream)) return { kind: "stream_deleted" };
    if (!this.#fits(stream, expected, current)) return { kind: "wrong_expected_version", current };
    const position = this.#writeMetadata(stream, { $tb: truncatedForEver });
    this.#wake();
    return { kind: "success", revision: current, position };
  }

  /** Deletes the stream for good: it takes no more events. */
  tombstone(stream: string, expected: Expectation): AppendAnswer {
    const current = (this.#streams.get(stream)?.length ?? 0) - 1;
    if (this.#tombstones.has(stream)) return { kind: "stream_deleted" };
    if (!this.#fits(stream, expected, current)) return { kind: "wrong_expected_version", current };
    const { position } = this.#write(stream, toSystemEvent("$streamDeleted", {}));
    this.#tombstones.add(stream);
    this.#wake();
    return { kind: "success", revision: current + 1, position };
  }

  isTombstoned(stream: string): boolean {
    return this.#tombstones.has(stream);
  }

  isSoftDeleted(stream: string): boolean {
    return this.#truncatedBefore(stream) === Number(truncatedForEver);
  }

  /** The events of a stream that can be read; `undefined` where there is no stream to read. */
  read(stream: string): readonly StoredRecord[] | undefined {
    const records = this.#streams.get(stream);
    if (records === undefined || this.isSoftDeleted(stream)) return undefined;
    const before = this.#truncatedBefore(stream);
    return before === 0 ? records : records.slice(before);
  }

  /** Calls back after each write, until the returned function is called. */
  onWrite(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #fits(stream: string, expected: Expectation, current: number): boolean {
    switch (expected) {
      case "any":
        return true;
      case "stream_exists":
        return current >= 0 && !this.isSoftDeleted(stream);
      case "no_stream":
        return current === -1 || this.isSoftDeleted(stream);
      default:
        return expected === current;
    }
  }

  /** The same ids at the same place succeed again, with the original position. */
  #findRepetition(
    records: readonly StoredRecord[],
    expected: Expectation,
    events: readonly ProposedEvent[],
  ): AppendAnswer | undefined {
    const first = events[0];
    if (first === undefined || expected === "stream_exists") return undefined;
    const start = expected === "any" ? records.findIndex(({ id }) => id === first.id) : toRevision(expected) + 1;
    const last = records[start + events.length - 1];
    if (start < 0 || last === undefined) return undefined;
    const same = events.every(({ id }, index) => records[start + index]?.id === id);
    return same ? { kind: "success", revision: last.revision, position: last.position } : undefined;
  }

  #truncatedBefore(stream: string): number {
    const latest = this.#streams.get(`$$${stream}`)?.at(-1);
    if (latest === undefined) return 0;
    const metadata: unknown = JSON.parse(Buffer.from(latest.data).toString("utf8"));
    return typeof metadata === "object" && metadata !== null && "$tb" in metadata ? Number(metadata.$tb) : 0;
  }

  #writeMetadata(stream: string, metadata: Readonly<Record<string, unknown>>): number {
    return this.#write(`$$${stream}`, toSystemEvent("$metadata", metadata)).position;
  }

  #write(stream: string, event: ProposedEvent): StoredRecord {
    const records = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, records);
    const { id, type, contentType, data, metadata } = event;
    const place = { stream, revision: records.length, position: this.#position, created: Date.now() };
    const record = { id, type, contentType, data, metadata, ...place };
    this.#position += sizeOf(event) + 64;
    records.push(record);
    this.all.push(record);
    return record;
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
  }
}

function toRevision(expected: number | "no_stream"): number {
  return expected === "no_stream" ? -1 : expected;
}

function toSystemEvent(type: string, content: Readonly<Record<string, unknown>>): ProposedEvent {
  const data = Buffer.from(JSON.stringify(content));
  return { id: crypto.randomUUID(), type, contentType: "application/json", data, metadata: new Uint8Array() };
}

/** As the server counts: what the record takes on its disk, its type in UTF-16. */
function sizeOf({ type, data, metadata }: ProposedEvent): number {
  return data.length + metadata.length + 2 * type.length;
}
