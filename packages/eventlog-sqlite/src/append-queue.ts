import { AgentKitError, type AppendRequest, type AppendResult } from "@agentkit/core";
import { isBusy } from "@agentkit/sqlite";
import type { AppendOutcome } from "./append-writer.ts";
import { retryBusy } from "./retry-busy.ts";

/** What an {@link AppendQueue} works with. */
export interface AppendQueueOptions {
  /** Commits appends in one transaction, or throws with nothing written. */
  readonly commit: (requests: readonly AppendRequest[]) => readonly AppendOutcome[];
  /** Turns what SQLite reported into what the caller of an append is told. */
  readonly toError: (error: unknown) => unknown;
  /** How long a commit is tried again while another process holds the lock. */
  readonly busyTimeoutMs: number;
}

/** The most events in one transaction, so that a burst does not block the event loop. One append may have as many. */
const maxEventsPerCommit = 1_000;

/** The most appends that wait. More than that means that the disk does not keep up, and waiting longer helps nobody. */
const maxWaiting = 10_000;

/** How long commits may follow each other within one turn of the event loop. */
const turnMs = 5;

/** An append and the two ends of the promise that its caller holds. */
export interface WaitingAppend {
  readonly request: AppendRequest;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: appends made while another commit is under way, or in the same turn of the event loop, share the next
 * transaction and with it the cost of one fsync. Each is acknowledged after that transaction is on the disk.
 *
 * The usual path is written with callbacks: with a promise for each of its steps it took a third as long as the disk does.
 */
export class AppendQueue {
  readonly #options: AppendQueueOptions;
  readonly #waiting: WaitingAppend[] = [];
  #idleListeners: (() => void)[] = [];
  #active = false;
  #turnBegan = Number.NEGATIVE_INFINITY;

  constructor(options: AppendQueueOptions) {
    this.#options = options;
  }

  add(append: WaitingAppend): void {
    if (this.#waiting.length >= maxWaiting) {
      const message = `${maxWaiting} appends wait for the disk. Try again later.`;
      throw new AgentKitError("log_unavailable", message, { retryable: true });
    }
    this.#waiting.push(append);
    if (!this.#active) this.#schedule();
  }

  /** Resolves when every append made so far is settled. */
  async settled(): Promise<void> {
    if (this.#active) await new Promise<void>((resolve) => this.#idleListeners.push(resolve));
  }

  /**
   * Lets whoever else is ready join. Early in a turn of the event loop that is what its promises still lead to, so that
   * appends made one after the other do not each wait for another turn; after that it is the whole next turn, so that
   * timers and sockets have theirs and what they append is committed together.
   */
  #schedule(): void {
    this.#active = true;
    // nextTick runs when no promise is ready any more.
    if (performance.now() - this.#turnBegan < turnMs) process.nextTick(this.#flush);
    else setImmediate(this.#flushInNewTurn);
  }

  readonly #flushInNewTurn = (): void => {
    this.#turnBegan = performance.now();
    this.#flush();
  };

  readonly #flush = (): void => {
    const batch = this.#takeBatch();
    try {
      settle(batch, this.#options.commit(requestsOf(batch)));
    } catch (error) {
      // The one who waits for a lock does not hold up the event loop, only the appends behind it.
      void this.#recover(batch, error).then(() => this.#next());
      return;
    }
    this.#next();
  };

  #next(): void {
    if (this.#waiting.length > 0) {
      this.#schedule();
      return;
    }
    this.#active = false;
    const listeners = this.#idleListeners;
    this.#idleListeners = [];
    for (const listener of listeners) listener();
  }

  #takeBatch(): readonly WaitingAppend[] {
    let events = 0;
    let count = 0;
    for (const { request } of this.#waiting) {
      events += request.events.length;
      if (events > maxEventsPerCommit && count > 0) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Settles a batch whose commit failed; never throws. */
  async #recover(batch: readonly WaitingAppend[], failure: unknown): Promise<void> {
    if (isBusy(failure)) {
      await this.#commitLater(batch);
      return;
    }
    const [only] = batch;
    if (batch.length === 1) only?.reject(this.#options.toError(failure));
    // What one append is too large for may have room for the others: each gets its own answer.
    else for (const append of batch) await this.#commitLater([append]);
  }

  async #commitLater(batch: readonly WaitingAppend[]): Promise<void> {
    try {
      settle(batch, await retryBusy(() => this.#options.commit(requestsOf(batch)), this.#options.busyTimeoutMs));
    } catch (error) {
      for (const append of batch) append.reject(this.#options.toError(error));
    }
  }
}

function requestsOf(batch: readonly WaitingAppend[]): readonly AppendRequest[] {
  return batch.map((append) => append.request);
}

function settle(batch: readonly WaitingAppend[], outcomes: readonly AppendOutcome[]): void {
  outcomes.forEach((outcome, index) => {
    if (AgentKitError.is(outcome)) batch[index]?.reject(outcome);
    else batch[index]?.resolve(outcome);
  });
}
