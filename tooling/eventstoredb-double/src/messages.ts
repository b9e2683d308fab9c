import shared from "@eventstore/db-client/generated/shared_pb.js";
import type { StreamIdentifier, UUID } from "@eventstore/db-client/generated/shared_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import type { ProposedEvent, StoredRecord } from "./event-store.ts";

/** A stream's name as the protocol carries it: bytes. */
export function toStreamIdentifier(name: string): StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(name));
}

/** The name in a request, which must be there. */
export function readStreamName(identifier: StreamIdentifier | undefined): string {
  if (identifier === undefined) throw new Error("The request names no stream.");
  return Buffer.from(identifier.getStreamName_asU8()).toString("utf8");
}

/** The id in a request, whichever of the two forms it has. */
export function readUuid(uuid: UUID | undefined): string {
  const structured = uuid?.getStructured();
  if (structured === undefined) return uuid?.getString() ?? "";
  const bits = [structured.getMostSignificantBits(), structured.getLeastSignificantBits()];
  const hex = bits.map((part) => BigInt.asUintN(64, BigInt(part)).toString(16).padStart(16, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What both kinds of append send for an event. */
interface ProposedMessage {
  getId(): UUID | undefined;
  getMetadataMap(): { get(name: string): string | undefined };
  getData_asU8(): Uint8Array;
  getCustomMetadata_asU8(): Uint8Array;
}

/** The event in a request. */
export function readProposedEvent(message: ProposedMessage): ProposedEvent {
  const map = message.getMetadataMap();
  return {
    id: readUuid(message.getId()),
    type: map.get("type") ?? "",
    contentType: map.get("content-type") ?? "application/octet-stream",
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

const responses = new WeakMap<StoredRecord, ReadResp>();

/** The answer that carries an event; made once an event, so that a benchmark does not measure the double. */
export function toReadResponse(record: StoredRecord): ReadResp {
  const known = responses.get(record);
  if (known !== undefined) return known;
  const position = String(record.position);
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(record.id))
    .setStreamIdentifier(toStreamIdentifier(record.stream))
    .setStreamRevision(String(record.revision))
    .setCommitPosition(position)
    .setPreparePosition(position)
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  event
    .getMetadataMap()
    .set("type", record.type)
    .set("content-type", record.contentType)
    // .NET ticks: tenths of a microsecond. The client takes them for ticks since 1970, as the server sends them.
    .set("created", String(record.created * 10_000));
  const readEvent = new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(position);
  const response = new streams.ReadResp().setEvent(readEvent);
  responses.set(record, response);
  return response;
}
