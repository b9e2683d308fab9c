import { type AgentKitError, type AppendRequest, type AppendResult, eventLogErrors } from "@agentkit/core";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { toPosition } from "./position.ts";
import { isUniqueViolation } from "./sqlite-error.ts";

/** What became of one append of a transaction: its result, or the conflict that it met. */
export type AppendOutcome = AppendResult | AgentKitError;

/** Writes appends, each all or nothing, in one transaction. */
export class AppendWriter {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #rollBackTo: StatementSync;
  readonly #insert: StatementSync;
  readonly #head: StatementSync;
  readonly #place: StatementSync;
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#savepoint = database.prepare("SAVEPOINT append");
    this.#release = database.prepare("RELEASE append");
    this.#rollBackTo = database.prepare("ROLLBACK TO append");
    this.#insert = database.prepare(
      "INSERT INTO events (stream, revision, id, type, version, time, data, meta) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#head = database.prepare("SELECT max(revision) AS revision FROM events WHERE stream = ?");
    this.#place = database.prepare(
      "SELECT id, position FROM events WHERE stream = ? AND revision BETWEEN ? AND ? ORDER BY revision",
    );
  }

  /** Returns the outcomes in order, after the transaction was committed. Throws SQLite's error, with nothing written. */
  write(requests: readonly AppendRequest[]): readonly AppendOutcome[] {
    this.#begin.run();
    try {
      const outcomes = requests.map((request) => this.#append(request));
      this.#commit.run();
      return outcomes;
    } catch (error) {
      // A full disk has SQLite roll back by itself.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #append(request: AppendRequest): AppendOutcome {
    const revision = this.#head.get(request.stream)?.["revision"];
    const head = typeof revision === "number" ? revision : -1;
    if (head !== request.expectedHead) return this.#recognise(request, head);
    if (request.events.length === 1) return this.#insertAll(request) ?? eventLogErrors.idTaken(request);

    this.#savepoint.run();
    const result = this.#insertAll(request);
    if (result === undefined) this.#rollBackTo.run();
    this.#release.run();
    return result ?? eventLogErrors.idTaken(request);
  }

  /** Inserts the events in order; stops at the first whose id is taken, and returns undefined. */
  #insertAll({ stream, expectedHead, events }: AppendRequest): AppendResult | undefined {
    let revision = expectedHead;
    let position: number | bigint = 0;
    try {
      for (const { id, type, version, time, data, meta } of events) {
        revision += 1;
        position = this.#insert.run(stream, revision, id, type, version, time, data, meta).lastInsertRowid;
      }
    } catch (error) {
      if (isUniqueViolation(error)) return undefined;
      throw error;
    }
    return { revision, position: toPosition(Number(position)), duplicate: false };
  }

  /** Answers an append at another revision than the stream's: a repetition of what is there, or a conflict. */
  #recognise(request: AppendRequest, head: number): AppendOutcome {
    const first = request.expectedHead + 1;
    const last = request.expectedHead + request.events.length;
    const rows = this.#place.all(request.stream, first, last);
    const position = rows.at(-1)?.["position"];
    const same =
      rows.length === request.events.length && rows.every((row, index) => row["id"] === request.events[index]?.id);
    if (!same || typeof position !== "number") return eventLogErrors.conflict(request, head);
    return { revision: last, position: toPosition(position), duplicate: true };
  }
}
