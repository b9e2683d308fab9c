import { AgentKitError } from "@agentkit/core";
import { assertSafeSqlite } from "@agentkit/sqlite";
import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { applicationId, createLog, logFormat, upgradeLog } from "./schema.ts";
import { isNotADatabase, toLogError } from "./sqlite-error.ts";

/** How long opening may wait for another process that opens or recovers the same file. Opening is synchronous. */
const openTimeoutMs = 5_000;

/** How long a call may block the event loop for a lock before it goes on waiting asynchronously. */
const blockingMs = 10;

/**
 * Opens a log's file for appending. It is created, with its directory, where there is none, and refused where it is
 * something else, of a newer format, damaged, or not writable.
 */
export function openForAppending(path: string): DatabaseSync {
  createDirectory(path);
  assertNotEmptied(path);
  // SQLite creates and removes the -wal and -shm beside the file.
  if (!canWriteDirectory(path)) throw notWritable(path);
  return opening(
    path,
    () => new DatabaseSync(path),
    (database) => {
      if (isEmpty(database)) create(database);
      assertIsLog(database, path);
      if (formatOf(database) < logFormat) upgrade(database);
      configure(database, path);
      // SQLite opens a write-protected file for reading without a word; the first append must not be the one to tell.
      database.exec("BEGIN IMMEDIATE; ROLLBACK");
    },
  );
}

/** Opens a log's file for reading only, also on a medium that cannot be written. */
export function openForReading(path: string): DatabaseSync {
  if (!existsSync(path)) throw new AgentKitError("log_unavailable", `There is no log at '${path}'.`);
  assertNotEmptied(path);
  if (sizeOf(path) === 0) {
    const message = `The file '${path}' is empty: no log was begun in it, or it was emptied. Restore it from a backup if there was one.`;
    throw new AgentKitError("log_unavailable", message);
  }
  const check = (database: DatabaseSync): void => assertIsLog(database, path);
  try {
    return opening(path, () => new DatabaseSync(path, { readOnly: true }), check);
  } catch (error) {
    if (!isClosedLog(path) || canWriteDirectory(path)) throw error;
  }
  // To read a log, even one that was closed, SQLite creates a -shm beside it unless it is told that nobody writes.
  const url = pathToFileURL(resolve(path));
  url.searchParams.set("immutable", "1");
  return opening(path, () => new DatabaseSync(url, { readOnly: true }), check);
}

function opening(path: string, open: () => DatabaseSync, prepare: (database: DatabaseSync) => void): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = open();
    database.exec(`PRAGMA busy_timeout = ${openTimeoutMs}`);
    assertSafeSqlite(readText(database, "SELECT sqlite_version() AS value"), "log_runtime_unsupported");
    prepare(database);
    database.exec(`PRAGMA busy_timeout = ${blockingMs}`);
    return database;
  } catch (error) {
    database?.close();
    if (isNotADatabase(error)) throw notALog(path, "it is not a SQLite file, or its header is damaged", error);
    throw toLogError(error, path);
  }
}

function createDirectory(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    // Asked rather than taken from the error's code: Node reports a read-only file system as a missing directory.
    if (!canWriteDirectory(path)) throw notWritable(path, error);
    const full = error instanceof Error && "code" in error && error.code === "ENOSPC";
    const message = `The directory of the log '${path}' cannot be created. Check what stands in its place.`;
    throw new AgentKitError(full ? "log_full" : "log_unavailable", message, { cause: error });
  }
}

/** SQLite takes a file of no bytes for a new database and deletes the -wal beside it, and the log would be gone silently. */
function assertNotEmptied(path: string): void {
  if (sizeOf(path) > 0 || sizeOf(`${path}-wal`) === 0) return;
  throw new AgentKitError(
    "log_corrupt",
    `The log '${path}' has no bytes but a write-ahead log beside it: its file was emptied or removed. Restore it from a backup, or move '${path}-wal' away to begin a new log.`,
  );
}

/** Whether the last one who had the log open closed it: then all of it is in its file. */
function isClosedLog(path: string): boolean {
  return sizeOf(`${path}-wal`) === 0 && !existsSync(`${path}-shm`);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function isEmpty(database: DatabaseSync): boolean {
  return (
    readNumber(database, "SELECT count(*) AS value FROM sqlite_schema") === 0 &&
    readNumber(database, "SELECT application_id AS value FROM pragma_application_id") === 0 &&
    readNumber(database, "SELECT user_version AS value FROM pragma_user_version") === 0
  );
}

function create(database: DatabaseSync): void {
  database.exec("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE");
  // Another process may have created the log in between.
  database.exec(isEmpty(database) ? `${createLog}; COMMIT` : "ROLLBACK");
  // From here on the file alone says what it is.
  database.exec("PRAGMA wal_checkpoint");
}

function assertIsLog(database: DatabaseSync, path: string): void {
  if (readNumber(database, "SELECT application_id AS value FROM pragma_application_id") !== applicationId) {
    throw notALog(path, "it is another program's database");
  }
  const format = formatOf(database);
  if (format >= 1 && format <= logFormat) return;
  throw new AgentKitError(
    "log_format_unsupported",
    `The log '${path}' has format ${format}; this version reads formats 1 to ${logFormat}. Install a newer @agentkit/eventlog-sqlite.`,
  );
}

/** All of it or nothing: a process that is killed meanwhile leaves a log of the format before. */
function upgrade(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  // Another process may have upgraded the log in between.
  database.exec(formatOf(database) < logFormat ? `${upgradeLog}; COMMIT` : "ROLLBACK");
}

function formatOf(database: DatabaseSync): number {
  return readNumber(database, "SELECT user_version AS value FROM pragma_user_version");
}

function configure(database: DatabaseSync, path: string): void {
  if (readText(database, "PRAGMA journal_mode = WAL", "journal_mode") !== "wal") {
    throw new AgentKitError(
      "log_unavailable",
      `The file system of '${path}' does not support SQLite's write-ahead log. Put the log on a local disk.`,
    );
  }
  database.exec(`
    -- Each commit is on the disk before it is acknowledged; fullfsync is what that takes on macOS.
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    -- The index on the ids is written at random places: keep its pages.
    PRAGMA cache_size = -16384;
    -- 16 MiB between checkpoints instead of 4: the index pages that they copy are mostly the same ones each time.
    PRAGMA wal_autocheckpoint = 4000;
    -- Give back what a long reader made the -wal grow to.
    PRAGMA journal_size_limit = 67108864;
    -- What is deleted is overwritten with zeros, not only given free.
    PRAGMA secure_delete = ON;
    PRAGMA trusted_schema = OFF;
  `);
}

/** Whether this user may write in the file's directory, or in the nearest one above it that exists. */
function canWriteDirectory(path: string): boolean {
  let directory = dirname(resolve(path));
  while (!existsSync(directory)) directory = dirname(directory);
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function notWritable(path: string, cause?: unknown): AgentKitError {
  return new AgentKitError(
    "log_read_only",
    `The log '${path}' cannot be written: make its directory writable for this user.`,
    { cause },
  );
}

function notALog(path: string, reason: string, cause?: unknown): AgentKitError {
  return new AgentKitError("log_format_unsupported", `The file '${path}' is not an AgentKit log: ${reason}.`, {
    cause,
  });
}

function readNumber(database: DatabaseSync, sql: string): number {
  const value = database.prepare(sql).get()?.["value"];
  return typeof value === "number" ? value : Number.NaN;
}

function readText(database: DatabaseSync, sql: string, column = "value"): string {
  return String(database.prepare(sql).get()?.[column]);
}
