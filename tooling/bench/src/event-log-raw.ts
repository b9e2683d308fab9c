import type { NewEvent } from "@agentkit/core";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** An event and the place it is written to. */
export interface RawRow {
  readonly event: NewEvent;
  readonly stream: string;
  readonly revision: number;
}

/** The same table used without a log: prepared statements and nothing else. What the log's rates are compared with. */
export interface RawLog {
  /** One INSERT, one commit: no expected revision, no repetition recognised. */
  insert(row: RawRow): void;
  /** Many INSERTs in one transaction. */
  insertAll(rows: readonly RawRow[]): void;
  /** Reads every row in order and parses both JSON columns. Returns their number. */
  readAll(): number;
  /** Reads the rows of one stream in order and parses both JSON columns. Returns their number. */
  readStream(stream: string): number;
  close(): void;
}

/** The settings of `@agentkit/eventlog-sqlite` that cost or save time. */
const settings =
  "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000; PRAGMA busy_timeout = 10";

const columns = "stream, revision, position, id, type, version, time, data, meta";

/** Opens a log's file without the log. It is created by the log itself, so that table and indexes are the same. */
export async function openRawLog(path: string): Promise<RawLog> {
  if (!existsSync(path)) await createSqliteEventLog({ path }).close();
  const database = new DatabaseSync(path);
  database.exec(settings);
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const insert = database.prepare(
    "INSERT INTO events (stream, revision, id, type, version, time, data, meta) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const all = database.prepare(`SELECT ${columns} FROM events WHERE position > ? ORDER BY position LIMIT 512`);
  const stream = database.prepare(
    `SELECT ${columns} FROM events WHERE stream = ? AND revision > ? ORDER BY revision LIMIT 512`,
  );
  all.setReturnArrays(true);
  stream.setReturnArrays(true);

  const write = (row: RawRow): void => {
    const { id, type, version, time, data, meta } = row.event;
    insert.run(row.stream, row.revision, id, type, version, time, JSON.stringify(data), JSON.stringify(meta));
  };
  return {
    insert: write,
    insertAll(rows) {
      begin.run();
      for (const row of rows) write(row);
      commit.run();
    },
    readAll: () => readPages((after) => all.all(after ?? 0), 2),
    readStream: (name) => readPages((after) => stream.all(name, after ?? -1), 1),
    close: () => database.close(),
  };
}

type Rows = ReturnType<ReturnType<DatabaseSync["prepare"]>["all"]>;

function readPages(page: (after: number | undefined) => Rows, cursor: 1 | 2): number {
  let count = 0;
  let after: number | undefined;
  for (;;) {
    const rows = page(after);
    for (const row of rows) {
      JSON.parse(String(row[7]));
      JSON.parse(String(row[8]));
      after = Number(row[cursor]);
    }
    count += rows.length;
    if (rows.length < 512) return count;
  }
}
