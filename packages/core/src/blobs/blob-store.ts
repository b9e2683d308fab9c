import type { ContentHash } from "../json/content-hash.ts";

/** What a blob store can do beyond the contract. */
export interface BlobStoreCapabilities {
  /** The bytes outlive the process, and power: a resolved `put` is on the disk. */
  readonly durable: boolean;
}

/** A blob without its bytes. */
export interface BlobInfo {
  readonly hash: ContentHash;
  /** Bytes. */
  readonly size: number;
  /** When it was put last, in milliseconds since 1970. */
  readonly written: number;
}

/**
 * Bytes under their SHA-256, beside the log: what is too large for an event.
 *
 * Guarantees of every implementation (checked by `blobStoreContract` in `@agentkit/core/testing`):
 * - **Verified.** `get` returns the bytes of the hash or throws `blob_corrupt`; it never returns others.
 * - **Whole.** A `put` that was interrupted leaves no blob behind, and never damages one that is there.
 * - **Idempotent.** The same bytes may be put again, at the same time too; each time counts as written anew.
 * - **Safe to collect.** `delete` decides by the time of the last `put`, even of one that happens at the same moment.
 *
 * Errors by code: `input_invalid` (a hash that is none), `blob_corrupt`, `store_closed`, `store_full`, `store_read_only`,
 * `store_unavailable`.
 */
export interface BlobStore {
  readonly capabilities: BlobStoreCapabilities;
  put(bytes: Uint8Array): Promise<ContentHash>;
  /** The bytes, `undefined` where there are none of that hash. */
  get(hash: ContentHash): Promise<Uint8Array | undefined>;
  has(hash: ContentHash): Promise<boolean>;
  /** Removes a blob that was last put at `writtenBefore` or earlier. Returns whether it did. */
  delete(hash: ContentHash, writtenBefore: number): Promise<boolean>;
  /** All blobs, in no particular order. */
  list(): AsyncIterable<BlobInfo>;
  close(): Promise<void>;
}
