import type { EventFilter } from "./event-log.ts";

/**
 * Tells whether an event passes a filter. A filter that is not given passes everything.
 *
 * @example
 * ```ts
 * import { matchesFilter } from "@agentkit/core";
 *
 * matchesFilter({ type: "RunStarted", stream: "session-a" }, { streamPrefix: "session-" }); // true
 * ```
 */
export function matchesFilter(
  event: { readonly type: string; readonly stream: string },
  filter: EventFilter | undefined,
): boolean {
  if (filter?.types !== undefined && !filter.types.includes(event.type)) return false;
  return filter?.streamPrefix === undefined || event.stream.startsWith(filter.streamPrefix);
}
