import {
  assertBlobHash,
  type BlobInfo,
  type BlobStore,
  type BlobStoreCapabilities,
  type Clock,
  type ContentHash,
  contentHash,
  systemClock,
  verifyBlob,
} from "@agentkit/core";
import { readNumber, readText, type Row, StoreDatabase, type StoreFormat } from "@agentkit/sqlite";
import type { StatementSync } from "node:sqlite";
import { toContentHash } from "./content-hash.ts";

/** Options of {@link createSqliteBlobStore}. */
export interface SqliteBlobStoreOptions {
  /** The store's file. It is created where there is none, with its directory. Back it up with the log. */
  readonly path: string;
  readonly clock?: Clock;
}

/**
 * Opens a {@link BlobStore} in one SQLite file, for any number of processes of one machine: for blobs of up to some
 * megabytes; larger ones are better kept in files.
 *
 * @example
 * ```ts
 * import { createSqliteBlobStore } from "@agentkit/store-sqlite";
 *
 * const blobs = createSqliteBlobStore({ path: "./.agentkit/blobs.sqlite" });
 * const hash = await blobs.put(new TextEncoder().encode("hello"));
 * console.log(hash, await blobs.has(hash));
 * await blobs.close();
 * ```
 */
export function createSqliteBlobStore(options: SqliteBlobStoreOptions): BlobStore {
  return new SqliteBlobStore(new StoreDatabase(options.path, format), options.clock ?? systemClock);
}

const format: StoreFormat = {
  kind: "blob store",
  // "AGKB"
  applicationId: 0x41474b42,
  version: 1,
  // Events refer to what is here: it must be on the disk before they are.
  synchronous: "FULL",
  whenDamaged: "Restore the blobs from a backup.",
  schema: `
    CREATE TABLE blobs (
      hash    TEXT    PRIMARY KEY,
      bytes   BLOB    NOT NULL,
      written INTEGER NOT NULL
    ) STRICT
  `,
};

/** Blobs that one query of a listing looks at: a reader must not hold up a checkpoint for long. */
const pageSize = 500;

class SqliteBlobStore implements BlobStore {
  readonly capabilities: BlobStoreCapabilities = { durable: true };
  readonly #file: StoreDatabase;
  readonly #clock: Clock;
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #has: StatementSync;
  readonly #delete: StatementSync;
  readonly #list: StatementSync;

  constructor(file: StoreDatabase, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
    const { database } = file;
    this.#put = database.prepare("INSERT OR REPLACE INTO blobs (hash, bytes, written) VALUES (?, ?, ?)");
    this.#get = database.prepare("SELECT bytes FROM blobs WHERE hash = ?");
    this.#has = database.prepare("SELECT 1 FROM blobs WHERE hash = ?");
    this.#delete = database.prepare("DELETE FROM blobs WHERE hash = ? AND written <= ?");
    this.#list = database.prepare(
      `SELECT hash, length(bytes) AS size, written FROM blobs WHERE hash > ? ORDER BY hash LIMIT ${pageSize}`,
    );
  }

  async put(bytes: Uint8Array): Promise<ContentHash> {
    const hash = contentHash(bytes);
    const copy = bytes.slice();
    await this.#file.write(() => this.#put.run(hash, copy, this.#clock.now()));
    return hash;
  }

  async get(hash: ContentHash): Promise<Uint8Array | undefined> {
    assertBlobHash(hash);
    const bytes = await this.#file.read(() => this.#get.get(hash)?.["bytes"]);
    return bytes instanceof Uint8Array ? verifyBlob(hash, bytes) : undefined;
  }

  async has(hash: ContentHash): Promise<boolean> {
    assertBlobHash(hash);
    return this.#file.read(() => this.#has.get(hash) !== undefined);
  }

  async delete(hash: ContentHash, writtenBefore: number): Promise<boolean> {
    assertBlobHash(hash);
    return this.#file.write(() => Number(this.#delete.run(hash, writtenBefore).changes) === 1);
  }

  async *list(): AsyncGenerator<BlobInfo> {
    for (let after = ""; ;) {
      const blobs = await this.#file.read(() => this.#list.all(after).map(toBlobInfo));
      yield* blobs;
      const last = blobs.at(-1);
      if (last === undefined || blobs.length < pageSize) return;
      after = last.hash;
    }
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}

function toBlobInfo(row: Row): BlobInfo {
  return {
    hash: toContentHash(readText(row, "hash")),
    size: readNumber(row, "size"),
    written: readNumber(row, "written"),
  };
}
