import type { Snapshot, SnapshotStore, SnapshotStoreCapabilities } from "@agentkit/core";
import { readNumber, readText, StoreDatabase, type StoreFormat } from "@agentkit/sqlite";
import type { StatementSync } from "node:sqlite";
import { toContentHash } from "./content-hash.ts";
import type { DamagedFile } from "./damaged-file.ts";
import { openReplaceable } from "./open-sound.ts";

/** Options of {@link createSqliteSnapshotStore}. */
export interface SqliteSnapshotStoreOptions {
  /** The store's file. It is created where there is none, with its directory. It can be deleted at any time. */
  readonly path: string;
  /**
   * Has a file that does not open because it is damaged set aside and a new one begun, and is told of it. Without it, damage
   * throws `store_corrupt`. A text, or a database of another application, is never touched.
   */
  readonly onDamaged?: (file: DamagedFile) => void;
}

/**
 * Opens a {@link SnapshotStore} in one SQLite file, for any number of processes of one machine.
 *
 * @example
 * ```ts
 * import { createAgentKit, createInMemoryEventLog, defineAgent } from "@agentkit/core";
 * import { scriptedModel } from "@agentkit/core/testing";
 * import { createSqliteSnapshotStore } from "@agentkit/store-sqlite";
 *
 * const kit = createAgentKit({
 *   log: createInMemoryEventLog(),
 *   snapshots: createSqliteSnapshotStore({ path: "./.agentkit/snapshots.sqlite" }),
 *   model: scriptedModel([{ text: "Hello!" }]),
 *   agents: [defineAgent({ name: "greeter", model: "scripted" })],
 * });
 * await kit.run({ input: "Hi" });
 * ```
 */
export function createSqliteSnapshotStore(options: SqliteSnapshotStoreOptions): SnapshotStore {
  const { path, onDamaged } = options;
  return new SqliteSnapshotStore(openReplaceable(() => new StoreDatabase(path, format), { path, format, onDamaged }));
}

const format: StoreFormat = {
  kind: "snapshot store",
  // "AGKS"
  applicationId: 0x41474b53,
  version: 1,
  // A snapshot that is lost is written again in time.
  synchronous: "NORMAL",
  whenDamaged: "It can be deleted: sessions are folded from their first events until there are new snapshots.",
  schema: `
    CREATE TABLE snapshots (
      session      TEXT    PRIMARY KEY,
      revision     INTEGER NOT NULL,
      event_id     TEXT    NOT NULL,
      code_version INTEGER NOT NULL,
      state        TEXT    NOT NULL,
      checksum     TEXT    NOT NULL
    ) STRICT
  `,
};

class SqliteSnapshotStore implements SnapshotStore {
  readonly capabilities: SnapshotStoreCapabilities = { durable: true };
  readonly #file: StoreDatabase;
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  readonly #delete: StatementSync;

  constructor(file: StoreDatabase) {
    this.#file = file;
    this.#read = file.database.prepare("SELECT * FROM snapshots WHERE session = ?");
    this.#write = file.database.prepare("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?)");
    this.#delete = file.database.prepare("DELETE FROM snapshots WHERE session = ?");
  }

  async read(session: string): Promise<Snapshot | undefined> {
    const row = await this.#file.read(() => this.#read.get(session));
    if (row === undefined) return undefined;
    return {
      session: readText(row, "session"),
      revision: readNumber(row, "revision"),
      eventId: readText(row, "event_id"),
      codeVersion: readNumber(row, "code_version"),
      state: readText(row, "state"),
      checksum: toContentHash(readText(row, "checksum")),
    };
  }

  async write({ session, revision, eventId, codeVersion, state, checksum }: Snapshot): Promise<void> {
    await this.#file.write(() => this.#write.run(session, revision, eventId, codeVersion, state, checksum));
  }

  async delete(session: string): Promise<void> {
    await this.#file.write(() => this.#delete.run(session));
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}
