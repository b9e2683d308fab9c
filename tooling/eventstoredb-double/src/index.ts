export { EventStore, type StoredRecord } from "./event-store.ts";
export type { Fault, FaultKind, FaultPlace } from "./faults.ts";
export type { ClusterNode } from "./node-services.ts";
export {
  type EventStoreDBDouble,
  type EventStoreDBDoubleOptions,
  startEventStoreDBDouble,
} from "./start-eventstoredb-double.ts";
