import assert from "node:assert/strict";
import type { LeaseStore } from "../run/lease-store.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Contract, ContractCase, ContractHarness } from "./contract.ts";
import { fixedClock } from "./fixed-clock.ts";

/** What a lease store can do beyond the port. `multiProcess`: workers of several processes see each other's leases. */
export type LeaseStoreCapability = "multiProcess";

/** What {@link leaseStoreContract} needs of an adapter. */
export interface LeaseStoreHarness extends ContractHarness<LeaseStoreCapability> {
  /** Opens a store without leases that takes the time from this clock. */
  open(clock: Pick<Clock, "now">): Promise<LeaseStore>;
  /** Opens it a second time, as another process would. Needed where `multiProcess` is declared. */
  openBeside?(store: LeaseStore, clock: Pick<Clock, "now">): Promise<LeaseStore>;
}

type LeaseCase = ContractCase<LeaseStoreHarness, LeaseStoreCapability>;

const ttlMs = 30_000;

const cases: readonly LeaseCase[] = [
  {
    id: "acquire/one-holder",
    title: "grants a key to one holder at a time, and other keys to others",
    async run(harness) {
      const store = await harness.open(fixedClock());
      assert.equal(await store.acquire("a", "ada", ttlMs), true);
      assert.equal(await store.acquire("a", "bob", ttlMs), false);
      assert.equal(await store.acquire("b", "bob", ttlMs), true);
    },
  },
  {
    id: "acquire/race",
    title: "grants a key to one of many who ask at once",
    async run(harness) {
      const store = await harness.open(fixedClock());
      const holders = Array.from({ length: 20 }, (_value, index) => `worker-${index}`);
      const granted = await Promise.all(holders.map(async (holder) => store.acquire("a", holder, ttlMs)));
      assert.equal(granted.filter(Boolean).length, 1);
    },
  },
  {
    id: "acquire/renew",
    title: "grants its holder a key again, from then on for the whole time",
    async run(harness) {
      const clock = fixedClock();
      const store = await harness.open(clock);
      await store.acquire("a", "ada", ttlMs);
      clock.advance(ttlMs - 1);
      assert.equal(await store.acquire("a", "ada", ttlMs), true);
      clock.advance(ttlMs - 1);
      assert.equal(await store.acquire("a", "bob", ttlMs), false);
    },
  },
  {
    id: "acquire/expire",
    title: "grants a key to the next one when its time is up, and no more to the one who had it",
    async run(harness) {
      const clock = fixedClock();
      const store = await harness.open(clock);
      await store.acquire("a", "ada", ttlMs);
      clock.advance(ttlMs);
      assert.equal(await store.acquire("a", "bob", ttlMs), true);
      assert.equal(await store.acquire("a", "ada", ttlMs), false);
    },
  },
  {
    id: "last-holder/gone",
    title: "remembers who had a key until its time was up, and forgets who released it",
    async run(harness) {
      const clock = fixedClock();
      const store = await harness.open(clock);
      assert.equal(await store.lastHolder("a"), undefined);
      await store.acquire("a", "ada", ttlMs);
      assert.equal(await store.lastHolder("a"), "ada");
      clock.advance(ttlMs);
      assert.equal(await store.lastHolder("a"), "ada");
      await store.acquire("a", "bob", ttlMs);
      assert.equal(await store.lastHolder("a"), "bob");
      await store.release("a", "bob");
      assert.equal(await store.lastHolder("a"), undefined);
    },
  },
  {
    id: "acquire/clock-back",
    title: "takes a lease for over whose beginning is in the future",
    async run(harness) {
      const clock = fixedClock();
      const store = await harness.open(clock);
      await store.acquire("a", "ada", ttlMs);
      clock.advance(-3_600_000);
      assert.equal(await store.acquire("a", "bob", ttlMs), true);
    },
  },
  {
    id: "release/frees",
    title: "frees a key for the next one",
    async run(harness) {
      const store = await harness.open(fixedClock());
      await store.acquire("a", "ada", ttlMs);
      await store.release("a", "ada");
      assert.equal(await store.acquire("a", "bob", ttlMs), true);
    },
  },
  {
    id: "release/own-only",
    title: "leaves a key that is another's, and does nothing about one that nobody has",
    async run(harness) {
      const store = await harness.open(fixedClock());
      await store.release("a", "bob");
      await store.acquire("a", "ada", ttlMs);
      await store.release("a", "bob");
      assert.equal(await store.acquire("a", "bob", ttlMs), false);
    },
  },
  {
    id: "processes/share",
    title: "shows each process the leases of the others",
    capability: "multiProcess",
    async run(harness) {
      const clock = fixedClock();
      const store = await harness.open(clock);
      const beside = await harness.openBeside?.(store, clock);
      assert.ok(beside, "the harness declares multiProcess and has no openBeside");
      assert.equal(await store.acquire("a", "ada", ttlMs), true);
      assert.equal(await beside.acquire("a", "bob", ttlMs), false);
      await store.release("a", "ada");
      assert.equal(await beside.acquire("a", "bob", ttlMs), true);
      assert.equal(await store.acquire("a", "ada", ttlMs), false);
    },
  },
];

/**
 * Every guarantee of the {@link LeaseStore} port, one case each. Every implementation runs it with `runContract`.
 *
 * @example
 * ```ts
 * import { leaseStoreContract } from "@agentkit/core/testing";
 *
 * for (const { id, title } of leaseStoreContract.cases) console.log(id, title);
 * ```
 */
export const leaseStoreContract: Contract<LeaseStoreHarness, LeaseStoreCapability> = {
  name: "LeaseStore contract",
  cases,
};
