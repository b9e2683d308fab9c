import { describe, it } from "vitest";
import { runContract } from "../testing/contract.ts";
import { leaseStoreContract } from "../testing/lease-store-contract.ts";
import { createInMemoryLeaseStore } from "./in-memory-lease-store.ts";

runContract(
  leaseStoreContract,
  {
    capabilities: { multiProcess: false },
    open: async (clock) => createInMemoryLeaseStore({ clock }),
    cleanUp: async () => undefined,
  },
  { describe, it },
);
