import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { AppendRequest } from "./append-request.ts";
import type { DeleteRequest } from "./delete-request.ts";

/**
 * The errors every event log throws, in one wording. For authors of an {@link EventLog}.
 *
 * @example
 * ```ts
 * import { eventLogErrors } from "@agentkit/core";
 *
 * throw eventLogErrors.closed();
 * ```
 */
export const eventLogErrors = {
  /** `aborted`: the signal of a read or subscription fired. */
  aborted(): AgentKitError {
    return new AgentKitError("aborted", "The read was aborted by its signal.");
  },

  /** `log_closed`: the log was closed before or during the call. */
  closed(): AgentKitError {
    return new AgentKitError("log_closed", "The event log is closed. Open it again to go on.");
  },

  /** `position_invalid`: the position is not one this log gave out. */
  positionInvalid(position: string): AgentKitError {
    return new AgentKitError(
      "position_invalid",
      `The position '${position.slice(0, 40)}' is not one that this log gave out. Was it taken from another log, or was this one restored from a backup? Read again from the beginning.`,
    );
  },

  /** `concurrency_conflict`: the stream's head is not the expected one (`-1`: the stream does not exist). */
  conflict(request: AppendRequest | DeleteRequest, head: number): AgentKitError {
    const change = "events" in request ? "append" : "deletion";
    return new AgentKitError(
      "concurrency_conflict",
      `Stream '${request.stream}' is ${describeHead(head)}, but the ${change} expects it ${describeHead(request.expectedHead)}. Read the stream and decide again.`,
    );
  },

  /** `concurrency_conflict`: one of the ids stands elsewhere in the log already. */
  idTaken(request: AppendRequest): AgentKitError {
    return new AgentKitError(
      "concurrency_conflict",
      `An event id of the append to stream '${request.stream}' stands at another place of the log already. Read the stream and decide again.`,
    );
  },

  /** `stream_deleted`: the stream was deleted, and stays so. */
  streamDeleted(stream: string, cause?: unknown): AgentKitError {
    const message = `Stream '${stream}' was deleted. It has no events any more and takes none; use another name.`;
    return new AgentKitError("stream_deleted", message, { cause });
  },

  /** `stream_not_found`: there is nothing to delete. */
  streamNotFound(stream: string): AgentKitError {
    return new AgentKitError("stream_not_found", `There is no stream '${stream}' to delete. Check its name.`);
  },
} as const;

function describeHead(head: number): string {
  return head === -1 ? "not to exist" : `at revision ${head}`;
}
