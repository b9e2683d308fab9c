import { type JsonObject, type StoredEvent } from "@agentkit/core";
import { createHash } from "node:crypto";
import { type BlobReference, corrupt, isObject, parse, type ServerRecord } from "./event-codec.ts";
import type { ProposedAppend, ProposedEvent } from "./proposed-append.ts";
import type { StreamNames } from "./stream-names.ts";

/** The most bytes of a payload that stay in its event, and of one part of a payload that does not. */
export const maxInlineBytes = 524_288;

/**
 * Large payloads, kept under the hash of what they are, in streams of their own beside the log: where every process that
 * reads the log can read them. One is written before the event that refers to it; the same content is written once.
 */
export class BlobStreams {
  readonly #names: StreamNames;

  constructor(names: StreamNames) {
    this.#names = names;
  }

  toReference(content: Uint8Array): BlobReference {
    return { sha256: createHash("sha256").update(content).digest("hex"), bytes: content.length };
  }

  toStream({ sha256 }: BlobReference): string {
    return this.#names.toBlobStream(sha256);
  }

  /** The parts of a payload. Their ids say what they are, so that writing them again changes nothing. */
  toParts(blob: BlobReference, content: Uint8Array): readonly ProposedEvent[] {
    const count = Math.ceil(content.length / maxInlineBytes);
    return Array.from({ length: count }, (_, index) => ({
      id: toPartId(blob, index),
      type: "/agentkit/blob-part",
      contentType: "application/octet-stream",
      data: content.subarray(index * maxInlineBytes, (index + 1) * maxInlineBytes),
      metadata: new Uint8Array(),
    }));
  }

  /** The append of one part behind the one before it. */
  toAppend(blob: BlobReference, expectedHead: number, part: ProposedEvent): ProposedAppend {
    return { stream: this.toStream(blob), expectedHead, events: [part] };
  }

  /** @throws AgentKitError `log_corrupt` when the parts are not what the event refers to. */
  assemble(blob: BlobReference, records: readonly ServerRecord[], event: StoredEvent): JsonObject {
    const content = Buffer.concat(records.map((record) => record.getData_asU8()));
    const data = this.toReference(content).sha256 === blob.sha256 ? parse(content) : undefined;
    if (!isObject(data)) throw corrupt(event.stream, event.revision);
    return data;
  }
}

function toPartId({ sha256 }: BlobReference, index: number): string {
  const hex = createHash("sha256").update(`${sha256}:${index}`).digest("hex");
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
