import { AgentKitError } from "@agentkit/core";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { isBusy, sqliteCode } from "./sqlite-code.ts";
import { assertSafeSqlite } from "./sqlite-version.ts";
import { toStoreError } from "./store-error.ts";

/** What tells one kind of store's file from another's. */
export interface StoreFormat {
  /** For messages: "projection store". */
  readonly kind: string;
  /** Marks the file in its header; four ASCII letters as a number. */
  readonly applicationId: number;
  /** The version of the schema; a newer file is refused, and an older one without an upgrade. */
  readonly version: number;
  /** Creates the tables. */
  readonly schema: string;
  /** Brings a file of an older version, by its number, to the present one. */
  readonly upgrades?: ReadonlyMap<number, string>;
  /** `FULL`: a commit survives the loss of power. `NORMAL`: the last ones may be lost together, for what can be rebuilt. */
  readonly synchronous: "FULL" | "NORMAL";
  /** What to do with a file that is damaged; the end of a message. */
  readonly whenDamaged: string;
  /**
   * Whether what is in the file is for its owner alone: nobody else may read it (mode 0600; a wider one is narrowed), and what is
   * deleted is overwritten. See also {@link StoreDatabase.eraseDeleted}.
   */
  readonly confidential?: boolean;
}

/** How long opening may wait for another process that opens the same file. Opening is synchronous. */
const openTimeoutMs = 5_000;

/** How long a call may block the event loop for a lock before it goes on waiting asynchronously, and how long in all. */
const blockingMs = 10;
const busyTimeoutMs = 5_000;
const longestDelayMs = 50;

/**
 * A store's file: one connection, transactions, waiting for locks, errors in the stores' words (`store_*`).
 *
 * Opening creates the file where there is none, with its directory, and refuses one of another application, of a newer format
 * (`store_format_unsupported`) or that is damaged (`store_corrupt`) without touching it.
 *
 * @example
 * ```ts
 * import { readText, StoreDatabase } from "@agentkit/sqlite";
 *
 * const notes = new StoreDatabase("./.agentkit/notes.sqlite", {
 *   kind: "note store",
 *   applicationId: 0x4e4f5445,
 *   version: 1,
 *   schema: "CREATE TABLE notes (text TEXT NOT NULL) STRICT",
 *   synchronous: "FULL",
 *   whenDamaged: "Restore it from a backup.",
 * });
 * await notes.write(() => notes.database.prepare("INSERT INTO notes VALUES (?)").run("Water the plants"));
 * const rows = await notes.read(() => notes.database.prepare("SELECT text FROM notes").all());
 * console.log(rows.map((row) => readText(row, "text")));
 * notes.close();
 * ```
 */
export class StoreDatabase {
  /** The connection. Statements are run within {@link read} and {@link write}. */
  readonly database: DatabaseSync;
  readonly #path: string;
  readonly #format: StoreFormat;
  #closed = false;

  constructor(path: string, format: StoreFormat) {
    this.#path = path;
    this.#format = format;
    this.database = open(path, format);
  }

  /** Runs one query. */
  async read<T>(work: () => T): Promise<T> {
    return this.#attempt(work);
  }

  /** Runs statements that take effect together, or not at all when one throws. */
  async write<T>(work: () => T): Promise<T> {
    return this.#attempt(() => {
      this.database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        this.database.exec("COMMIT");
        return result;
      } catch (error) {
        // A full disk has SQLite roll back by itself.
        if (this.database.isTransaction) this.database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** Reads the whole file. Throws `store_corrupt` for one that is damaged anywhere. */
  verify(): void {
    let problem: unknown;
    try {
      problem = this.database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    } catch (error) {
      throw this.#toError(error);
    }
    if (problem === "ok") return;
    const message = `The ${this.#format.kind} '${this.#path}' is damaged: ${String(problem)}. ${this.#format.whenDamaged}`;
    throw new AgentKitError("store_corrupt", message);
  }

  /**
   * Leaves nothing of what was deleted in the file or beside it. Overwriting alone does not: when SQLite moves rows to another page,
   * the old page keeps their bytes, and so does the write-ahead log. What a disk or a backup keeps is out of reach.
   */
  async eraseDeleted(): Promise<void> {
    await this.#attempt(() => this.database.exec("VACUUM"));
    await this.#attempt(() => {
      const { busy } = this.database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() ?? {};
      if (busy !== 0) throw new CheckpointHeldError();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.database.close();
  }

  async #attempt<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + busyTimeoutMs;
    for (let delay = 2; ; delay = Math.min(delay * 2, longestDelayMs)) {
      if (this.#closed) {
        throw new AgentKitError("store_closed", `The ${this.#format.kind} is closed. Open it again to go on.`);
      }
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw this.#toError(error);
      }
      // Not the same delay for two processes, which would meet again and again.
      await setTimeout(delay * (0.5 + Math.random()));
    }
  }

  #toError(error: unknown): unknown {
    return toStoreError(error, this.#path, this.#format.whenDamaged);
  }
}

/** A checkpoint tells of a reader in its answer; this says it as SQLite does elsewhere. */
class CheckpointHeldError extends Error {
  readonly errcode = sqliteCode.busy;

  constructor() {
    super("another connection still reads the write-ahead log");
  }
}

function open(path: string, format: StoreFormat): DatabaseSync {
  createDirectory(path);
  if (format.confidential === true) createPrivate(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${openTimeoutMs}`);
    assertSafeSqlite(
      String(database.prepare("SELECT sqlite_version() AS value").get()?.["value"]),
      "store_runtime_unsupported",
    );
    // Before anything is written: a file of another application stays as it is.
    assertOurs(database, path, format);
    if (format.confidential === true) makeConfidential(database, path);
    database.exec("PRAGMA journal_mode = WAL");
    create(database, format);
    assertFormat(database, path, format);
    database.exec(`
      PRAGMA synchronous = ${format.synchronous};
      PRAGMA cache_size = -16384;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA trusted_schema = OFF;
      PRAGMA busy_timeout = ${blockingMs};
    `);
    return database;
  } catch (error) {
    database?.close();
    throw toStoreError(error, path, format.whenDamaged);
  }
}

function createDirectory(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new AgentKitError("store_unavailable", `The directory of the store '${path}' cannot be created.`, {
      cause: error,
    });
  }
}

/** Creates the file before SQLite does, which would let everybody read it. One that is there stays as it is. */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw new AgentKitError("store_unavailable", `The store '${path}' cannot be opened for writing by this user.`, {
      cause: error,
    });
  }
}

function makeConfidential(database: DatabaseSync, path: string): void {
  // SQLite gives the files beside it the mode of this one, but may have made them already.
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600);
  // What VACUUM copies must not go through a temporary file.
  database.exec("PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY");
}

function assertOurs(database: DatabaseSync, path: string, { kind, applicationId }: StoreFormat): void {
  const found = readNumber(database, "SELECT application_id AS value FROM pragma_application_id");
  if (found === applicationId || (found === 0 && isEmpty(database))) return;
  const message = `The file '${path}' is no AgentKit ${kind} but a database of another application. Move it away; it was not touched.`;
  throw new AgentKitError("store_format_unsupported", message);
}

function create(database: DatabaseSync, { applicationId, version, schema, upgrades }: StoreFormat): void {
  database.exec("BEGIN IMMEDIATE");
  // Another process may have created it in between.
  const steps = isEmpty(database) ? schema : upgrades?.get(readVersion(database));
  const marks = `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`;
  database.exec(steps === undefined ? "ROLLBACK" : `${steps}; ${marks}; COMMIT`);
}

function assertFormat(database: DatabaseSync, path: string, { kind, version }: StoreFormat): void {
  const format = readVersion(database);
  if (format === version) return;
  throw new AgentKitError(
    "store_format_unsupported",
    `The ${kind} '${path}' has format ${format}, and this version has format ${version}. Install a newer version of AgentKit.`,
  );
}

function isEmpty(database: DatabaseSync): boolean {
  return readNumber(database, "SELECT count(*) AS value FROM sqlite_schema") === 0;
}

function readVersion(database: DatabaseSync): number {
  return readNumber(database, "SELECT user_version AS value FROM pragma_user_version");
}

function readNumber(database: DatabaseSync, sql: string): number {
  return Number(database.prepare(sql).get()?.["value"]);
}
