import { AgentKitError, type AppendRequest, type AppendResult } from "@agentkit/core";
import { setImmediate } from "node:timers/promises";
import type { AppendOutcome } from "./append-writer.ts";

/** Commits several appends in one transaction, or throws with nothing written. */
export type CommitAppends = (requests: readonly AppendRequest[]) => Promise<readonly AppendOutcome[]>;

/** The most events in one transaction, so that a burst does not block the event loop. One append may have as many. */
const maxEventsPerCommit = 1_000;

/** The most appends that wait. More than that means that the disk does not keep up, and waiting longer helps nobody. */
const maxWaiting = 10_000;

interface WaitingAppend {
  readonly request: AppendRequest;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: appends made while another commit is under way, or in the same turn of the event loop, share the next
 * transaction and with it the cost of one fsync. Each is acknowledged after that transaction is on the disk.
 */
export class AppendQueue {
  readonly #commit: CommitAppends;
  #waiting: WaitingAppend[] = [];
  #draining: Promise<void> | undefined;

  constructor(commit: CommitAppends) {
    this.#commit = commit;
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    if (this.#waiting.length >= maxWaiting) {
      throw new AgentKitError("log_unavailable", `${maxWaiting} appends wait for the disk. Try again later.`, {
        retryable: true,
      });
    }
    const { promise, resolve, reject } = Promise.withResolvers<AppendResult>();
    this.#waiting.push({ request, resolve, reject });
    this.#draining ??= this.#drain();
    return promise;
  }

  /** Resolves when every append made so far is settled. */
  async settled(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Lets whoever is ready in this turn of the event loop join, and keeps timers and sockets alive between commits.
      await setImmediate();
      await this.#commitTogether(this.#takeBatch());
    }
    this.#draining = undefined;
  }

  #takeBatch(): readonly WaitingAppend[] {
    let events = 0;
    let count = 0;
    for (const { request } of this.#waiting) {
      events += request.events.length;
      if (events > maxEventsPerCommit) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #commitTogether(batch: readonly WaitingAppend[]): Promise<void> {
    try {
      const outcomes = await this.#commit(batch.map((append) => append.request));
      for (const [index, append] of batch.entries()) settle(append, outcomes[index]);
    } catch (error) {
      if (batch.length === 1) for (const append of batch) append.reject(error);
      // What one append is too large for may have room for the others: each gets its own answer.
      else for (const append of batch) await this.#commitTogether([append]);
    }
  }
}

function settle(append: WaitingAppend, outcome: AppendOutcome | undefined): void {
  if (outcome === undefined) append.reject(new AgentKitError("internal", "An append was committed without an outcome."));
  else if (AgentKitError.is(outcome)) append.reject(outcome);
  else append.resolve(outcome);
}
