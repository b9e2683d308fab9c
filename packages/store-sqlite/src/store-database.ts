import { AgentKitError } from "@agentkit/core";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { isBusy, toStoreError } from "./sqlite-error.ts";
import { assertSafeSqlite } from "./sqlite-version.ts";

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
}

/** How long opening may wait for another process that opens the same file. Opening is synchronous. */
const openTimeoutMs = 5_000;

/** How long a call may block the event loop for a lock before it goes on waiting asynchronously, and how long in all. */
const blockingMs = 10;
const busyTimeoutMs = 5_000;
const longestDelayMs = 50;

/** A store's file: one connection, transactions, waiting for locks, errors in the stores' words. */
export class StoreDatabase {
  readonly database: DatabaseSync;
  readonly #path: string;
  readonly #kind: string;
  #closed = false;

  constructor(path: string, format: StoreFormat) {
    this.#path = path;
    this.#kind = format.kind;
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
      throw toStoreError(error, this.#path);
    }
    if (problem === "ok") return;
    throw new AgentKitError("store_corrupt", `The ${this.#kind} '${this.#path}' is damaged: ${String(problem)}.`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.database.close();
  }

  async #attempt<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + busyTimeoutMs;
    for (let delay = 2; ; delay = Math.min(delay * 2, longestDelayMs)) {
      if (this.#closed) throw new AgentKitError("store_closed", `The ${this.#kind} is closed. Open it again to go on.`);
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw toStoreError(error, this.#path);
      }
      // Not the same delay for two processes, which would meet again and again.
      await setTimeout(delay * (0.5 + Math.random()));
    }
  }
}

function open(path: string, format: StoreFormat): DatabaseSync {
  createDirectory(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${openTimeoutMs}`);
    assertSafeSqlite(String(database.prepare("SELECT sqlite_version() AS value").get()?.["value"]));
    // Before anything is written: a file of another application stays as it is.
    assertOurs(database, path, format);
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
    throw toStoreError(error, path);
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
    `The ${kind} '${path}' has format ${format}, and this version has format ${version}. Install a newer @agentkit/store-sqlite.`,
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
