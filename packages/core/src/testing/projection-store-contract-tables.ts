import assert from "node:assert/strict";
import { assertRejects } from "./event-log-contract-case.ts";
import {
  activeTable,
  checkpointAt,
  parkedEvent,
  type ProjectionStoreCase,
  toCommit,
} from "./projection-store-contract-case.ts";

/** How tables come, are switched, and go. */
export const projectionStoreTableCases: readonly ProjectionStoreCase[] = [
  {
    id: "tables/capabilities",
    title: "declares the capabilities its harness declares",
    async run(harness) {
      assert.deepEqual((await harness.open()).capabilities, harness.capabilities);
    },
  },
  {
    id: "tables/create",
    title: "makes an empty table that nobody reads yet",
    async run(harness) {
      const store = await harness.open();
      const state = await store.create("counts", 3);
      const { table, ...rest } = state;
      const empty = {
        name: "counts",
        version: 3,
        active: false,
        checkpoint: undefined,
        revision: 0,
        events: 0,
        parked: 0,
        rebuild: undefined,
      };
      assert.deepEqual(rest, empty);
      assert.deepEqual(await store.tables(), [state]);
      await store.commit(table, toCommit(0, { a: { n: 1 } }));
      assert.equal(await store.get("counts", "a"), undefined);
      assert.deepEqual(await store.list("counts"), []);
    },
  },
  {
    id: "tables/several",
    title: "keeps tables of several names and versions apart",
    async run(harness) {
      const store = await harness.open();
      const [counts, other] = [await activeTable(store), await activeTable(store, "other")];
      const next = await store.create("counts", 2);
      await store.commit(counts.table, toCommit(0, { a: { n: 1 } }));
      await store.commit(other.table, toCommit(0, { a: { n: 2 } }));
      await store.commit(next.table, toCommit(0, { a: { n: 3 } }));
      assert.deepEqual(await store.get("counts", "a"), { n: 1 });
      assert.deepEqual(await store.get("other", "a"), { n: 2 });
      assert.deepEqual((await store.read(next.table, ["a"])).get("a"), { n: 3 });
      assert.equal(new Set((await store.tables()).map(({ table }) => table)).size, 3);
    },
  },
  {
    id: "tables/activate",
    title: "switches from one table to another in one step, and drops the one that is replaced",
    async run(harness) {
      const store = await harness.open();
      const old = await activeTable(store);
      await store.commit(old.table, toCommit(0, { a: { n: 1 }, b: { n: 1 } }, { park: [parkedEvent(1)] }));
      const next = await store.create("counts", 2);
      await store.commit(next.table, toCommit(0, { a: { n: 2 } }));
      await store.activate(next.table, old.table);
      assert.deepEqual(await store.list("counts"), [{ key: "a", row: { n: 2 } }]);
      assert.deepEqual(await store.tables(), [
        { ...next, active: true, checkpoint: checkpointAt(1), revision: 1, events: 1 },
      ]);
      await assertRejects(store.commit(old.table, toCommit(1, { a: { n: 9 } })), "concurrency_conflict");
    },
  },
  {
    id: "tables/activate-race",
    title: "lets one of two who replace the same table win",
    async run(harness) {
      const store = await harness.open();
      const old = await activeTable(store);
      const [left, right] = [await store.create("counts", 2), await store.create("counts", 2)];
      await store.activate(left.table, old.table);
      await assertRejects(store.activate(right.table, old.table), "concurrency_conflict");
      await assertRejects(store.activate(right.table, undefined), "concurrency_conflict");
      assert.deepEqual((await store.tables()).find(({ active }) => active)?.table, left.table);
    },
  },
  {
    id: "tables/activate-begun",
    title: "drops what was begun beside the table that becomes active, except of a newer version or by a rebuild",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      const begun = await store.create("counts", 1);
      const newer = await store.create("counts", 3);
      const rebuilt = await store.create("counts", 2, { rebuild: true });
      const other = await store.create("other", 1);
      const next = await store.create("counts", 2);
      await store.activate(next.table, table);
      const left = (await store.tables()).map((state) => state.table);
      assert.deepEqual(
        left,
        [newer, rebuilt, other, next].map((state) => state.table),
      );
      await assertRejects(store.commit(begun.table, toCommit(0, {})), "concurrency_conflict");
    },
  },
  {
    id: "tables/rebuild",
    title: "refuses a rebuild while another one of the name runs, until that is active or dropped",
    async run(harness) {
      const store = await harness.open();
      const old = await activeTable(store);
      const first = await store.create("counts", 1, { rebuild: true });
      assert.equal(first.rebuild, "running");
      await store.commit(first.table, toCommit(0, { a: { n: 1 } }));
      assert.equal((await store.tables()).find(({ table }) => table === first.table)?.rebuild, "running");
      await assertRejects(store.create("counts", 1, { rebuild: true }), "projection_rebuild_running");
      await assertRejects(store.create("counts", 2, { rebuild: true }), "projection_rebuild_running");
      await store.drop((await store.create("other", 1, { rebuild: true })).table);
      await store.activate(first.table, old.table);
      assert.deepEqual(
        (await store.tables()).map(({ table, rebuild }) => [table, rebuild]),
        [[first.table, undefined]],
      );
      await store.drop((await store.create("counts", 1, { rebuild: true })).table);
      await store.create("counts", 1, { rebuild: true });
    },
  },
  {
    id: "tables/drop",
    title: "removes a table for good, and never gives its name to another",
    async run(harness) {
      const store = await harness.open();
      const { table } = await store.create("counts", 1);
      await store.commit(table, toCommit(0, { a: { n: 1 } }, { park: [parkedEvent(1)] }));
      await store.drop(table);
      await store.drop(table);
      assert.deepEqual(await store.tables(), []);
      await assertRejects(store.commit(table, toCommit(1, {})), "concurrency_conflict");
      const next = await store.create("counts", 1);
      assert.notEqual(next.table, table);
      assert.equal((await store.read(next.table, ["a"])).size, 0);
      assert.deepEqual(await store.parked(next.table), []);
    },
  },
  {
    id: "tables/closed",
    title: "throws store_closed from every call after close, which may be repeated",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      await store.close();
      await store.close();
      await assertRejects(store.tables(), "store_closed");
      await assertRejects(store.create("counts", 1), "store_closed");
      await assertRejects(store.commit(table, toCommit(0, {})), "store_closed");
      await assertRejects(store.read(table, ["a"]), "store_closed");
      await assertRejects(store.get("counts", "a"), "store_closed");
      await assertRejects(store.list("counts"), "store_closed");
      await assertRejects(store.parked(table), "store_closed");
      await assertRejects(store.skipped("counts", 1), "store_closed");
    },
  },
];
