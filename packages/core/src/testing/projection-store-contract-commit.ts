import assert from "node:assert/strict";
import { assertRejects } from "./event-log-contract-case.ts";
import {
  activeTable,
  checkpointAt,
  parkedEvent,
  type ProjectionStoreCase,
  toCommit,
} from "./projection-store-contract-case.ts";

/** What a commit changes, and when it must not. */
export const projectionStoreCommitCases: readonly ProjectionStoreCase[] = [
  {
    id: "commit/rows",
    title: "puts, replaces and deletes rows, and moves the checkpoint with them",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      await store.commit(table, toCommit(0, { a: { n: 1 }, b: { n: 1 } }, { events: 7 }));
      await store.commit(table, toCommit(1, { a: { n: 2 }, b: undefined, c: undefined }, { events: 3 }));
      assert.deepEqual(await store.list("counts"), [{ key: "a", row: { n: 2 } }]);
      const [state] = await store.tables();
      assert.deepEqual([state?.checkpoint, state?.revision, state?.events], [checkpointAt(2), 2, 10]);
    },
  },
  {
    id: "commit/json",
    title: "keeps any JSON object and any key as they are",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      const row = { text: "é 漢 🙂 \u0000 '\"", list: [null, true, { a: [] }], number: 5e-324, ["__proto__"]: 1 };
      const keys = ["'; DROP TABLE rows; --", "%_*?[", "é/漢/🙂", " ", "a\u0000b"];
      await store.commit(table, toCommit(0, Object.fromEntries(keys.map((key) => [key, row]))));
      for (const key of keys) assert.equal(JSON.stringify(await store.get("counts", key)), JSON.stringify(row), key);
      assert.equal((await store.read(table, keys)).size, keys.length);
    },
  },
  {
    id: "commit/copies",
    title: "is not changed by those who change what they gave or got",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      const given = { list: [1] };
      await store.commit(table, toCommit(0, { a: given }));
      given.list.push(2);
      const got = await store.get("counts", "a");
      assert.deepEqual(got, { list: [1] });
      Object.assign(got ?? {}, { list: [] });
      assert.deepEqual(await store.get("counts", "a"), { list: [1] });
    },
  },
  {
    id: "commit/stale",
    title: "refuses a commit that is based on another revision, and changes nothing",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      await store.commit(table, toCommit(0, { a: { n: 1 } }));
      for (const expected of [0, 2]) {
        const stale = toCommit(expected, { a: { n: 9 }, b: { n: 9 } }, { park: [parkedEvent(1)] });
        await assertRejects(store.commit(table, stale), "concurrency_conflict");
      }
      assert.deepEqual(await store.list("counts"), [{ key: "a", row: { n: 1 } }]);
      assert.deepEqual(await store.parked(table), []);
      assert.deepEqual((await store.tables())[0]?.checkpoint, checkpointAt(1));
    },
  },
  {
    id: "commit/parked",
    title: "keeps parked events in the order in which they were parked first",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      await store.commit(table, toCommit(0, {}, { park: [3, 1, 2].map((n) => parkedEvent(n)) }));
      await store.commit(table, toCommit(1, {}, { park: [parkedEvent(4), parkedEvent(3, "Again.")] }));
      await store.commit(table, toCommit(2, {}, { unpark: [parkedEvent(1).id, parkedEvent(9).id] }));
      const expected = [parkedEvent(3, "Again."), parkedEvent(2), parkedEvent(4)];
      assert.deepEqual(await store.parked(table), expected);
      assert.equal((await store.tables())[0]?.parked, 3);
    },
  },
  {
    id: "commit/skipped",
    title:
      "remembers what was given up for a version of a projection, whichever of its tables it was parked in, until it is not",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      await store.commit(table, toCommit(0, {}, { park: [3, 1, 2].map((n) => parkedEvent(n)) }));
      await store.commit(table, toCommit(1, {}, { skip: [parkedEvent(3)] }));
      await store.commit(table, toCommit(2, {}, { skip: [parkedEvent(1), parkedEvent(3)] }));
      assert.deepEqual(await store.parked(table), [parkedEvent(2)]);
      await store.activate((await store.create("counts", 1)).table, table);
      assert.deepEqual(await store.skipped("counts", 1), [parkedEvent(3), parkedEvent(1)]);
      assert.deepEqual(await store.skipped("counts", 2), []);
      assert.deepEqual(await store.skipped("other", 1), []);
      const [active] = await store.tables();
      assert.ok(active !== undefined);
      await store.commit(active.table, toCommit(0, {}, { unskip: [parkedEvent(3).id, parkedEvent(9).id] }));
      assert.deepEqual(await store.skipped("counts", 1), [parkedEvent(1)]);
    },
  },
  {
    id: "commit/no-checkpoint",
    title: "keeps a table whose projection has seen no event",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      await store.commit(table, toCommit(0, {}, { checkpoint: undefined, events: 0 }));
      const [state] = await store.tables();
      assert.deepEqual([state?.checkpoint, state?.revision], [undefined, 1]);
    },
  },
  {
    id: "commit/reopen",
    title: "holds after reopening what was committed before",
    capability: "durable",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      await store.commit(table, toCommit(0, { a: { n: 1 } }, { park: [1, 2].map((n) => parkedEvent(n)) }));
      await store.commit(table, toCommit(1, {}, { skip: [parkedEvent(2)] }));
      const before = await store.tables();
      await store.close();
      assert.ok(harness.reopen !== undefined, "the harness declares 'durable' and has no reopen");
      const reopened = await harness.reopen(store);
      assert.deepEqual(await reopened.tables(), before);
      assert.deepEqual(await reopened.get("counts", "a"), { n: 1 });
      assert.deepEqual(await reopened.parked(table), [parkedEvent(1)]);
      assert.deepEqual(await reopened.skipped("counts", 1), [parkedEvent(2)]);
    },
  },
  {
    id: "commit/beside",
    title: "lets one of two handles win each commit",
    capability: "multiProcess",
    async run(harness) {
      const store = await harness.open();
      const { table } = await activeTable(store);
      assert.ok(harness.openBeside !== undefined, "the harness declares 'multiProcess' and has no openBeside");
      const handles = [store, await harness.openBeside(store)];
      for (let revision = 0; revision < 20; revision += 1) {
        const commits = handles.map(async (handle, n) => handle.commit(table, toCommit(revision, { a: { n } })));
        const outcomes = await Promise.allSettled(commits);
        assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
      }
      const states = await Promise.all(handles.map(async (handle) => handle.tables()));
      assert.deepEqual(states[0], states[1]);
      assert.equal(states[0]?.[0]?.revision, 20);
    },
  },
];
