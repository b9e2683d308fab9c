import { AgentKitError, type AppendRequest, type AppendResult, eventLogErrors } from "@agentkit/core";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { toPosition } from "./position.ts";
import { isNotNullViolation, isUniqueViolation } from "./sqlite-error.ts";

/** What became of one append of a transaction: its result, or the conflict that it met. */
export type AppendOutcome = AppendResult | AgentKitError;

const insertInto = "INSERT INTO events (stream, revision, id, type, version, time, data, meta)";

/** Writes appends, each all or nothing, in one transaction. */
export class AppendWriter {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #rollBackTo: StatementSync;
  readonly #insertFirst: StatementSync;
  readonly #insertNext: StatementSync;
  readonly #head: StatementSync;
  readonly #place: StatementSync;
  readonly #isDeleted: StatementSync;
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#savepoint = database.prepare("SAVEPOINT append");
    this.#release = database.prepare("RELEASE append");
    this.#rollBackTo = database.prepare("ROLLBACK TO append");
    // The first event of an append checks the stream's head on its way in: at another revision than the next one it
    // would have none, which the column refuses. One statement takes half the time of a query and an insert. Only an
    // append that begins a stream can meet a deleted one: any other expects events there.
    this.#insertFirst = database.prepare(
      `${insertInto} VALUES (
         ?1,
         CASE WHEN coalesce((SELECT max(revision) FROM events WHERE stream = ?1), -1) = ?2 - 1
                AND (?2 > 0 OR NOT EXISTS (SELECT 1 FROM deleted_streams WHERE stream = ?1)) THEN ?2 END,
         ?3, ?4, ?5, ?6, ?7, ?8
       )`,
    );
    this.#insertNext = database.prepare(`${insertInto} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#head = database.prepare("SELECT max(revision) AS revision FROM events WHERE stream = ?");
    this.#place = database.prepare(
      "SELECT id, position FROM events WHERE stream = ? AND revision BETWEEN ? AND ? ORDER BY revision",
    );
    this.#isDeleted = database.prepare("SELECT 1 FROM deleted_streams WHERE stream = ?");
  }

  /** Returns the outcomes in order, after the transaction was committed. Throws SQLite's error, with nothing written. */
  write(requests: readonly AppendRequest[]): readonly AppendOutcome[] {
    const [only] = requests;
    // One event is one statement, which is a transaction by itself.
    if (only?.events.length === 1 && requests.length === 1) return [this.#insert(only)];
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
    // A statement that fails leaves nothing behind; only several need a place to go back to.
    if (request.events.length === 1) return this.#insert(request);
    this.#savepoint.run();
    const outcome = this.#insert(request);
    if (AgentKitError.is(outcome)) this.#rollBackTo.run();
    this.#release.run();
    return outcome;
  }

  #insert(request: AppendRequest): AppendOutcome {
    let statement = this.#insertFirst;
    let revision = request.expectedHead;
    let position: number | bigint = 0;
    try {
      for (const { id, type, version, time, data, meta } of request.events) {
        revision += 1;
        position = statement.run(request.stream, revision, id, type, version, time, data, meta).lastInsertRowid;
        statement = this.#insertNext;
      }
    } catch (error) {
      if (isUniqueViolation(error)) return eventLogErrors.idTaken(request);
      if (isNotNullViolation(error)) return this.#recognise(request);
      throw error;
    }
    return { revision, position: toPosition(Number(position)), duplicate: false };
  }

  /** Answers an append at another revision than the stream's: a repetition of what is there, or a conflict. */
  #recognise(request: AppendRequest): AppendOutcome {
    if (this.#isDeleted.get(request.stream) !== undefined) return eventLogErrors.streamDeleted(request.stream);
    const first = request.expectedHead + 1;
    const last = request.expectedHead + request.events.length;
    const rows = this.#place.all(request.stream, first, last);
    const position = rows.at(-1)?.["position"];
    const same =
      rows.length === request.events.length && rows.every((row, index) => row["id"] === request.events[index]?.id);
    if (!same || typeof position !== "number") return eventLogErrors.conflict(request, this.#headOf(request.stream));
    return { revision: last, position: toPosition(position), duplicate: true };
  }

  #headOf(stream: string): number {
    const revision = this.#head.get(stream)?.["revision"];
    return typeof revision === "number" ? revision : -1;
  }
}
