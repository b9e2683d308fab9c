import { type DeleteRequest, eventLogErrors } from "@agentkit/core";
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Deletes streams, so that nothing of their events is left in the log's files. */
export class StreamEraser {
  readonly #database: DatabaseSync;
  readonly #isDeleted: StatementSync;
  readonly #head: StatementSync;
  readonly #erase: StatementSync;
  readonly #remember: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#isDeleted = database.prepare("SELECT 1 FROM deleted_streams WHERE stream = ?");
    this.#head = database.prepare("SELECT max(revision) AS revision FROM events WHERE stream = ?");
    this.#erase = database.prepare("DELETE FROM events WHERE stream = ?");
    this.#remember = database.prepare("INSERT INTO deleted_streams VALUES (?)");
  }

  /** Returns when the deletion is committed. Throws with nothing changed. */
  delete(request: DeleteRequest): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      this.#deleteUnderLock(request);
      this.#database.exec("COMMIT");
    } catch (error) {
      // A full disk has SQLite roll back by itself.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
    // The write-ahead log holds pages as they were before. Where somebody reads them at this very moment they are left to
    // the next checkpoint, or to a repetition of the deletion.
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  #deleteUnderLock({ stream, expectedHead }: DeleteRequest): void {
    if (this.#isDeleted.get(stream) !== undefined) return;
    const head = this.#head.get(stream)?.["revision"];
    if (typeof head !== "number") throw eventLogErrors.streamNotFound(stream);
    if (head !== expectedHead) throw eventLogErrors.conflict({ stream, expectedHead }, head);
    this.#erase.run(stream);
    this.#remember.run(stream);
  }
}
