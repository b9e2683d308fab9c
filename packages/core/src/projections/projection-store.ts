import type { Position, Revision } from "../events/envelope.ts";
import type { JsonObject } from "../json/json.ts";

/** What a projection store can do beyond the contract. */
export interface ProjectionStoreCapabilities {
  /** The rows outlive the process. */
  readonly durable: boolean;
  /** Several processes may use it at once. */
  readonly multiProcess: boolean;
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
  readonly checkpoint: Position | undefined;
  /** The number of commits so far: whoever commits names the one it has seen last. */
  readonly revision: number;
  /** The number of events applied so far. */
  readonly events: number;
  /** The number of events that are parked. */
  readonly parked: number;
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
  readonly checkpoint: Position | undefined;
  /** How many events were applied. */
  readonly events: number;
  /** New rows by key; `undefined` deletes a row. */
  readonly rows: ReadonlyMap<string, JsonObject | undefined>;
  /** Events to park, in order. One that is parked already keeps its place and has its reason replaced. */
  readonly park: readonly ParkedEvent[];
  /** Ids of events that are parked no longer. */
  readonly unpark: readonly string[];
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
 *
 * A commit need not survive the loss of power: rows and checkpoint go back together, and the log is read again from there.
 *
 * Errors by code: `concurrency_conflict`, `store_closed`, `store_unavailable`, `store_full`, `store_corrupt`.
 */
export interface ProjectionStore {
  readonly capabilities: ProjectionStoreCapabilities;
  /** All tables, in the order in which they were created. */
  tables(): Promise<readonly TableState[]>;
  /** Makes an empty table that is not active. */
  create(name: string, version: number): Promise<TableState>;
  /** Makes a table the active one of its name and drops the one it replaces, which must be the active one until now. */
  activate(table: string, replaces: string | undefined): Promise<void>;
  /** Removes a table with all its rows. One that is not there is gone already. */
  drop(table: string): Promise<void>;
  /** The rows of a table that there are among those of the given keys. */
  read(table: string, keys: readonly string[]): Promise<ReadonlyMap<string, JsonObject>>;
  commit(table: string, commit: ProjectionCommit): Promise<void>;
  /** The parked events of a table, in the order in which they were parked. */
  parked(table: string): Promise<readonly ParkedEvent[]>;
  /** A row of the active table of a name. */
  get(name: string, key: string): Promise<JsonObject | undefined>;
  /** Rows of the active table of a name; none where there is no such table. */
  list(name: string, options?: ListOptions): Promise<readonly ProjectionRow[]>;
  /** Frees what was opened. Idempotent. */
  close(): Promise<void>;
}
