import {
  type NewEvent,
  type SerializedEvent,
  toAppendRequest,
  type AppendOptions,
  type AppendRequest,
} from "@agentkit/core";
import { randomUUID } from "node:crypto";
import { tooLarge } from "./append-answer.ts";
import { type BlobStreams, maxInlineBytes } from "./blob-streams.ts";
import { type BlobReference, encodeMetadata } from "./event-codec.ts";
import type { ProposedAppend, ProposedEvent } from "./proposed-append.ts";
import type { StreamNames } from "./stream-names.ts";

/** An append, checked and in bytes. */
export interface PreparedAppend {
  readonly request: AppendRequest;
  readonly append: ProposedAppend;
  /** What has to be written before it. */
  readonly blobs: readonly { readonly blob: BlobReference; readonly content: Uint8Array }[];
}

/** What an append is made with. */
export interface AppendTools {
  readonly names: StreamNames;
  readonly blobs: BlobStreams;
}

/** An append takes 1 MiB at servers up to 25.0, counted by what its records take. */
const maxAppendBytes = 1_048_576 - 16_384;

/** What the server counts for an event beside its data: metadata, and the type in UTF-16. An estimate from above. */
const blobReferenceBytes = 128;

/** An event on its way into bytes. */
interface Entry {
  readonly event: SerializedEvent;
  readonly source: NewEvent | undefined;
  readonly data: Buffer;
  readonly inline: boolean;
}

/**
 * Checks an append and writes its bytes, all at the time of the call.
 *
 * The ids that the server sees are new in every call. It answers a repeated append as it answers the first, but a log has
 * to tell them apart, because of two workers that race with the same ids one has lost. So only this log's own second
 * attempts are repetitions for the server; another call with the same ids is a conflict, and is compared with what is there.
 *
 * @throws AgentKitError `stream_name_invalid`, `event_invalid`, `input_invalid`
 */
export function prepareAppend(
  stream: string,
  { events, options }: { readonly events: readonly NewEvent[]; readonly options: AppendOptions },
  { names, blobs }: AppendTools,
): PreparedAppend {
  const request = toAppendRequest(stream, events, options);
  const entries = moveOut(
    request.events.map((event, index) => ({
      event,
      source: events[index],
      data: Buffer.from(event.data),
      inline: true,
    })),
  );
  const large = entries.filter(({ inline }) => !inline);
  const references = new Map(large.map((entry) => [entry, blobs.toReference(entry.data)]));
  return {
    request,
    append: {
      stream: names.toServer(stream),
      expectedHead: request.expectedHead,
      events: entries.map((entry) => toProposed(entry, references.get(entry))),
    },
    blobs: Array.from(references, ([{ data }, blob]) => ({ blob, content: data })),
  };
}

/** Moves payloads out of their events, the largest first, until the rest fits. */
function moveOut(entries: readonly Entry[]): readonly Entry[] {
  const largest = entries.toSorted((a, b) => b.data.length - a.data.length);
  const moved = new Set<SerializedEvent>();
  let bytes = entries.reduce((sum, { event, data }) => sum + data.length + restBytes(event), 0);
  for (const { event, data } of largest) {
    if (data.length <= maxInlineBytes && bytes <= maxAppendBytes) break;
    moved.add(event);
    bytes -= data.length - blobReferenceBytes;
  }
  if (bytes > maxAppendBytes) throw tooLarge();
  return moved.size === 0 ? entries : entries.map((entry) => ({ ...entry, inline: !moved.has(entry.event) }));
}

const envelopeBytes = 256;

function restBytes({ type, meta }: SerializedEvent): number {
  return Buffer.byteLength(meta) + 2 * type.length + envelopeBytes;
}

const nothing = Buffer.from("{}");

function toProposed({ event, source, data, inline }: Entry, blob: BlobReference | undefined): ProposedEvent {
  return {
    id: randomUUID(),
    type: event.type,
    contentType: "application/json",
    data: inline ? data : nothing,
    metadata: encodeMetadata(event, source?.meta ?? {}, blob),
  };
}
