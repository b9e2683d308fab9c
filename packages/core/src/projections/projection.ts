import type { AgentEvent } from "../events/catalogue.ts";
import type { EventFilter } from "../event-log/event-log.ts";
import type { JsonObject } from "../json/json.ts";

/**
 * The rows of a projection, as they stand when an event is applied. Changes take effect together with the event, or not
 * at all when `apply` throws.
 */
export interface ProjectionTable {
  get(key: string): JsonObject | undefined;
  put(key: string, row: JsonObject): void;
  delete(key: string): void;
}

/**
 * A view of the log that is kept as rows under keys, and can be thrown away and built again.
 *
 * `apply` is synchronous and depends on nothing but the event and the table: it is run once more when it asks for a row
 * that has not been read from the store yet. What it throws makes the event a poison event.
 *
 * @example
 * ```ts
 * import type { Projection } from "@agentkit/core";
 *
 * const runsByAgent: Projection = {
 *   name: "runs-by-agent",
 *   version: 1,
 *   filter: { types: ["RunStarted"] },
 *   apply(event, table) {
 *     if (event.type !== "RunStarted") return;
 *     const runs = Number(table.get(event.data.agent)?.["runs"] ?? 0);
 *     table.put(event.data.agent, { runs: runs + 1 });
 *   },
 * };
 * ```
 */
export interface Projection {
  /** What its rows are read by: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** Raised whenever `apply` changes: the new version is built beside the old one, which is read until then. */
  readonly version: number;
  /** The events it is made from. Default: all of the log. */
  readonly filter?: EventFilter;
  apply(event: AgentEvent, table: ProjectionTable): void;
}
