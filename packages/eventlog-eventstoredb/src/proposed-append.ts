import shared from "@eventstore/db-client/generated/shared_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { BatchAppendReq } from "@eventstore/db-client/generated/streams_pb.js";

/** An event as the server keeps it. */
export interface ProposedEvent {
  /** The server's id, a UUID: it is by this that it recognises an append that is made again. */
  readonly id: string;
  readonly type: string;
  readonly contentType: "application/json" | "application/octet-stream";
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** An append as the server takes it. */
export interface ProposedAppend {
  readonly stream: string;
  /** The revision of the stream's last event, `-1` for a stream that must not exist yet. */
  readonly expectedHead: number;
  readonly events: readonly ProposedEvent[];
}

/** Writes the message of an append. Its bytes never change: what is sent again is the same. */
export function toBatchAppendRequest(append: ProposedAppend, correlation: string): BatchAppendReq {
  const options = new streams.BatchAppendReq.Options().setStreamIdentifier(
    new shared.StreamIdentifier().setStreamName(Buffer.from(append.stream)),
  );
  // A revision below zero would end the call, and every append on it.
  if (append.expectedHead === -1) options.setNoStream(new shared.Empty());
  else options.setStreamPosition(String(append.expectedHead));
  return new streams.BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(correlation))
    .setOptions(options)
    .setProposedMessagesList(append.events.map(toMessage))
    .setIsFinal(true);
}

function toMessage({ id, type, contentType, data, metadata }: ProposedEvent): BatchAppendReq.ProposedMessage {
  const message = new streams.BatchAppendReq.ProposedMessage()
    .setId(new shared.UUID().setString(id))
    .setData(data)
    .setCustomMetadata(metadata);
  message.getMetadataMap().set("type", type).set("content-type", contentType);
  return message;
}
