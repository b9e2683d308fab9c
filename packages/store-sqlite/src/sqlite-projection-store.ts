import {
  type JsonObject,
  type ListOptions,
  type ParkedEvent,
  type ProjectionCommit,
  type ProjectionRow,
  type ProjectionStore,
  type ProjectionStoreCapabilities,
  projectionStoreErrors,
  type TableState,
} from "@agentkit/core";
import type { SQLInputValue, StatementSync } from "node:sqlite";
import { readJsonObject, readNumber, readText, type Row } from "./read-columns.ts";
import { StoreDatabase, type StoreFormat } from "./store-database.ts";

/** Options of {@link createSqliteProjectionStore}. */
export interface SqliteProjectionStoreOptions {
  /** The store's file. It is created where there is none, with its directory. It can be deleted: the log has everything. */
  readonly path: string;
}

/**
 * Opens a {@link ProjectionStore} in one SQLite file, for any number of processes of one machine.
 *
 * Beside the port's errors, opening throws `store_format_unsupported`, `store_read_only`, `store_corrupt`,
 * `store_unavailable` and `store_runtime_unsupported`.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog, createProjector, sessionList } from "@agentkit/core";
 * import { createSqliteProjectionStore } from "@agentkit/store-sqlite";
 *
 * const store = createSqliteProjectionStore({ path: "./.agentkit/projections.sqlite" });
 * const projector = createProjector({ log: createInMemoryEventLog(), store, projections: [sessionList] });
 * await projector.catchUp();
 * await store.close();
 * ```
 */
export function createSqliteProjectionStore(options: SqliteProjectionStoreOptions): ProjectionStore {
  return new SqliteProjectionStore(new StoreDatabase(options.path, format));
}

const format: StoreFormat = {
  kind: "projection store",
  // "AGKP"
  applicationId: 0x41474b50,
  version: 1,
  // What a loss of power takes is projected again: rows and checkpoint go back together.
  synchronous: "NORMAL",
  schema: `
    CREATE TABLE tables (
      id         INTEGER PRIMARY KEY AUTOINCREMENT,
      name       TEXT    NOT NULL,
      version    INTEGER NOT NULL,
      active     INTEGER NOT NULL DEFAULT 0,
      checkpoint TEXT,
      revision   INTEGER NOT NULL DEFAULT 0,
      events     INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE UNIQUE INDEX active_tables ON tables (name) WHERE active = 1;
    CREATE TABLE rows (
      table_id INTEGER NOT NULL,
      key      TEXT    NOT NULL,
      row      TEXT    NOT NULL,
      PRIMARY KEY (table_id, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE parked (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      table_id INTEGER NOT NULL,
      id       TEXT    NOT NULL,
      stream   TEXT    NOT NULL,
      revision INTEGER NOT NULL,
      position TEXT    NOT NULL,
      reason   TEXT    NOT NULL,
      UNIQUE (table_id, id)
    ) STRICT
  `,
};

const selectTables = `
  SELECT id, name, version, active, checkpoint, revision, events,
         (SELECT count(*) FROM parked WHERE table_id = tables.id) AS parked
  FROM tables`;

/** Sorts after every key that a prefix begins. */
const last = "\u{10ffff}";

class SqliteProjectionStore implements ProjectionStore {
  readonly capabilities: ProjectionStoreCapabilities = { durable: true, multiProcess: true };
  readonly #file: StoreDatabase;
  readonly #statements = new Map<string, StatementSync>();

  constructor(file: StoreDatabase) {
    this.#file = file;
  }

  async tables(): Promise<readonly TableState[]> {
    return this.#file.read(() => this.#all(`${selectTables} ORDER BY id`).map(toTableState));
  }

  async create(name: string, version: number): Promise<TableState> {
    return this.#file.write(() => {
      const insert = this.#prepare("INSERT INTO tables (name, version) VALUES (?, ?)");
      const id = Number(insert.run(name, version).lastInsertRowid);
      const table = String(id);
      return { table, name, version, active: false, checkpoint: undefined, revision: 0, events: 0, parked: 0 };
    });
  }

  async activate(table: string, replaces: string | undefined): Promise<void> {
    await this.#file.write(() => {
      const name = this.#get("SELECT name FROM tables WHERE id = ?", table)?.["name"];
      if (typeof name !== "string") throw projectionStoreErrors.conflict(table);
      const active = this.#get("SELECT id FROM tables WHERE name = ? AND active = 1", name)?.["id"];
      if ((active === undefined ? undefined : String(active)) !== replaces) throw projectionStoreErrors.replaced(name);
      if (replaces !== undefined && replaces !== table) this.#delete(replaces);
      this.#run("UPDATE tables SET active = 1 WHERE id = ?", table);
    });
  }

  async drop(table: string): Promise<void> {
    await this.#file.write(() => this.#delete(table));
  }

  async read(table: string, keys: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
    return this.#file.read(() => {
      const found = new Map<string, JsonObject>();
      for (const key of keys) {
        const row = this.#get("SELECT row FROM rows WHERE table_id = ? AND key = ?", Number(table), key);
        if (row !== undefined) found.set(key, readJsonObject(row, "row"));
      }
      return found;
    });
  }

  async commit(table: string, commit: ProjectionCommit): Promise<void> {
    const id = Number(table);
    await this.#file.write(() => {
      const moved = this.#run(
        `UPDATE tables SET checkpoint = ?, revision = revision + 1, events = events + ? WHERE id = ? AND revision = ?`,
        commit.checkpoint ?? null,
        commit.events,
        id,
        commit.expected,
      );
      if (moved === 0) throw projectionStoreErrors.conflict(table);
      for (const [key, row] of commit.rows) {
        if (row === undefined) this.#run("DELETE FROM rows WHERE table_id = ? AND key = ?", id, key);
        else
          this.#run("INSERT OR REPLACE INTO rows (table_id, key, row) VALUES (?, ?, ?)", id, key, JSON.stringify(row));
      }
      for (const event of commit.unpark) this.#run("DELETE FROM parked WHERE table_id = ? AND id = ?", id, event);
      for (const event of commit.park) this.#park(id, event);
    });
  }

  async parked(table: string): Promise<readonly ParkedEvent[]> {
    return this.#file.read(() =>
      this.#all("SELECT * FROM parked WHERE table_id = ? ORDER BY sequence", Number(table)).map(toParkedEvent),
    );
  }

  async get(name: string, key: string): Promise<JsonObject | undefined> {
    return this.#file.read(() => {
      const row = this.#get(`SELECT row FROM rows WHERE table_id = ${activeTable} AND key = ?`, name, key);
      return row === undefined ? undefined : readJsonObject(row, "row");
    });
  }

  async list(name: string, options: ListOptions = {}): Promise<readonly ProjectionRow[]> {
    const { prefix = "", after, limit = -1, direction = "forwards" } = options;
    const [beyond, order] = direction === "forwards" ? [">", "ASC"] : ["<", "DESC"];
    const start = after === undefined ? [] : [after];
    return this.#file.read(() =>
      this.#all(
        `SELECT key, row FROM rows WHERE table_id = ${activeTable} AND key BETWEEN ? AND ?
         ${after === undefined ? "" : `AND key ${beyond} ?`} ORDER BY key ${order} LIMIT ?`,
        name,
        prefix,
        `${prefix}${last}`,
        ...start,
        limit,
      ).map((row) => ({ key: readText(row, "key"), row: readJsonObject(row, "row") })),
    );
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  #delete(table: string): void {
    const id = Number(table);
    this.#run("DELETE FROM tables WHERE id = ?", id);
    this.#run("DELETE FROM rows WHERE table_id = ?", id);
    this.#run("DELETE FROM parked WHERE table_id = ?", id);
  }

  #park(table: number, { id, stream, revision, position, reason }: ParkedEvent): void {
    this.#run(
      `INSERT INTO parked (table_id, id, stream, revision, position, reason) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (table_id, id) DO UPDATE SET reason = excluded.reason`,
      table,
      id,
      stream,
      revision,
      position,
      reason,
    );
  }

  #all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#prepare(sql).all(...values);
  }

  #get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#file.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

const activeTable = "(SELECT id FROM tables WHERE name = ? AND active = 1)";

function toTableState(row: Row): TableState {
  const checkpoint = row["checkpoint"];
  return {
    table: String(readNumber(row, "id")),
    name: readText(row, "name"),
    version: readNumber(row, "version"),
    active: row["active"] === 1,
    checkpoint: typeof checkpoint === "string" ? checkpoint : undefined,
    revision: readNumber(row, "revision"),
    events: readNumber(row, "events"),
    parked: readNumber(row, "parked"),
  };
}

function toParkedEvent(row: Row): ParkedEvent {
  return {
    id: readText(row, "id"),
    stream: readText(row, "stream"),
    revision: readNumber(row, "revision"),
    position: readText(row, "position"),
    reason: readText(row, "reason"),
  };
}
