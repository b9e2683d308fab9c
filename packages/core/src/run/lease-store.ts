/**
 * Says which worker drives what, so that others leave it alone.
 *
 * A lease only ever saves work. What makes two workers on one session harmless is that an append names the revision it
 * expects: whoever comes second gets `concurrency_conflict` and stops. A store may therefore lose every lease it gave, grant
 * one twice, fail or be silent; then work may be done twice, and nothing is recorded twice.
 *
 * An implementation grants a key to one holder at a time, for a time. A lease is over when it was released, when its time is
 * up, and when the clock shows a time before it was granted (the clock was set back, and would otherwise keep it for long).
 *
 * @example
 * ```ts
 * import { createInMemoryLeaseStore } from "@agentkit/core";
 *
 * const leases = createInMemoryLeaseStore();
 * await leases.acquire("session-a", "worker-1", 30_000); // true
 * await leases.acquire("session-a", "worker-2", 30_000); // false
 * ```
 */
export interface LeaseStore {
  /**
   * Grants the key to the holder from now on for `ttlMs` milliseconds, if it is free or the holder's own: so it is renewed.
   * `false` when another has it.
   */
  acquire(key: string, holder: string, ttlMs: number): Promise<boolean>;
  /**
   * Who has the key, or had it until its time was up without releasing it: a worker that is gone. `undefined` for a key that
   * is free otherwise.
   */
  lastHolder(key: string): Promise<string | undefined>;
  /** Frees the key if it is the holder's. */
  release(key: string, holder: string): Promise<void>;
}
