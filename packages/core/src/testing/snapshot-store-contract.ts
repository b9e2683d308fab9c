import assert from "node:assert/strict";
import { contentHash } from "../json/content-hash.ts";
import type { Snapshot, SnapshotStore, SnapshotStoreCapabilities } from "../snapshots/snapshot-store.ts";
import type { Contract, ContractCase, ContractHarness } from "./contract.ts";
import { assertRejects, testEventId } from "./event-log-contract-case.ts";

/** What {@link snapshotStoreContract} needs of an adapter. */
export interface SnapshotStoreHarness extends ContractHarness<keyof SnapshotStoreCapabilities> {
  /** Opens a store that is empty. */
  open(): Promise<SnapshotStore>;
  /** Opens what `store` holds once more. Needed where `durable` is declared. */
  reopen?(store: SnapshotStore): Promise<SnapshotStore>;
}

const cases: readonly ContractCase<SnapshotStoreHarness, keyof SnapshotStoreCapabilities>[] = [
  {
    id: "snapshots/capabilities",
    title: "declares the capabilities its harness declares",
    async run(harness) {
      assert.deepEqual((await harness.open()).capabilities, harness.capabilities);
    },
  },
  {
    id: "snapshots/newest",
    title: "returns the snapshot that was written last, each session's own",
    async run(harness) {
      const store = await harness.open();
      assert.equal(await store.read("a"), undefined);
      await store.write(snapshotOf("a", 7));
      await store.write(snapshotOf("b", 8));
      await store.write(snapshotOf("a", 3));
      assert.deepEqual(await store.read("a"), snapshotOf("a", 3));
      assert.deepEqual(await store.read("b"), snapshotOf("b", 8));
    },
  },
  {
    id: "snapshots/any-text",
    title: "keeps any text of a state, long ones too",
    async run(harness) {
      const store = await harness.open();
      const snapshot = { ...snapshotOf("a", 1), state: "é 漢 🙂 \u0000 '".repeat(100_000) };
      await store.write(snapshot);
      assert.deepEqual(await store.read("a"), snapshot);
    },
  },
  {
    id: "snapshots/delete",
    title: "removes a session's snapshot",
    async run(harness) {
      const store = await harness.open();
      await store.write(snapshotOf("a", 1));
      await store.write(snapshotOf("b", 1));
      await store.delete("a");
      await store.delete("a");
      assert.equal(await store.read("a"), undefined);
      assert.deepEqual(await store.read("b"), snapshotOf("b", 1));
    },
  },
  {
    id: "snapshots/reopen",
    title: "holds after reopening what was written before",
    capability: "durable",
    async run(harness) {
      const store = await harness.open();
      await store.write(snapshotOf("a", 1));
      await store.close();
      assert.ok(harness.reopen !== undefined, "the harness declares 'durable' and has no reopen");
      assert.deepEqual(await (await harness.reopen(store)).read("a"), snapshotOf("a", 1));
    },
  },
  {
    id: "snapshots/closed",
    title: "throws store_closed from every call after close, which may be repeated",
    async run(harness) {
      const store = await harness.open();
      await store.close();
      await store.close();
      await assertRejects(store.read("a"), "store_closed");
      await assertRejects(store.write(snapshotOf("a", 1)), "store_closed");
      await assertRejects(store.delete("a"), "store_closed");
    },
  },
];

/**
 * Every guarantee of the {@link SnapshotStore} port, one case each. Every implementation runs it with `runContract`.
 *
 * @example
 * ```ts
 * import { snapshotStoreContract } from "@agentkit/core/testing";
 *
 * for (const { id, title } of snapshotStoreContract.cases) console.log(id, title);
 * ```
 */
export const snapshotStoreContract: Contract<SnapshotStoreHarness, keyof SnapshotStoreCapabilities> = {
  name: "SnapshotStore contract",
  cases,
};

function snapshotOf(session: string, revision: number): Snapshot {
  const state = `{"session":"${session}"}`;
  return { session, revision, eventId: testEventId(revision), codeVersion: 1, state, checksum: contentHash(state) };
}
