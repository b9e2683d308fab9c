import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { AgentEvent } from "../events/catalogue.ts";
import { parseEvent } from "../events/decode-event.ts";
import type { StoredEvent } from "../events/envelope.ts";
import { findJsonProblem } from "../event-log/json-problem.ts";
import type { JsonObject } from "../json/json.ts";
import type { Projection, ProjectionTable } from "./projection.ts";
import type { Checkpoint, ParkedEvent, ProjectionStore, TableState } from "./projection-store.ts";

/** Rows kept between commits. What is read often is read once; what is not costs a look-up again. */
const maxKeptRows = 10_000;

/** Applies events to one table: changes are gathered in memory and committed together, hot rows once a commit. */
export class TableWriter {
  readonly #store: ProjectionStore;
  readonly #projection: Projection;
  #state: TableState;
  /** Rows as they are after the events applied so far; `undefined` for a key that has none. */
  readonly #rows = new Map<string, JsonObject | undefined>();
  readonly #changed = new Set<string>();
  readonly #park: ParkedEvent[] = [];
  readonly #unpark: string[] = [];
  readonly #skip: ParkedEvent[] = [];
  readonly #unskip: string[] = [];
  #applied = 0;

  constructor(store: ProjectionStore, projection: Projection, state: TableState) {
    this.#store = store;
    this.#projection = projection;
    this.#state = state;
  }

  /** The table as of the last commit. */
  get state(): TableState {
    return this.#state;
  }

  /** How many events the next commit is about. */
  get pending(): number {
    return this.#applied + this.#park.length + this.#unpark.length + this.#skip.length + this.#unskip.length;
  }

  /** Applies one event, or leaves the table as it was and returns why the event cannot be applied. */
  async apply(stored: StoredEvent): Promise<unknown> {
    // What was damaged in the log must not become rows: a projection relies on the types of what it is given.
    const event = tryParse(stored);
    if ("failure" in event) return event.failure;
    for (;;) {
      const attempt = this.#attempt(event.parsed);
      if (attempt.missing === undefined) return attempt.failure;
      await this.#read(attempt.missing);
    }
  }

  /** Parks an event with the next commit. */
  park(event: StoredEvent, reason: string): void {
    const { id, stream, revision, position } = event;
    this.#park.push({ id, stream, revision, position, reason });
  }

  /** Takes an event out of the parked ones with the next commit. */
  unpark(id: string): void {
    this.#unpark.push(id);
  }

  /** Gives a parked event up with the next commit. */
  skip(event: ParkedEvent): void {
    this.#skip.push(event);
  }

  /** Takes an event out of those that were given up with the next commit. */
  unskip(id: string): void {
    this.#unskip.push(id);
  }

  /** Commits what was applied, and that every event up to the checkpoint was. Throws `concurrency_conflict`. */
  async commit(checkpoint: Checkpoint | undefined): Promise<void> {
    if (this.pending === 0 && checkpoint?.position === this.#state.checkpoint?.position) return;
    const { table, revision } = this.#state;
    const rows = new Map(Array.from(this.#changed, (key) => [key, this.#rows.get(key)]));
    const events = this.#applied;
    const exceptions = {
      park: [...this.#park],
      unpark: [...this.#unpark],
      skip: [...this.#skip],
      unskip: [...this.#unskip],
    };
    await this.#store.commit(table, { expected: revision, checkpoint, events, rows, ...exceptions });
    this.#state = { ...this.#state, checkpoint, revision: revision + 1, events: this.#state.events + events };
    this.#changed.clear();
    this.#park.length = 0;
    this.#unpark.length = 0;
    this.#skip.length = 0;
    this.#unskip.length = 0;
    this.#applied = 0;
    if (this.#rows.size > maxKeptRows) this.#rows.clear();
  }

  /** Looks the key up in the store, and remembers what it found. */
  async #read(key: string): Promise<void> {
    const found = await this.#store.read(this.#state.table, [key]);
    this.#rows.set(key, found.get(key));
  }

  // `apply` is synchronous and a store need not be: an event that asks for a row that is not here yet is applied again
  // once the row has been read. Nothing of the first attempt stays.
  #attempt(event: AgentEvent): Attempt {
    const changes = new Map<string, JsonObject | undefined>();
    let missing: string | undefined;
    const table: ProjectionTable = {
      get: (key) => {
        if (changes.has(key)) return changes.get(key);
        const row = this.#rows.get(key);
        if (row !== undefined || this.#rows.has(key)) return row;
        missing = key;
        throw rowNotRead;
      },
      put: (key, row) => {
        assertRow(key, row);
        changes.set(key, row);
      },
      delete: (key) => {
        changes.set(key, undefined);
      },
    };
    const failure = this.#tryApply(event, table);
    if (missing !== undefined) return { missing };
    if (failure !== undefined) return { failure };
    for (const [key, row] of changes) {
      this.#rows.set(key, row);
      this.#changed.add(key);
    }
    this.#applied += 1;
    return {};
  }

  #tryApply(event: AgentEvent, table: ProjectionTable): unknown {
    try {
      this.#projection.apply(event, table);
      return undefined;
    } catch (error) {
      return error ?? new Error("The projection threw nothing.");
    }
  }
}

function tryParse(stored: StoredEvent): { readonly parsed: AgentEvent } | { readonly failure: unknown } {
  try {
    return { parsed: parseEvent(stored) };
  } catch (failure) {
    return { failure };
  }
}

interface Attempt {
  /** The row that has to be read first. */
  readonly missing?: string;
  /** What the projection threw. */
  readonly failure?: unknown;
}

/** Ends an attempt. One for all of them: a stack for each row that is read would cost more than reading it. */
const rowNotRead = new Error("The row has not been read yet; the event is applied again once it has.");

function assertRow(key: string, row: JsonObject): void {
  if (key === "" || key.length > 500 || !key.isWellFormed()) {
    throw new AgentKitError("definition_invalid", "A projection's key has 1 to 500 characters of well-formed text.");
  }
  const problem = findJsonProblem(row);
  if (problem === undefined) return;
  throw new AgentKitError("definition_invalid", `JSON cannot carry the row '${key}' of a projection: it${problem}.`);
}
