import { type ContentHash, contentHash } from "../json/content-hash.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import type { BlobInfo, BlobStore, BlobStoreCapabilities } from "./blob-store.ts";
import { assertBlobHash, blobStoreClosed } from "./blob-store-errors.ts";

/**
 * Creates a {@link BlobStore} in memory, for tests and logs that live in memory too.
 *
 * @example
 * ```ts
 * import { createInMemoryBlobStore } from "@agentkit/core";
 *
 * const blobs = createInMemoryBlobStore();
 * const hash = await blobs.put(new TextEncoder().encode("hello"));
 * console.log(await blobs.has(hash)); // true
 * ```
 */
export function createInMemoryBlobStore(options: { readonly clock?: Clock } = {}): BlobStore {
  return new InMemoryBlobStore(options.clock ?? systemClock);
}

interface Blob {
  readonly bytes: Uint8Array;
  readonly written: number;
}

class InMemoryBlobStore implements BlobStore {
  readonly capabilities: BlobStoreCapabilities = { durable: false };
  readonly #clock: Clock;
  readonly #blobs = new Map<ContentHash, Blob>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async put(bytes: Uint8Array): Promise<ContentHash> {
    this.#assertOpen();
    const hash = contentHash(bytes);
    this.#blobs.set(hash, { bytes: bytes.slice(), written: this.#clock.now() });
    return hash;
  }

  async get(hash: ContentHash): Promise<Uint8Array | undefined> {
    return this.#find(hash)?.bytes.slice();
  }

  async has(hash: ContentHash): Promise<boolean> {
    return this.#find(hash) !== undefined;
  }

  async delete(hash: ContentHash, writtenBefore: number): Promise<boolean> {
    const blob = this.#find(hash);
    return blob !== undefined && blob.written <= writtenBefore && this.#blobs.delete(hash);
  }

  async *list(): AsyncGenerator<BlobInfo> {
    this.#assertOpen();
    for (const [hash, { bytes, written }] of this.#blobs) yield { hash, size: bytes.length, written };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #find(hash: ContentHash): Blob | undefined {
    this.#assertOpen();
    assertBlobHash(hash);
    return this.#blobs.get(hash);
  }

  #assertOpen(): void {
    if (this.#closed) throw blobStoreClosed();
  }
}
