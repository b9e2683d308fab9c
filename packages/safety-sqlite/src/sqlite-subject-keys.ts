import { AgentKitError } from "@agentkit/core";
import type { SubjectKeys } from "@agentkit/safety";
import { readBytes, type Row, StoreDatabase, type StoreFormat } from "@agentkit/sqlite";
import { createHash, randomBytes } from "node:crypto";
import type { StatementSync } from "node:sqlite";

/** Options of {@link createSqliteSubjectKeys}. */
export interface SqliteSubjectKeysOptions {
  /** The keys' file. It is created where there is none, with its directory, for this user alone. */
  readonly path: string;
}

/** Subject keys that hold a file open. */
export interface SqliteSubjectKeys extends SubjectKeys {
  /**
   * Destroys the key of a subject, if there is one. When it resolves, no byte of the key is left in the file or beside it; until it
   * does, `store_unavailable` says that another process still reads, and the same call finishes the work. Copies of the file,
   * in backups for instance, are whoever made them's to destroy.
   */
  destroy(subject: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens {@link SubjectKeys} in one SQLite file, for any number of processes of one machine. The keys are in it as they are: whoever
 * can read the file and the vault can read every value. Where that is not enough, keep keys in a key management service and
 * implement {@link SubjectKeys} on it.
 *
 * Errors: `store_format_unsupported`, `store_corrupt`, `store_unavailable`, `store_read_only`, `store_full`, `store_closed`.
 *
 * @example
 * ```ts
 * import { createSqliteSubjectKeys } from "@agentkit/safety-sqlite";
 *
 * const keys = createSqliteSubjectKeys({ path: "./.agentkit/vault-keys.sqlite" });
 * await keys.obtain("ada");
 * await keys.destroy("ada");
 * console.log(await keys.find("ada")); // undefined
 * await keys.close();
 * ```
 */
export function createSqliteSubjectKeys({ path }: SqliteSubjectKeysOptions): SqliteSubjectKeys {
  return new SqliteKeys(new StoreDatabase(path, format));
}

const keyBytes = 32;

const format: StoreFormat = {
  kind: "key store",
  // "AGKK"
  applicationId: 0x41474b4b,
  version: 1,
  // What is sealed with a key that is lost cannot be read any more.
  synchronous: "FULL",
  whenDamaged: "Restore it from a backup: without the keys the vault cannot be read.",
  confidential: true,
  schema: `
    CREATE TABLE keys (
      subject  TEXT PRIMARY KEY,
      key      BLOB NOT NULL,
      checksum BLOB NOT NULL
    ) STRICT
  `,
};

class SqliteKeys implements SqliteSubjectKeys {
  readonly #file: StoreDatabase;
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #delete: StatementSync;

  constructor(file: StoreDatabase) {
    this.#file = file;
    this.#find = file.database.prepare("SELECT key, checksum FROM keys WHERE subject = ?");
    this.#add = file.database.prepare("INSERT INTO keys VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    this.#delete = file.database.prepare("DELETE FROM keys WHERE subject = ?");
  }

  async obtain(subject: string): Promise<Uint8Array> {
    const known = await this.find(subject);
    if (known !== undefined) return known;
    const made = new Uint8Array(randomBytes(keyBytes));
    const added = await this.#file.write(() => this.#add.run(subject, made, toChecksum(made)).changes);
    // Another process may have made one in between.
    return Number(added) === 1 ? made : this.obtain(subject);
  }

  async find(subject: string): Promise<Uint8Array | undefined> {
    const row = await this.#file.read(() => this.#find.get(subject));
    return row && readKey(row);
  }

  async destroy(subject: string): Promise<void> {
    await this.#file.write(() => this.#delete.run(subject));
    await this.#file.eraseDeleted();
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}

/** A damaged key opens nothing, which would look like an erasure. */
function readKey(row: Row): Uint8Array {
  const key = readBytes(row, "key");
  if (toChecksum(key).equals(readBytes(row, "checksum"))) return key;
  throw new AgentKitError("store_corrupt", `The key store has a damaged key. Stop what uses it. ${format.whenDamaged}`);
}

function toChecksum(key: Uint8Array): Buffer {
  return createHash("sha256").update(key).digest();
}
