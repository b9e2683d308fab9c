import { AgentKitError } from "../errors/agent-kit-error.ts";

/**
 * The errors every projection store throws, in one wording. For authors of a {@link ProjectionStore}.
 *
 * @example
 * ```ts
 * import { projectionStoreErrors } from "@agentkit/core";
 *
 * throw projectionStoreErrors.closed();
 * ```
 */
export const projectionStoreErrors = {
  /** `store_closed`: the store was closed before the call. */
  closed(): AgentKitError {
    return new AgentKitError("store_closed", "The projection store is closed. Open it again to go on.");
  },

  /** `concurrency_conflict`: the table is at another revision than expected, or was dropped. */
  conflict(table: string): AgentKitError {
    return new AgentKitError(
      "concurrency_conflict",
      `Table ${table} of the projection store has moved on or was replaced: another process projects it too.`,
    );
  },

  /** `concurrency_conflict`: the rows were lost, with all tables, and the store has begun without any. */
  lost(reason: string): AgentKitError {
    return new AgentKitError(
      "concurrency_conflict",
      `The projection store has lost its rows: ${reason}. Try again: they are built from the log.`,
    );
  },

  /** `projection_rebuild_running`: another rebuild of the projection is under way. */
  rebuildRunning(name: string, who: string): AgentKitError {
    return new AgentKitError(
      "projection_rebuild_running",
      `The projection '${name}' is being rebuilt by ${who}. Wait until that is done, or stop it and try again.`,
      { param: "name" },
    );
  },

  /** `concurrency_conflict`: another table is active than the caller believes. */
  replaced(name: string): AgentKitError {
    return new AgentKitError(
      "concurrency_conflict",
      `Another process has switched the projection '${name}' to another table. Look again which one is active.`,
    );
  },
} as const;
