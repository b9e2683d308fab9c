import type { EventLog } from "../event-log/event-log.ts";

/**
 * A log whose appends go another way, for instance one that fails; everything else is passed on.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog } from "@agentkit/core";
 * import { withAppend } from "@agentkit/core/testing";
 *
 * const full = withAppend(createInMemoryEventLog(), async () => Promise.reject(new Error("The disk is full.")));
 * ```
 */
export function withAppend(log: EventLog, append: EventLog["append"]): EventLog {
  return {
    capabilities: log.capabilities,
    append,
    deleteStream: (stream, options) => log.deleteStream(stream, options),
    readStream: (stream, options) => log.readStream(stream, options),
    readAll: (options) => log.readAll(options),
    subscribe: (options) => log.subscribe(options),
    head: (stream) => log.head(stream),
    compare: (a, b) => log.compare(a, b),
    close: () => log.close(),
  };
}
