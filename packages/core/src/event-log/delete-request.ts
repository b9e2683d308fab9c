import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { Revision } from "../events/envelope.ts";
import type { DeleteOptions } from "./event-log.ts";
import { assertStreamName } from "./stream-name.ts";

/** A deletion that is well-formed in itself: what is left to a log is to compare it with what it holds. */
export interface DeleteRequest {
  readonly stream: string;
  /** The revision that the stream's last event must have. */
  readonly expectedHead: Revision;
}

/**
 * Checks the arguments of {@link EventLog.deleteStream}. For authors of an {@link EventLog}.
 *
 * @throws AgentKitError `stream_name_invalid`, `input_invalid` (an expected revision that is none).
 *
 * @example
 * ```ts
 * import { toDeleteRequest } from "@agentkit/core";
 *
 * toDeleteRequest("notes", { expected: 3 }).expectedHead; // 3
 * ```
 */
export function toDeleteRequest(stream: string, options: DeleteOptions): DeleteRequest {
  assertStreamName(stream);
  const { expected } = options;
  if (Number.isSafeInteger(expected) && expected >= 0) return { stream, expectedHead: expected };
  throw new AgentKitError("input_invalid", `The expected revision ${String(expected)} is not a revision (0, 1, 2 …).`, {
    param: "expected",
  });
}
