export { createEventStoreDBEventLog, type EventStoreDBEventLogOptions } from "./eventstoredb-event-log.ts";
