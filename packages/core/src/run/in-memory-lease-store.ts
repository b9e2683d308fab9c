import { systemClock } from "../runtime/clock.ts";
import type { Clock } from "../runtime/clock.ts";
import type { LeaseStore } from "./lease-store.ts";

/** Options of {@link createInMemoryLeaseStore}. */
export interface InMemoryLeaseStoreOptions {
  readonly clock?: Pick<Clock, "now">;
}

interface Lease {
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/**
 * Makes a lease store for the workers of one process: kits that share it leave each other's runs alone.
 *
 * @example
 * ```ts
 * import { createInMemoryLeaseStore } from "@agentkit/core";
 *
 * const leases = createInMemoryLeaseStore();
 * await leases.acquire("session-a", "worker-1", 30_000); // true
 * ```
 */
export function createInMemoryLeaseStore(options: InMemoryLeaseStoreOptions = {}): LeaseStore {
  const { clock = systemClock } = options;
  const leases = new Map<string, Lease>();
  return {
    async acquire(key, holder, ttlMs) {
      const now = clock.now();
      const held = leases.get(key);
      if (held !== undefined && held.holder !== holder && held.from <= now && now < held.until) return false;
      leases.set(key, { holder, from: now, until: now + ttlMs });
      return true;
    },
    async lastHolder(key) {
      return leases.get(key)?.holder;
    },
    async release(key, holder) {
      if (leases.get(key)?.holder === holder) leases.delete(key);
    },
  };
}
