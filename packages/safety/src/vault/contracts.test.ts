import { runContract } from "@agentkit/core/testing";
import { describe, it } from "vitest";
import { subjectKeysContract } from "../testing/subject-keys-contract.ts";
import { vaultStoreContract } from "../testing/vault-store-contract.ts";
import { createInMemorySubjectKeys } from "./subject-keys.ts";
import { createInMemoryVaultStore } from "./vault-store.ts";

const inMemory = { reason: "it lives in the memory of one process" };
const capabilities = { durable: inMemory, multiProcess: inMemory };
const cleanUp = async (): Promise<void> => undefined;

runContract(
  vaultStoreContract,
  { capabilities, open: async () => createInMemoryVaultStore(), cleanUp },
  { describe, it },
);
runContract(
  subjectKeysContract,
  { capabilities, open: async () => createInMemorySubjectKeys(), cleanUp },
  { describe, it },
);
