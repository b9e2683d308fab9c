import { AgentKitError } from "@agentkit/core";
import { Metadata, status } from "@grpc/grpc-js";

/** The server said that a stream has a tombstone. */
export class StreamTombstoned extends Error {
  override readonly name = "StreamTombstoned";
}

/** The server said that a stream is not at the expected revision. Where it is instead, it does not say to every call. */
export class WrongExpectedRevision extends Error {
  override readonly name = "WrongExpectedRevision";
}

/**
 * What a failed call means: an error for the caller, or `undefined` when the same call may succeed later (the server is
 * gone, restarts, is not the leader any more, the connection broke).
 */
export function toLasting(error: unknown): Error | undefined {
  if (AgentKitError.is(error) || error instanceof StreamTombstoned) return error;
  const { code, exception } = describe(error);
  if (exception === "not-leader") return undefined;
  const refusal = toRefusal(exception);
  if (refusal !== undefined) return refusal;
  if (exception === "access-denied" || code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED) {
    return accessDenied();
  }
  if (code === status.UNIMPLEMENTED) return unsupported("does not know a call that this log needs");
  if (code === status.INVALID_ARGUMENT || code === status.OUT_OF_RANGE || code === status.FAILED_PRECONDITION) {
    return new AgentKitError("internal", "EventStoreDB refused a request of this log as invalid; please report it.", {
      cause: error,
    });
  }
  return undefined;
}

/** What the server says of a stream rather than of itself. */
function toRefusal(exception: string | undefined): Error | undefined {
  if (exception === "stream-deleted") return new StreamTombstoned();
  return exception === "wrong-expected-version" ? new WrongExpectedRevision() : undefined;
}

/** Whether the server did not answer in time. */
export function isTimeout(error: unknown): boolean {
  return describe(error).code === status.DEADLINE_EXCEEDED;
}

/** `log_unavailable`, not worth a retry: the user may not do this. */
export function accessDenied(): AgentKitError {
  return new AgentKitError(
    "log_unavailable",
    "EventStoreDB refused the user of the connection string. Check the name, the password and the access rights.",
  );
}

/** `log_runtime_unsupported`: the server is too old. */
export function unsupported(what: string): AgentKitError {
  return new AgentKitError("log_runtime_unsupported", `The server ${what}. Use EventStoreDB 22.10 or later.`);
}

/** `log_unavailable`: what was tried again for as long as the options allow. */
export function unavailable(what: string, cause: unknown): AgentKitError {
  const reason = describe(cause).details;
  return new AgentKitError("log_unavailable", `EventStoreDB ${what}${reason === "" ? "" : ` (${reason})`}.`, {
    retryable: true,
    cause,
  });
}

/** The parts of an error of gRPC that tell what happened. */
function describe(error: unknown): { code: number | undefined; exception: string | undefined; details: string } {
  if (!(error instanceof Error)) return { code: undefined, exception: undefined, details: "" };
  const code = "code" in error && typeof error.code === "number" ? error.code : undefined;
  return { code, exception: exceptionOf(error), details: withoutEmptyNote(error.message) };
}

/** gRPC announces a note on how it resolved the address, and often has none to give. */
function withoutEmptyNote(message: string): string {
  return message.replace(/[\s,.;]*Resolution note:\s*$/, "");
}

function exceptionOf(error: Error): string | undefined {
  if (!("metadata" in error) || !(error.metadata instanceof Metadata)) return undefined;
  return error.metadata.get("exception")[0]?.toString();
}
