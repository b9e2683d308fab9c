import {
  AgentKitError,
  type EventMeta,
  type JsonObject,
  type Position,
  type SerializedEvent,
  type StoredEvent,
} from "@agentkit/core";
import type { ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import { unsupported } from "./log-failure.ts";

/** An event as the server returns it, undecoded. */
export type ServerRecord = ReadResp.ReadEvent.RecordedEvent;

/** Where the payload of an event is kept that was too large for it. */
export interface BlobReference {
  /** The SHA-256 of its bytes in hexadecimal digits: what it is called. */
  readonly sha256: string;
  readonly bytes: number;
}

/** An event read from the server. With `blob`, its `data` is yet to be read from there. */
export interface DecodedEvent {
  readonly event: StoredEvent;
  readonly blob: BlobReference | undefined;
}

/** What the metadata of an event holds: its envelope, and what EventStoreDB's own projections look for. */
interface StoredMetadata {
  readonly id: string;
  readonly version: number;
  readonly time: string;
  readonly meta: EventMeta;
  readonly blob?: BlobReference;
  readonly $correlationId?: string;
  readonly $causationId?: string;
}

/** Writes the metadata of an event. */
export function encodeMetadata(event: SerializedEvent, meta: EventMeta, blob?: BlobReference): Buffer {
  const { id, version, time } = event;
  const rest = {
    ...(blob === undefined ? {} : { blob }),
    ...(meta.correlation === undefined ? {} : { $correlationId: meta.correlation }),
    ...(meta.causation === undefined ? {} : { $causationId: meta.causation }),
  };
  const head = JSON.stringify({ id, version, time, ...rest });
  // `meta` is JSON text already.
  return Buffer.from(`${head.slice(0, -1)},"meta":${event.meta}}`);
}

/** The id that the event was appended with; `undefined` for what is no event of this log. */
export function readEventId(record: ServerRecord): string | undefined {
  return readMetadata(record)?.id;
}

/** The stream's name at the server. */
export function readStreamName(record: ServerRecord): string {
  return toText(record.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array());
}

/** The event's type. */
export function readType(record: ServerRecord): string {
  return record.getMetadataMap().get("type") ?? "";
}

/** The place of an event in `$all`. */
export function readPosition(record: ServerRecord): Position {
  const commit = record.getCommitPosition();
  // Older servers do not say where the event of a stream stands.
  if (commit.length >= nowhere.length) throw unsupported("does not tell the positions of events");
  return commit;
}

/** The largest 64-bit number. */
const nowhere = "18446744073709551615";

/** @throws AgentKitError `log_corrupt` when it is not what this log writes. */
export function decodeEvent(record: ServerRecord, stream: string): DecodedEvent {
  const metadata = readMetadata(record);
  const data = parse(record.getData_asU8());
  const revision = Number(record.getStreamRevision());
  if (metadata === undefined || !isObject(data)) throw corrupt(stream, revision);
  const { id, version, time, meta, blob } = metadata;
  const type = readType(record);
  const position = readPosition(record);
  return { event: { id, type, version, time, data, meta, stream, revision, position }, blob };
}

/** `log_corrupt`: what stands there does not read back. */
export function corrupt(stream: string, revision: number): AgentKitError {
  return new AgentKitError(
    "log_corrupt",
    `The event at revision ${revision} of stream '${stream}' is not one that AgentKit wrote. If another application writes to this database, give the log a streamPrefix of its own (EVENTSTOREDB_STREAM_PREFIX for the gateway and the command line); otherwise restore it from a backup.`,
  );
}

function readMetadata(record: ServerRecord): StoredMetadata | undefined {
  const metadata = parse(record.getCustomMetadata_asU8());
  return isMetadata(metadata) ? metadata : undefined;
}

/** Parses JSON bytes; `undefined` when they are not. */
export function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(toText(bytes));
  } catch {
    return undefined;
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** Whether it is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMetadata(value: unknown): value is StoredMetadata {
  return (
    isObject(value) &&
    typeof value["id"] === "string" &&
    typeof value["version"] === "number" &&
    typeof value["time"] === "string" &&
    isObject(value["meta"]) &&
    (value["blob"] === undefined || isObject(value["blob"]))
  );
}
