import {
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { canMount, runMounted } from "./child-program.test.support.ts";
import { openForAppending } from "./open-database.ts";
import { createLogDirectory, fill, numbersIn, testEvent } from "./log-directory.test.support.ts";

const directory = createLogDirectory();
afterEach(async () => directory.cleanUp());

/** A log with 200 events that was closed. */
async function closedLog(): Promise<string> {
  const path = directory.newPath();
  const log = directory.open(path);
  await fill(log, 200);
  await log.close();
  return path;
}

/** A file of these bytes, in a directory of its own. */
function fileOf(bytes: string): string {
  const path = directory.newPath();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

function overwrite(path: string, offset: number, length: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(length, 0xa5), 0, length, offset);
  closeSync(file);
}

describe("opening a log", () => {
  it("creates the file and the directories above it", async () => {
    const path = join(directory.path, "some", "deep", "directory", "log.sqlite");
    const log = directory.open(path);
    expect(await numbersIn(log)).toEqual([]);
    expect(statSync(path).size).toBeGreaterThan(0);
  });

  it("begins a log in an empty file", async () => {
    const log = directory.open(fileOf(""));
    await fill(log, 1);
    expect(await numbersIn(log)).toEqual([0]);
  });

  it("finds nothing to read in an empty file", () => {
    const path = fileOf("");
    expect(() => directory.open(path, { readOnly: true })).toThrow(/is empty/);
  });

  it("refuses a file of a newer format, and leaves it alone", async () => {
    const path = await closedLog();
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 3");
    database.close();
    const before = readFileSync(path);
    expect(() => directory.open(path)).toThrow(expect.objectContaining({ code: "log_format_unsupported" }));
    expect(() => directory.open(path)).toThrow("has format 3; this version reads formats 1 to 2");
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("refuses another program's database, and leaves it alone", () => {
    const path = fileOf("");
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE customers (name TEXT)");
    database.close();
    const before = readFileSync(path);
    for (const readOnly of [false, true]) {
      expect(() => directory.open(path, { readOnly })).toThrow(
        expect.objectContaining({ code: "log_format_unsupported" }),
      );
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each(["hello", "not a database, and longer than a header ".repeat(200)])("refuses a file of text", (text) => {
    const path = fileOf(text);
    expect(() => directory.open(path)).toThrow(expect.objectContaining({ code: "log_format_unsupported" }));
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("refuses a directory in the place of the file", () => {
    mkdirSync(directory.path, { recursive: true });
    expect(() => directory.open(directory.path)).toThrow(expect.objectContaining({ code: "log_unavailable" }));
  });

  it("refuses a path below a file", () => {
    const path = join(fileOf(""), "log.sqlite");
    expect(() => directory.open(path)).toThrow(expect.objectContaining({ code: "log_unavailable" }));
  });

  it.each([40_000, 1_000])("reports a file that was cut off after %i bytes as corrupt", async (length) => {
    const path = await closedLog();
    truncateSync(path, length);
    expect(() => directory.open(path)).toThrow(expect.objectContaining({ code: "log_corrupt" }));
  });

  it("reports an emptied file with a write-ahead log beside it as corrupt, instead of beginning a new log", () => {
    const path = fileOf("");
    writeFileSync(`${path}-wal`, Buffer.alloc(5_000));
    for (const readOnly of [false, true]) {
      expect(() => directory.open(path, { readOnly })).toThrow(expect.objectContaining({ code: "log_corrupt" }));
    }
    expect(statSync(`${path}-wal`).size).toBe(5_000);
  });

  it("reports garbled pages when it reads them", async () => {
    const path = await closedLog();
    overwrite(path, 4_096 * 2, 4_096 * 30);
    await expect(async () => numbersIn(directory.open(path))).rejects.toMatchObject({ code: "log_corrupt" });
  });

  it("reports data that is no JSON when it reads it", async () => {
    const path = await closedLog();
    const database = new DatabaseSync(path);
    database.exec(`UPDATE events SET data = '{"n":' WHERE position = 100`);
    database.close();
    await expect(async () => numbersIn(directory.open(path))).rejects.toMatchObject({ code: "log_corrupt" });
  });

  it("refuses to look at a log that is not there, and creates nothing", () => {
    const path = join(directory.path, "none", "log.sqlite");
    expect(() => directory.open(path, { readOnly: true })).toThrow(
      expect.objectContaining({ code: "log_unavailable" }),
    );
    expect(statSync(dirname(path), { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe("the file of format 2", () => {
  it("has the tables and the header that the README describes", async () => {
    const database = new DatabaseSync(await closedLog(), { readOnly: true });
    const value = (sql: string): unknown => Object.values(database.prepare(sql).get() ?? {})[0];
    expect(value("PRAGMA application_id")).toBe(0x41474b4c);
    expect(value("PRAGMA user_version")).toBe(2);
    expect(value("PRAGMA journal_mode")).toBe("wal");
    const schema = database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").all();
    expect(schema.map((row) => String(row["sql"]).replaceAll(/\s+/g, " "))).toEqual([
      "CREATE TABLE deleted_streams (stream TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
      "CREATE TABLE events ( position INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, revision INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL, time TEXT NOT NULL, data TEXT NOT NULL, meta TEXT NOT NULL ) STRICT",
      "CREATE UNIQUE INDEX events_by_id ON events (id)",
      "CREATE UNIQUE INDEX events_by_stream ON events (stream, revision)",
      "CREATE INDEX events_by_type ON events (type)",
      "CREATE TABLE sqlite_sequence(name,seq)",
    ]);
    database.close();
  });

  it("is read as it was written by its first version", async () => {
    const log = directory.open(goldenLog(2));
    expect(await collect(log.readAll())).toEqual([
      { ...testEvent(1), data: { n: 1, text: "é 漢字 🙂" }, stream: "session-a", revision: 0, position: "1" },
      { ...testEvent(2), meta: { step: 1 }, data: { n: 2 }, stream: "session-a", revision: 1, position: "2" },
    ]);
    await expect(log.head("session-b")).rejects.toMatchObject({ code: "stream_deleted" });
    const { position } = await log.append("b", [testEvent(4)], { expected: "no_stream" });
    expect(position).toBe("5");
  });
});

describe("a file of format 1", () => {
  const events = [
    { ...testEvent(1), data: { n: 1, text: "é 漢字 🙂" }, stream: "session-a", revision: 0, position: "1" },
    { ...testEvent(2), meta: { step: 1 }, data: { n: 2 }, stream: "session-a", revision: 1, position: "2" },
    { ...testEvent(3), type: "OtherHappened", version: 2, data: {}, stream: "b", revision: 0, position: "4" },
  ];

  it("is upgraded when it is opened, with all its events at their positions", async () => {
    const path = goldenLog(1);
    const log = directory.open(path);
    expect(formatOf(path)).toBe(2);
    expect(await collect(log.readAll())).toEqual(events);
    const { position } = await log.append("b", [testEvent(4)], { expected: 0 });
    expect(position).toBe("8");
    await log.deleteStream("b", { expected: 1 });
    await expect(directory.open(path).head("b")).rejects.toMatchObject({ code: "stream_deleted" });
  });

  it("is upgraded once by several that open it, and keeps what was appended between", async () => {
    const path = goldenLog(1);
    await directory.open(path).append("b", [testEvent(4)], { expected: 0 });
    expect(await directory.open(path).head("b")).toBe(1);
  });

  it("is read without being changed, and follows when another process upgrades it", async () => {
    const path = goldenLog(1);
    const reader = directory.open(path, { readOnly: true });
    expect(await collect(reader.readAll())).toEqual(events);
    expect([await reader.head("none"), formatOf(path)]).toEqual([undefined, 1]);
    await directory.open(path).deleteStream("b", { expected: 0 });
    await expect(reader.head("b")).rejects.toMatchObject({ code: "stream_deleted" });
  });
});

/** A log of an earlier version, as SQL made it. */
function goldenLog(format: number): string {
  const path = fileOf("");
  const database = new DatabaseSync(path);
  database.exec(readFileSync(new URL(`../golden/format-${format}.sql`, import.meta.url), "utf8"));
  database.close();
  return path;
}

function formatOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const format = database.prepare("PRAGMA user_version").get()?.["user_version"];
  database.close();
  return format;
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe.skipIf(!canMount)("a disk of its own (skipped where a test may not mount one)", { timeout: 60_000 }, () => {
  const environment = {
    LOOK: fileURLToPath(new URL("./look.test.support.ts", import.meta.url)),
    FILL: fileURLToPath(new URL("./fill-disk.test.support.ts", import.meta.url)),
    APPEND: fileURLToPath(new URL("./append-loop.test.support.ts", import.meta.url)),
  };

  it("that is full refuses appends as log_full, keeps nothing of them, and takes them again when there is room", () => {
    const script = `
      mount -t tmpfs -o size=3m tmpfs /mnt
      head -c 1500000 /dev/zero > /mnt/ballast
      "$NODE" "$FILL" /mnt/log.sqlite /mnt/ballast
    `;
    expect(runMounted(script, environment)).toEqual([
      "log_full",
      "kept exactly what was acknowledged",
      "went on at the next revision",
      "reopened with all of it",
    ]);
  });

  it("that is read-only lets a log be read that was closed, and tells what it does not let", () => {
    const script = `
      mount -t tmpfs tmpfs /mnt
      "$NODE" "$LOOK" /mnt/closed.sqlite append
      "$NODE" "$APPEND" /mnt/killed.sqlite 3 > /dev/null || true
      rm /mnt/killed.sqlite-shm
      until mount -o remount,ro /mnt 2>/dev/null; do sleep 0.05; done
      cd /mnt
      "$NODE" "$LOOK" closed.sqlite read closed.sqlite append new.sqlite append new/log.sqlite append killed.sqlite read
    `;
    expect(runMounted(script, environment)).toEqual([
      "0",
      "0",
      "log_read_only",
      "log_read_only",
      "log_read_only",
      "log_unavailable",
    ]);
  });
});

describe("openForAppending", () => {
  it("has each commit on the disk before it is acknowledged, and deleted events overwritten", () => {
    const database = openForAppending(directory.newPath());
    const settings = [
      "synchronous",
      "fullfsync",
      "checkpoint_fullfsync",
      "journal_mode",
      "secure_delete",
      "trusted_schema",
    ];
    const values = settings.map((name) => [name, database.prepare(`PRAGMA ${name}`).get()?.[name]]);
    database.close();
    expect(Object.fromEntries(values)).toEqual({
      // FULL. https://sqlite.org/pragma.html#pragma_synchronous
      synchronous: 2,
      fullfsync: 1,
      checkpoint_fullfsync: 1,
      journal_mode: "wal",
      secure_delete: 1,
      trusted_schema: 0,
    });
  });
});
