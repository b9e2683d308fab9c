import type { VaultEntry, VaultStore } from "@agentkit/safety";
import { readText, StoreDatabase, type StoreFormat } from "@agentkit/sqlite";
import type { StatementSync } from "node:sqlite";

/** Options of {@link createSqliteVaultStore}. */
export interface SqliteVaultStoreOptions {
  /** The vault's file. It is created where there is none, with its directory. */
  readonly path: string;
}

/** A vault store that holds a file open. */
export interface SqliteVaultStore extends VaultStore {
  close(): Promise<void>;
}

/**
 * Opens a {@link VaultStore} in one SQLite file, for any number of processes of one machine. It sees sealed values only, and is
 * worth nothing without the keys; a placeholder whose entry is lost can never be read again, so back it up with the log.
 *
 * Errors: `store_format_unsupported`, `store_corrupt`, `store_unavailable`, `store_read_only`, `store_full`, `store_closed`.
 *
 * @example
 * ```ts
 * import { createVault } from "@agentkit/safety";
 * import { createSqliteSubjectKeys, createSqliteVaultStore } from "@agentkit/safety-sqlite";
 *
 * const store = createSqliteVaultStore({ path: "./.agentkit/vault.sqlite" });
 * const keys = createSqliteSubjectKeys({ path: "./.agentkit/vault-keys.sqlite" });
 * const vault = createVault({ store, keys });
 * const place = { session: "a1", placeholder: "[[PII:EMAIL:0123456789ab]]", subject: "ada", category: "pii.email" };
 * vault.keep({ ...place, value: "ada@example.org" });
 * await vault.flush();
 * console.log((await vault.open("a1", place.placeholder))?.value); // ada@example.org
 * ```
 */
export function createSqliteVaultStore({ path }: SqliteVaultStoreOptions): SqliteVaultStore {
  return new SqliteVault(new StoreDatabase(path, format));
}

const format: StoreFormat = {
  kind: "vault",
  // "AGKV"
  applicationId: 0x41474b56,
  version: 1,
  // The log refers to what is here: it must be on the disk before the placeholder is.
  synchronous: "FULL",
  whenDamaged:
    "Restore the vault from a backup, or move it away: what its placeholders stood for cannot be shown then.",
  confidential: true,
  schema: `
    CREATE TABLE entries (
      session     TEXT NOT NULL,
      placeholder TEXT NOT NULL,
      subject     TEXT NOT NULL,
      category    TEXT NOT NULL,
      sealed      TEXT NOT NULL,
      PRIMARY KEY (session, placeholder)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX entries_of_subject ON entries (subject)
  `,
};

class SqliteVault implements SqliteVaultStore {
  readonly #file: StoreDatabase;
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #delete: StatementSync;

  constructor(file: StoreDatabase) {
    this.#file = file;
    this.#put = file.database.prepare("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)");
    this.#get = file.database.prepare("SELECT * FROM entries WHERE session = ? AND placeholder = ?");
    this.#delete = file.database.prepare("DELETE FROM entries WHERE subject = ?");
  }

  async put(entries: readonly VaultEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#file.write(() => {
      for (const { session, placeholder, subject, category, sealed } of entries) {
        this.#put.run(session, placeholder, subject, category, sealed);
      }
    });
  }

  async get(session: string, placeholder: string): Promise<VaultEntry | undefined> {
    const row = await this.#file.read(() => this.#get.get(session, placeholder));
    if (row === undefined) return undefined;
    return {
      session: readText(row, "session"),
      placeholder: readText(row, "placeholder"),
      subject: readText(row, "subject"),
      category: readText(row, "category"),
      sealed: readText(row, "sealed"),
    };
  }

  async deleteSubject(subject: string): Promise<void> {
    await this.#file.write(() => this.#delete.run(subject));
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}
