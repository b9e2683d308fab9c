/** The package's name, until its owner replaces this file. */
export const packageName: string = "core";
export { AgentKitError, type AgentKitErrorOptions } from "./errors/agent-kit-error.ts";
export { errorCodes, type ErrorCode } from "./errors/error-codes.ts";
export { type AppendRequest, type SerializedEvent, toAppendRequest } from "./event-log/append-request.ts";
export { matchesFilter } from "./event-log/event-filter.ts";
export { eventLogErrors } from "./event-log/event-log-errors.ts";
export {
  type AppendOptions,
  type AppendResult,
  type CaughtUp,
  type EventFilter,
  type EventLog,
  type EventLogCapabilities,
  type ExpectedRevision,
  isCaughtUp,
  type ReadAllOptions,
  type ReadStreamOptions,
  type SubscribeOptions,
} from "./event-log/event-log.ts";
export { createInMemoryEventLog } from "./event-log/in-memory-event-log.ts";
export { toReadFrom, toReadLimit } from "./event-log/read-options.ts";
export { type EventPlace, toStoredEvent } from "./event-log/stored-event.ts";
export { assertStreamName } from "./event-log/stream-name.ts";
export type { EventMeta, NewEvent, Position, Revision, StoredEvent } from "./events/envelope.ts";
