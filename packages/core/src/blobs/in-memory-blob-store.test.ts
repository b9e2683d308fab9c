import { describe, it } from "vitest";
import { blobStoreContract } from "../testing/blob-store-contract.ts";
import { runContract } from "../testing/contract.ts";
import { createInMemoryBlobStore } from "./in-memory-blob-store.ts";

runContract(
  blobStoreContract,
  {
    capabilities: { durable: false },
    open: async (clock) => createInMemoryBlobStore({ clock }),
    cleanUp: async () => undefined,
  },
  { describe, it },
);
