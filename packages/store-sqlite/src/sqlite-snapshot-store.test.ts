import type { SnapshotStore } from "@agentkit/core";
import { runContract, snapshotStoreContract } from "@agentkit/core/testing";
import { afterAll, describe, it } from "vitest";
import { createSqliteSnapshotStore } from "./sqlite-snapshot-store.ts";
import { temporaryPaths } from "./temporary-paths.test.support.ts";

const { newPath, removeAll } = temporaryPaths("snapshots");
const opened = new Map<SnapshotStore, string>();

function open(path: string): SnapshotStore {
  const store = createSqliteSnapshotStore({ path });
  opened.set(store, path);
  return store;
}

runContract(
  snapshotStoreContract,
  {
    capabilities: { durable: true },
    open: async () => open(newPath()),
    reopen: async (store) => open(opened.get(store) ?? ""),
    async cleanUp() {
      for (const store of opened.keys()) await store.close();
      opened.clear();
    },
  },
  { describe, it },
);

afterAll(removeAll);
