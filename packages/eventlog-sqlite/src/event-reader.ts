import { AgentKitError, type EventFilter, type StoredEvent, toStoredEvent } from "@agentkit/core";
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { toPosition } from "./position.ts";

/** An event as SQLite returned it: an array in the order of {@link columns}, decoded when it is wanted. */
export type EventRow = Readonly<Record<number, SQLOutputValue>>;

/** Places `from` to `to`, inclusive, in the direction in which they are read: `from > to` reads backwards. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly backwards: boolean;
}

/** What one query found. */
export interface Page {
  readonly rows: readonly EventRow[];
  /** The last place that was looked at. */
  readonly reached: number;
}

const columns = "stream, revision, position, id, type, version, time, data, meta";

/** How many positions one filtered query looks at, at most: a filter that passes nothing must not block for long. */
const window = 2_048;

/** Reads a log page by page. Each query is complete when it returns, so no reader holds up a checkpoint. */
export class EventReader {
  readonly #database: DatabaseSync;
  readonly #lastPosition: StatementSync;
  readonly #head: StatementSync;
  readonly #stream: Directions;
  readonly #all: Directions;
  readonly #types: Directions;
  #isDeleted: StatementSync | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    // Not the last row's: it may be deleted, and who has seen it goes on behind it.
    this.#lastPosition = database.prepare("SELECT seq AS value FROM sqlite_sequence WHERE name = 'events'");
    this.#head = database.prepare("SELECT max(revision) AS value FROM events WHERE stream = ?");
    this.#stream = prepareBoth(
      database,
      (order) =>
        `SELECT ${columns} FROM events WHERE stream = ? AND revision BETWEEN ? AND ? ORDER BY revision ${order} LIMIT ?`,
    );
    this.#all = prepareBoth(
      database,
      (order) =>
        `SELECT ${columns} FROM events WHERE position BETWEEN ?1 AND ?2 AND substr(stream, 1, length(?3)) = ?3
         ORDER BY position ${order} LIMIT ?4`,
    );
    // The inner query sorts numbers from the index on type; only what it keeps is read as a whole.
    this.#types = prepareBoth(
      database,
      (order) =>
        `SELECT ${columns} FROM events WHERE position IN (
           SELECT position FROM events WHERE type IN (SELECT value FROM json_each(?5))
             AND position BETWEEN ?1 AND ?2 AND substr(stream, 1, length(?3)) = ?3
           ORDER BY position ${order} LIMIT ?4
         ) ORDER BY position ${order}`,
    );
  }

  /** The last position given out, 0 for a log that never had an event. */
  lastPosition(): number {
    return toNumber(this.#lastPosition.get()?.["value"]) ?? 0;
  }

  /** The revision of a stream's last event. */
  head(stream: string): number | undefined {
    return toNumber(this.#head.get(stream)?.["value"]);
  }

  /** Whether a stream that has no events was deleted. */
  isDeleted(stream: string): boolean {
    // A log of format 1 that is only read has no such table, until another process upgrades it.
    if (this.#isDeleted === undefined) {
      const table = this.#database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'deleted_streams'").get();
      if (table === undefined) return false;
    }
    this.#isDeleted ??= this.#database.prepare("SELECT 1 FROM deleted_streams WHERE stream = ?");
    return this.#isDeleted.get(stream) !== undefined;
  }

  /** The events of a stream at the revisions of a range. */
  streamPage(stream: string, range: Range, limit: number): Page {
    const [low, high] = range.backwards ? [range.to, range.from] : [range.from, range.to];
    const rows = pick(this.#stream, range).all(stream, low, high, limit);
    return { rows, reached: rows.length < limit ? range.to : revisionOf(rows.at(-1)) };
  }

  /** The events at the positions of a range that pass a filter. */
  allPage(range: Range, filter: EventFilter, limit: number): Page {
    const end = range.backwards
      ? Math.max(range.from - window + 1, range.to)
      : Math.min(range.from + window - 1, range.to);
    const [low, high] = range.backwards ? [end, range.from] : [range.from, end];
    const prefix = filter.streamPrefix ?? "";
    const rows =
      filter.types === undefined
        ? pick(this.#all, range).all(low, high, prefix, limit)
        : pick(this.#types, range).all(low, high, prefix, limit, JSON.stringify(filter.types));
    return { rows, reached: rows.length < limit ? end : positionOf(rows.at(-1)) };
  }
}

/** Reads an event from its row. */
export function toEvent(row: EventRow): StoredEvent {
  return toStoredEvent(
    {
      id: text(row[3]),
      type: text(row[4]),
      version: number(row[5]),
      time: text(row[6]),
      data: text(row[7]),
      meta: text(row[8]),
    },
    { stream: text(row[0]), revision: number(row[1]), position: toPosition(number(row[2])) },
  );
}

/** About how much memory a row takes, in characters. */
export function rowSize(row: EventRow): number {
  return text(row[7]).length + text(row[8]).length;
}

interface Directions {
  readonly forwards: StatementSync;
  readonly backwards: StatementSync;
}

function prepareBoth(database: DatabaseSync, sql: (order: "ASC" | "DESC") => string): Directions {
  const directions = { forwards: database.prepare(sql("ASC")), backwards: database.prepare(sql("DESC")) };
  // Rows as arrays are read at nearly twice the speed of rows as objects.
  directions.forwards.setReturnArrays(true);
  directions.backwards.setReturnArrays(true);
  return directions;
}

function pick(directions: Directions, range: Range): StatementSync {
  return range.backwards ? directions.backwards : directions.forwards;
}

function revisionOf(row: EventRow | undefined): number {
  return number(row?.[1]);
}

function positionOf(row: EventRow | undefined): number {
  return number(row?.[2]);
}

function toNumber(value: SQLOutputValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function text(value: SQLOutputValue | undefined): string {
  if (typeof value === "string") return value;
  throw corruptRow();
}

function number(value: SQLOutputValue | undefined): number {
  if (typeof value === "number") return value;
  throw corruptRow();
}

function corruptRow(): AgentKitError {
  return new AgentKitError("log_corrupt", "The log holds a row that is no event. Restore the log from a backup.");
}
