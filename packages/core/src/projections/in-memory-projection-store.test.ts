import { describe, it } from "vitest";
import { runContract } from "../testing/contract.ts";
import { projectionStoreContract } from "../testing/projection-store-contract.ts";
import { createInMemoryProjectionStore } from "./in-memory-projection-store.ts";

runContract(
  projectionStoreContract,
  {
    capabilities: { durable: false, multiProcess: false },
    open: async () => createInMemoryProjectionStore(),
    cleanUp: async () => undefined,
  },
  { describe, it },
);
