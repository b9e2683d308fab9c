import { EventEmitter, once } from "node:events";

const shortestPollMs = 5;
const longestPollMs = 100;

/**
 * Tells subscriptions that the log has moved on: at once after an append of this process, and by looking for those of
 * others, often while there are some and ever less often while there are none. It looks only while somebody waits.
 */
export class HeadWatch {
  readonly #readHead: () => number;
  readonly #bell = new EventEmitter().setMaxListeners(0);
  #moves = 0;
  #head = 0;
  #pollMs = shortestPollMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(readHead: () => number) {
    this.#readHead = readHead;
  }

  /** Counts the moves seen so far. Take it before reading the log's end, and wait for it to change. */
  get moves(): number {
    return this.#moves;
  }

  /** Says that the log may have moved on. */
  notify(): void {
    this.#moves += 1;
    this.#bell.emit("moved");
  }

  /** Waits until there were more moves than these, or until the signal fires. */
  async changed(moves: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#moves !== moves || signal?.aborted === true) return;
    this.#timer ??= setTimeout(() => this.#poll(), this.#pollMs);
    // An abort ends the wait like a move does: the subscription looks for itself.
    await once(this.#bell, "moved", signal === undefined ? {} : { signal }).catch(() => undefined);
    if (this.#bell.listenerCount("moved") === 0) this.#stop();
  }

  #poll(): void {
    const head = this.#tryReadHead();
    if (head === this.#head) {
      this.#pollMs = Math.min(this.#pollMs * 2, longestPollMs);
    } else {
      this.#head = head;
      this.#pollMs = shortestPollMs;
      this.notify();
    }
    this.#timer = setTimeout(() => this.#poll(), this.#pollMs);
  }

  #tryReadHead(): number {
    try {
      return this.#readHead();
    } catch {
      // NaN is no head that was seen before: the subscriptions wake up, read, and meet the error themselves.
      return Number.NaN;
    }
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
