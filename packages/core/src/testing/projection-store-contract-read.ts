import assert from "node:assert/strict";
import type { ListOptions, ProjectionStore } from "../projections/projection-store.ts";
import { activeTable, type ProjectionStoreCase, toCommit } from "./projection-store-contract-case.ts";

/** How rows are read. */
export const projectionStoreReadCases: readonly ProjectionStoreCase[] = [
  {
    id: "read/missing",
    title: "has no rows for keys and names that do not exist",
    async run(harness) {
      const store = await harness.open();
      assert.equal(await store.get("counts", "a"), undefined);
      const { table } = await activeTable(store);
      await store.commit(table, toCommit(0, { a: { n: 1 } }));
      assert.equal(await store.get("counts", "b"), undefined);
      assert.deepEqual(await store.list("other"), []);
      assert.deepEqual([...(await store.read(table, ["b", "a", "c"]))], [["a", { n: 1 }]]);
      assert.equal((await store.read(table, [])).size, 0);
    },
  },
  {
    id: "read/order",
    title: "lists rows in the order of their keys' UTF-8 bytes, both ways",
    async run(harness) {
      const store = await fill(harness.open(), [
        "b",
        "a/10",
        "a/2",
        "a",
        "é",
        "a/",
        "B",
        "\u{ff5e}",
        "\u{1f642}",
        "aa",
      ]);
      const ordered = ["B", "a", "a/", "a/10", "a/2", "aa", "b", "é", "\u{ff5e}", "\u{1f642}"];
      assert.deepEqual(await keysOf(store), ordered);
      assert.deepEqual(await keysOf(store, { direction: "backwards" }), ordered.toReversed());
    },
  },
  {
    id: "read/prefix",
    title: "lists only the keys with a prefix, which is plain text",
    async run(harness) {
      const store = await fill(harness.open(), ["a", "a/1", "a/2", "a0", "a%1", "a_1", "b/1"]);
      assert.deepEqual(await keysOf(store, { prefix: "a/" }), ["a/1", "a/2"]);
      assert.deepEqual(await keysOf(store, { prefix: "a%" }), ["a%1"]);
      assert.deepEqual(await keysOf(store, { prefix: "a_" }), ["a_1"]);
      assert.deepEqual(await keysOf(store, { prefix: "a/", direction: "backwards" }), ["a/2", "a/1"]);
      assert.deepEqual(await keysOf(store, { prefix: "c" }), []);
    },
  },
  {
    id: "read/pages",
    title: "pages by limit and after in both directions",
    async run(harness) {
      const keys = Array.from({ length: 9 }, (_, index) => `k/${index + 1}`);
      const store = await fill(harness.open(), ["j", ...keys, "l"]);
      for (const direction of ["forwards", "backwards"] as const) {
        const read: string[] = [];
        for (;;) {
          const after = read.at(-1);
          const page = await keysOf(store, {
            prefix: "k/",
            limit: 4,
            direction,
            ...(after !== undefined && { after }),
          });
          read.push(...page);
          if (page.length < 4) break;
        }
        assert.deepEqual(read, direction === "forwards" ? keys : keys.toReversed());
      }
      assert.deepEqual(await keysOf(store, { after: "k/35", limit: 1 }), ["k/4"]);
      assert.deepEqual(await keysOf(store, { limit: 0 }), []);
    },
  },
];

async function fill(opening: Promise<ProjectionStore>, keys: readonly string[]): Promise<ProjectionStore> {
  const store = await opening;
  const { table } = await activeTable(store);
  await store.commit(table, toCommit(0, Object.fromEntries(keys.map((key) => [key, { key }]))));
  return store;
}

async function keysOf(store: ProjectionStore, options?: ListOptions): Promise<readonly string[]> {
  const rows = await store.list("counts", options);
  for (const { key, row } of rows) assert.deepEqual(row, { key });
  return rows.map(({ key }) => key);
}
