import type { StoredEvent } from "@agentkit/core";
import { type EventRow, toEvent } from "./event-reader.ts";

type Result = IteratorResult<StoredEvent, undefined>;

/**
 * Hands out the events of pages one by one. Written out rather than as a generator: an event of a page that is there costs
 * one settled promise, and in a long session that is most of what a read adds to SQLite and JSON.
 */
export class EventsOfPages implements AsyncIterableIterator<StoredEvent, undefined> {
  readonly #pages: AsyncGenerator<readonly EventRow[], void>;
  readonly #assertReadable: () => void;
  #rows: readonly EventRow[] = [];
  #index = 0;
  #turning: Promise<Result> | undefined;

  /** @param assertReadable Throws when the read must not go on. */
  constructor(pages: AsyncGenerator<readonly EventRow[], void>, assertReadable: () => void) {
    this.#pages = pages;
    this.#assertReadable = assertReadable;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    // Who asks while a page is on its way comes after those who asked before.
    while (this.#turning !== undefined) await this.#turning.catch(() => undefined);
    const row = this.#rows[this.#index];
    if (row !== undefined) return this.#take(row);
    this.#turning = this.#turnPage();
    try {
      return await this.#turning;
    } finally {
      this.#turning = undefined;
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#rows = [];
    await this.#pages.return();
    return { done: true, value: undefined };
  }

  async #turnPage(): Promise<Result> {
    const { done, value } = await this.#pages.next();
    if (done === true) return { done, value: undefined };
    this.#rows = value;
    this.#index = 0;
    const [first] = value;
    return first === undefined ? this.#turnPage() : this.#take(first);
  }

  #take(row: EventRow): Result {
    try {
      this.#assertReadable();
      this.#index += 1;
      return { done: false, value: toEvent(row) };
    } catch (error) {
      // What was refused once is not read on.
      void this.return();
      throw error;
    }
  }
}
