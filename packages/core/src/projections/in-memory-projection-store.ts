import type { JsonObject } from "../json/json.ts";
import { parseJsonObject } from "../json/parse-json.ts";
import { projectionStoreErrors } from "./projection-store-errors.ts";
import type {
  CreateTableOptions,
  ListOptions,
  ParkedEvent,
  ProjectionCommit,
  ProjectionRow,
  ProjectionStore,
  ProjectionStoreCapabilities,
  TableState,
} from "./projection-store.ts";

/**
 * Creates a {@link ProjectionStore} in memory: built from the log at each start, which is all that a small log needs.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog, createInMemoryProjectionStore, createProjector, sessionList } from "@agentkit/core";
 *
 * const log = createInMemoryEventLog();
 * const store = createInMemoryProjectionStore();
 * await createProjector({ log, store, projections: [sessionList] }).catchUp();
 * ```
 */
export function createInMemoryProjectionStore(): ProjectionStore {
  return new InMemoryProjectionStore();
}

interface Table {
  state: Omit<TableState, "parked">;
  /** JSON text, so that nobody who wrote or read a row can change it. */
  readonly rows: Map<string, string>;
  readonly parked: Map<string, ParkedEvent>;
}

class InMemoryProjectionStore implements ProjectionStore {
  readonly capabilities: ProjectionStoreCapabilities = { durable: false, multiProcess: false };
  readonly #tables = new Map<string, Table>();
  /** By name and version. */
  readonly #skipped = new Map<string, Map<string, ParkedEvent>>();
  #created = 0;
  #closed = false;

  async tables(): Promise<readonly TableState[]> {
    this.#assertOpen();
    return [...this.#tables.values()].map(toState);
  }

  async create(name: string, version: number, options: CreateTableOptions = {}): Promise<TableState> {
    this.#assertOpen();
    const rebuild = options.rebuild === true ? "running" : undefined;
    const running = [...this.#tables.values()].some(({ state }) => state.name === name && state.rebuild === "running");
    if (rebuild !== undefined && running) throw projectionStoreErrors.rebuildRunning(name, "this process");
    this.#created += 1;
    const state = {
      table: String(this.#created),
      name,
      version,
      active: false,
      checkpoint: undefined,
      rebuild,
    } as const;
    const table: Table = { state: { ...state, revision: 0, events: 0 }, rows: new Map(), parked: new Map() };
    this.#tables.set(state.table, table);
    return toState(table);
  }

  async activate(id: string, replaces: string | undefined): Promise<void> {
    this.#assertOpen();
    const table = this.#find(id);
    const { name } = table.state;
    if (this.#active(name)?.state.table !== replaces) throw projectionStoreErrors.replaced(name);
    for (const [other, { state }] of this.#tables) {
      const begun = !state.active && state.version <= table.state.version && state.rebuild === undefined;
      if (other !== id && state.name === name && (begun || other === replaces)) this.#tables.delete(other);
    }
    table.state = { ...table.state, active: true, rebuild: undefined };
  }

  async drop(id: string): Promise<void> {
    this.#assertOpen();
    this.#tables.delete(id);
  }

  async read(id: string, keys: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
    this.#assertOpen();
    const { rows } = this.#find(id);
    const found = new Map<string, JsonObject>();
    for (const key of keys) {
      const text = rows.get(key);
      if (text !== undefined) found.set(key, parseJsonObject(text));
    }
    return found;
  }

  async commit(
    id: string,
    { expected, checkpoint, events, rows, park, unpark, skip, unskip }: ProjectionCommit,
  ): Promise<void> {
    this.#assertOpen();
    const table = this.#find(id);
    if (table.state.revision !== expected) throw projectionStoreErrors.conflict(id);
    for (const [key, row] of rows) {
      if (row === undefined) table.rows.delete(key);
      else table.rows.set(key, JSON.stringify(row));
    }
    for (const event of unpark) table.parked.delete(event);
    for (const event of skip) {
      table.parked.delete(event.id);
      this.#skippedOf(table.state.name, table.state.version).set(event.id, { ...event });
    }
    for (const event of unskip) this.#skippedOf(table.state.name, table.state.version).delete(event);
    for (const event of park) table.parked.set(event.id, { ...event });
    table.state = { ...table.state, checkpoint, revision: expected + 1, events: table.state.events + events };
  }

  async parked(id: string): Promise<readonly ParkedEvent[]> {
    this.#assertOpen();
    return [...this.#find(id).parked.values()];
  }

  async skipped(name: string, version: number): Promise<readonly ParkedEvent[]> {
    this.#assertOpen();
    return [...this.#skippedOf(name, version).values()];
  }

  async get(name: string, key: string): Promise<JsonObject | undefined> {
    this.#assertOpen();
    const text = this.#active(name)?.rows.get(key);
    return text === undefined ? undefined : parseJsonObject(text);
  }

  async list(name: string, options: ListOptions = {}): Promise<readonly ProjectionRow[]> {
    this.#assertOpen();
    const { prefix = "", after, limit, direction = "forwards" } = options;
    const rows = this.#active(name)?.rows ?? new Map<string, string>();
    const sign = direction === "forwards" ? 1 : -1;
    const keys = [...rows.keys()]
      .filter((key) => key.startsWith(prefix))
      .filter((key) => after === undefined || sign * compareKeys(key, after) > 0)
      .toSorted((left, right) => sign * compareKeys(left, right));
    return keys.slice(0, limit).map((key) => ({ key, row: parseJsonObject(rows.get(key) ?? "{}") }));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #active(name: string): Table | undefined {
    return [...this.#tables.values()].find(({ state }) => state.active && state.name === name);
  }

  #skippedOf(name: string, version: number): Map<string, ParkedEvent> {
    const key = `${name} ${version}`;
    const known = this.#skipped.get(key) ?? new Map<string, ParkedEvent>();
    this.#skipped.set(key, known);
    return known;
  }

  #find(id: string): Table {
    const table = this.#tables.get(id);
    if (table === undefined) throw projectionStoreErrors.conflict(id);
    return table;
  }

  #assertOpen(): void {
    if (this.#closed) throw projectionStoreErrors.closed();
  }
}

function toState({ state, parked }: Table): TableState {
  return { ...state, parked: parked.size };
}

/** By UTF-8 bytes, which is by code points: JavaScript's own order is that of UTF-16, and differs beyond U+FFFF. */
function compareKeys(left: string, right: string): number {
  if (left === right) return 0;
  const [a, b] = [Array.from(left, toCodePoint), Array.from(right, toCodePoint)];
  const index = a.findIndex((point, place) => point !== b[place]);
  if (index === -1) return -1;
  return (a[index] ?? -1) - (b[index] ?? -1);
}

function toCodePoint(character: string): number {
  return character.codePointAt(0) ?? -1;
}
