import { describe, it } from "vitest";
import { runContract } from "../testing/contract.ts";
import { snapshotStoreContract } from "../testing/snapshot-store-contract.ts";
import { createInMemorySnapshotStore } from "./in-memory-snapshot-store.ts";

runContract(
  snapshotStoreContract,
  {
    capabilities: { durable: false },
    open: async () => createInMemorySnapshotStore(),
    cleanUp: async () => undefined,
  },
  { describe, it },
);
