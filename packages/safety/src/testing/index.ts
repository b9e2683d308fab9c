export {
  type DestructibleKeys,
  subjectKeysContract,
  type SubjectKeysCapability,
  type SubjectKeysHarness,
} from "./subject-keys-contract.ts";
export { vaultStoreContract, type VaultStoreCapability, type VaultStoreHarness } from "./vault-store-contract.ts";
