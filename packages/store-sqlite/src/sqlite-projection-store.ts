import {
  type Checkpoint,
  type CreateTableOptions,
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
import { readJsonObject, readText, type Row } from "@agentkit/sqlite";
import type { SQLInputValue } from "node:sqlite";
import type { DamagedFile } from "./damaged-file.ts";
import { ProjectionFile } from "./projection-file.ts";
import { toParkedEvent, toTableState } from "./projection-rows.ts";
import { thisRebuilder } from "./rebuilder.ts";

/** Options of {@link createSqliteProjectionStore}. */
export interface SqliteProjectionStoreOptions {
  /** The store's file. It is created where there is none, with its directory. It can be deleted: the log has everything. */
  readonly path: string;
  /**
   * Has a damaged file set aside and a new one begun, when it is opened and whenever damage is found later, and is told of
   * it. Without it, damage throws `store_corrupt`. A text, or a database of another application, is never touched.
   */
  readonly onDamaged?: (file: DamagedFile) => void;
  /** Reads the whole file at opening to find damage anywhere; a file of a newer version is set aside too. Default false. */
  readonly verify?: boolean;
}

/**
 * Opens a {@link ProjectionStore} in one SQLite file, for any number of processes of one machine.
 *
 * Beside the port's errors, opening throws `store_format_unsupported`, `store_read_only`, `store_corrupt`,
 * `store_unavailable` and `store_runtime_unsupported`. A file that is removed or replaced while it is open is noticed at the
 * next commit, which throws `concurrency_conflict`, and opened again.
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
  return new SqliteProjectionStore(new ProjectionFile(options));
}

const selectTables = `
  SELECT *, (SELECT count(*) FROM parked WHERE table_id = tables.id) AS parked
  FROM tables`;

const updateTable = `
  UPDATE tables SET checkpoint = ?, event_id = ?, event_stream = ?, event_revision = ?, revision = revision + 1,
         events = events + ?, touched_at = ?
  WHERE id = ? AND revision = ?`;

const insertSkipped = `
  INSERT OR IGNORE INTO skipped (name, version, id, stream, revision, position, reason)
  SELECT name, version, ?, ?, ?, ?, ? FROM tables WHERE id = ?`;

const deleteSkipped = `
  DELETE FROM skipped
  WHERE id = ? AND (name, version) = (SELECT name, version FROM tables WHERE id = ?)`;

/** Sorts after every key that a prefix begins. */
const last = "\u{10ffff}";

class SqliteProjectionStore implements ProjectionStore {
  readonly capabilities: ProjectionStoreCapabilities = { durable: true, multiProcess: true };
  readonly #file: ProjectionFile;

  constructor(file: ProjectionFile) {
    this.#file = file;
  }

  async tables(): Promise<readonly TableState[]> {
    return this.#file.read(() => this.#all(`${selectTables} ORDER BY id`).map(toTableState));
  }

  async create(name: string, version: number, { rebuild }: CreateTableOptions = {}): Promise<TableState> {
    return this.#file.write(() => {
      if (rebuild === true) this.#endRebuilds(name);
      const [rebuilder, now] = rebuild === true ? [thisRebuilder(), Date.now()] : [null, null];
      const insert = "INSERT INTO tables (name, version, rebuilt_by, touched_at) VALUES (?, ?, ?, ?)";
      const id = this.#file.prepare(insert).run(name, version, rebuilder, now).lastInsertRowid;
      return toTableState(this.#get(`${selectTables} WHERE id = ?`, Number(id)) ?? {});
    });
  }

  async activate(table: string, replaces: string | undefined): Promise<void> {
    await this.#file.write(() => {
      const name = this.#get("SELECT name FROM tables WHERE id = ?", table)?.["name"];
      if (typeof name !== "string") throw projectionStoreErrors.conflict(table);
      const active = this.#get("SELECT id FROM tables WHERE name = ? AND active = 1", name)?.["id"];
      if ((active === undefined ? undefined : String(active)) !== replaces) throw projectionStoreErrors.replaced(name);
      for (const other of this.#begunBeside(table, name)) this.#delete(other);
      if (replaces !== undefined && replaces !== table) this.#delete(replaces);
      this.#run("UPDATE tables SET active = 1, rebuilt_by = NULL, touched_at = NULL WHERE id = ?", table);
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
        updateTable,
        ...toColumns(commit.checkpoint),
        commit.events,
        Date.now(),
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
      for (const event of commit.skip) this.#skip(id, event);
      for (const event of commit.unskip) this.#run(deleteSkipped, event, id);
      for (const event of commit.park) this.#park(id, event);
    });
  }

  async parked(table: string): Promise<readonly ParkedEvent[]> {
    return this.#file.read(() =>
      this.#all("SELECT * FROM parked WHERE table_id = ? ORDER BY sequence", Number(table)).map(toParkedEvent),
    );
  }

  async skipped(name: string, version: number): Promise<readonly ParkedEvent[]> {
    const select = "SELECT * FROM skipped WHERE name = ? AND version = ? ORDER BY sequence";
    return this.#file.read(() => this.#all(select, name, version).map(toParkedEvent));
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

  /** Removes what rebuilds have left whose process is gone. Throws while one runs. */
  #endRebuilds(name: string): void {
    for (const row of this.#all(`${selectTables} WHERE name = ? AND rebuilt_by IS NOT NULL`, name)) {
      const { table, rebuild } = toTableState(row);
      if (rebuild === "running") throw projectionStoreErrors.rebuildRunning(name, readText(row, "rebuilt_by"));
      this.#delete(table);
    }
  }

  /** What nobody needs any more when a table becomes the active one of its name. */
  #begunBeside(table: string, name: string): readonly string[] {
    const tables = this.#all(`${selectTables} WHERE name = ?`, name).map(toTableState);
    const version = tables.find((state) => state.table === table)?.version ?? 0;
    const others = tables.filter((state) => state.table !== table && !state.active && state.version <= version);
    return others.filter(({ rebuild }) => rebuild !== "running").map((state) => state.table);
  }

  #delete(table: string): void {
    const id = Number(table);
    this.#run("DELETE FROM tables WHERE id = ?", id);
    this.#run("DELETE FROM rows WHERE table_id = ?", id);
    this.#run("DELETE FROM parked WHERE table_id = ?", id);
  }

  #skip(table: number, { id, stream, revision, position, reason }: ParkedEvent): void {
    this.#run("DELETE FROM parked WHERE table_id = ? AND id = ?", table, id);
    this.#run(insertSkipped, id, stream, revision, position, reason, table);
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
    return this.#file.prepare(sql).all(...values);
  }

  #get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#file.prepare(sql).get(...values);
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#file.prepare(sql).run(...values).changes);
  }
}

function toColumns(checkpoint: Checkpoint | undefined): readonly SQLInputValue[] {
  const { position = null, event } = checkpoint ?? {};
  return [position, event?.id ?? null, event?.stream ?? null, event?.revision ?? null];
}

const activeTable = "(SELECT id FROM tables WHERE name = ? AND active = 1)";
