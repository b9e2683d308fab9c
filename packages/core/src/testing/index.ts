export { blobStoreContract, type BlobStoreHarness } from "./blob-store-contract.ts";
export {
  type Contract,
  type ContractCase,
  type ContractHarness,
  type ContractRunner,
  runContract,
} from "./contract.ts";
export { eventLogContract, type EventLogHarness } from "./event-log-contract.ts";
export { toEventLogOperation } from "./event-log-history.ts";
export {
  checkAgainstModel,
  type CheckAgainstModelOptions,
  type EventLogOperation,
  type ExpectedHead,
} from "./event-log-model.ts";
export { type FixedClock, fixedClock } from "./fixed-clock.ts";
export { given, type SessionSpecification } from "./given.ts";
export { projectionStoreContract, type ProjectionStoreHarness } from "./projection-store-contract.ts";
export { leaseStoreContract, type LeaseStoreCapability, type LeaseStoreHarness } from "./lease-store-contract.ts";
export { scriptedModel, type ScriptedAnswer, type ScriptedModel } from "./scripted-model.ts";
export { sequentialIds } from "./sequential-ids.ts";
export { snapshotStoreContract, type SnapshotStoreHarness } from "./snapshot-store-contract.ts";
export { toolContext } from "./tool-context.ts";
export { withAppend } from "./with-append.ts";
