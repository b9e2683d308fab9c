import type { Position, Revision } from "../events/envelope.ts";
import type { JsonObject } from "../json/json.ts";

/** What a projection store can do beyond the contract. */
export interface ProjectionStoreCapabilities {
  /** The rows outlive the process. */
  readonly durable: boolean;
  /** Several processes may use it at once. */
  readonly multiProcess: boolean;
}

/**
 * The last event that a table has seen of the log. A log that has another event at its position, or none, is not the one
 * that the rows were made from.
 */
export interface Checkpoint {
  readonly position: Position;
  /** `undefined` where an earlier version wrote it, which kept the position only. */
  readonly event: { readonly id: string; readonly stream: string; readonly revision: Revision } | undefined;
}

/** The rows of one version of a projection, and how far in the log they are. */
export interface TableState {
  /** Names the table in its store: opaque, and never given to another table. */
  readonly table: string;
  readonly name: string;
  readonly version: number;
  /** Whether it is the one that `get` and `list` read. At most one table of a name is. */
  readonly active: boolean;
  /** Every event up to here is in the rows or parked; `undefined` before the first. */
  readonly checkpoint: Checkpoint | undefined;
  /** The number of commits so far: whoever commits names the one it has seen last. */
  readonly revision: number;
  /** The number of events applied so far. */
  readonly events: number;
  /** The number of events that are parked. */
  readonly parked: number;
  /** Of a table that a rebuild fills, and nobody else: whether its process still does, as far as that can be told. */
  readonly rebuild: "running" | "abandoned" | undefined;
}

/** Options of {@link ProjectionStore.create}. */
export interface CreateTableOptions {
  /** The table is filled by a rebuild of this process, of which there is one a name. */
  readonly rebuild?: true;
}

/** An event that could not be applied, or that comes after one of its stream that could not. */
export interface ParkedEvent {
  readonly id: string;
  readonly stream: string;
  readonly revision: Revision;
  readonly position: Position;
  /** Why it is parked. */
  readonly reason: string;
}

/** Changes of one table that are made together. */
export interface ProjectionCommit {
  /** The table's revision that the changes are based on. */
  readonly expected: number;
  readonly checkpoint: Checkpoint | undefined;
  /** How many events were applied. */
  readonly events: number;
  /** New rows by key; `undefined` deletes a row. */
  readonly rows: ReadonlyMap<string, JsonObject | undefined>;
  /** Events to park, in order. One that is parked already keeps its place and has its reason replaced. */
  readonly park: readonly ParkedEvent[];
  /** Ids of events that are parked no longer. */
  readonly unpark: readonly string[];
  /** Events that are given up: they are parked no longer, and remembered for the table's name and version. */
  readonly skip: readonly ParkedEvent[];
  /** Ids of events that are no longer given up for the table's name and version. */
  readonly unskip: readonly string[];
}

/** Options of {@link ProjectionStore.list}. */
export interface ListOptions {
  /** Only keys that start with this. */
  readonly prefix?: string;
  /** Only keys after this one, exclusive, in the direction of reading. */
  readonly after?: string;
  /** At most so many rows. Default: all. */
  readonly limit?: number;
  /** Default `forwards`. */
  readonly direction?: "forwards" | "backwards";
}

/** A row with its key. */
export interface ProjectionRow {
  readonly key: string;
  readonly row: JsonObject;
}

/**
 * Where projections keep their rows: JSON objects under keys, ordered by the keys' UTF-8 bytes.
 *
 * Guarantees of every implementation (checked by `projectionStoreContract` in `@agentkit/core/testing`):
 * - **Atomic.** Rows, checkpoint and parked events of a commit become visible together, or none; so does a switch from
 *   one table to another.
 * - **Fenced.** A commit fails with `concurrency_conflict` and changes nothing when the table is at another revision than
 *   expected or is not there any more; so does `activate` when another table is active than the caller believes.
 * - **Readable.** `get` and `list` see one active table as of one commit, never a table that is being built.
 * - **One rebuild a name.** `create` for a rebuild throws `projection_rebuild_running` while another one runs. It drops the
 *   tables of abandoned ones: a process that is gone holds nobody up for longer than ten minutes.
 *
 * A store that finds its rows lost, because they were removed or damaged, may begin again without any: the call that finds
 * it throws `concurrency_conflict`, as all tables that were there are gone.
 *
 * A commit need not survive the loss of power: rows and checkpoint go back together, and the log is read again from there.
 *
 * Errors by code: `concurrency_conflict`, `projection_rebuild_running`, `store_closed`, `store_unavailable`, `store_full`,
 * `store_corrupt`.
 */
export interface ProjectionStore {
  readonly capabilities: ProjectionStoreCapabilities;
  /** All tables, in the order in which they were created. */
  tables(): Promise<readonly TableState[]>;
  /** Makes an empty table that is not active. */
  create(name: string, version: number, options?: CreateTableOptions): Promise<TableState>;
  /**
   * Makes a table the active one of its name and drops the one it replaces, which must be the active one until now, and
   * what else was begun of its name up to its version, except by a rebuild that runs.
   */
  activate(table: string, replaces: string | undefined): Promise<void>;
  /** Removes a table with all its rows. One that is not there is gone already. */
  drop(table: string): Promise<void>;
  /** The rows of a table that there are among those of the given keys. */
  read(table: string, keys: readonly string[]): Promise<ReadonlyMap<string, JsonObject>>;
  commit(table: string, commit: ProjectionCommit): Promise<void>;
  /** The parked events of a table, in the order in which they were parked. */
  parked(table: string): Promise<readonly ParkedEvent[]>;
  /** The events that were given up for a version of a projection, in the order in which they were. */
  skipped(name: string, version: number): Promise<readonly ParkedEvent[]>;
  /** A row of the active table of a name. */
  get(name: string, key: string): Promise<JsonObject | undefined>;
  /** Rows of the active table of a name; none where there is no such table. */
  list(name: string, options?: ListOptions): Promise<readonly ProjectionRow[]>;
  /** Frees what was opened. Idempotent. */
  close(): Promise<void>;
}
