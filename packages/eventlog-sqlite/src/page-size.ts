import { type EventRow, rowSize } from "./event-reader.ts";

const smallestPage = 1;
const firstPage = 64;
const largestPage = 512;

/** The text a page may hold before the next one is made smaller, in characters. */
const maxCharacters = 2 ** 22;

/** Chooses how many events to read at once: many small ones for speed, few large ones to keep memory bounded. */
export class PageSize {
  #size = firstPage;

  /** The number of events to ask for when so many are still wanted. */
  limit(wanted: number): number {
    return Math.min(this.#size, wanted);
  }

  /** Learns from the rows of the page just read. */
  adapt(rows: readonly EventRow[]): void {
    const characters = rows.reduce((sum, row) => sum + rowSize(row), 0);
    if (characters > maxCharacters) this.#size = Math.max(smallestPage, Math.floor(this.#size / 4));
    else if (rows.length === this.#size && characters * 2 <= maxCharacters) {
      this.#size = Math.min(largestPage, this.#size * 2);
    }
  }
}
