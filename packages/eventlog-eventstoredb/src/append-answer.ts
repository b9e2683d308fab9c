import { AgentKitError, type Position } from "@agentkit/core";
import shared from "@eventstore/db-client/generated/shared_pb.js";
import type { WrongExpectedVersion } from "@eventstore/db-client/generated/shared_pb.js";
import type { Status } from "@eventstore/db-client/generated/status_pb.js";
import type { BatchAppendResp } from "@eventstore/db-client/generated/streams_pb.js";
import { accessDenied, StreamTombstoned } from "./log-failure.ts";

/** What became of an append. */
export type AppendAnswer =
  /** The revision and position of its last event. */
  | { readonly kind: "written"; readonly revision: number; readonly position: Position }
  /** The stream is not at the expected revision, and does not hold these very events there. */
  | {
      readonly kind: "conflict";
      /** The revision of the stream's last event, `-1` without one. */ readonly head: number;
    }
  | { readonly kind: "refused"; readonly error: Error }
  /** The server could not tell or was too busy: the same bytes may be sent again. */
  | { readonly kind: "unsettled"; readonly reason: Error };

/** Reads an answer of `BatchAppend`. */
export function readAppendAnswer(response: BatchAppendResp): AppendAnswer {
  const error = response.getError();
  if (error !== undefined) return readError(error);
  const success = response.getSuccess();
  const position = success?.getPosition();
  if (success === undefined || position === undefined) {
    return { kind: "unsettled", reason: new Error("The server's answer has no position.") };
  }
  return {
    kind: "written",
    revision: Number(success.getCurrentRevision()),
    position: position.getCommitPosition(),
  };
}

const typePrefix = "event_store.client.";

// Its message is empty: the type of the details is what tells.
function readError(status: Status): AppendAnswer {
  const details = status.getDetails();
  const type = details?.getTypeName() ?? "";
  switch (type.replace(typePrefix, "")) {
    case "WrongExpectedVersion":
      return {
        kind: "conflict",
        head: readHead(details?.unpack((bytes) => shared.WrongExpectedVersion.deserializeBinary(bytes), type)),
      };
    case "StreamDeleted":
      return { kind: "refused", error: new StreamTombstoned() };
    case "AccessDenied":
      return { kind: "refused", error: accessDenied() };
    case "MaximumAppendSizeExceeded":
      return { kind: "refused", error: tooLarge() };
    case "BadRequest":
    case "InvalidTransaction":
      return { kind: "refused", error: new AgentKitError("internal", "EventStoreDB refused an append as invalid.") };
    default:
      return { kind: "unsettled", reason: new Error(status.getMessage() || type) };
  }
}

function readHead(wrong: WrongExpectedVersion | null | undefined): number {
  return wrong?.hasCurrentStreamRevision() === true ? Number(wrong.getCurrentStreamRevision()) : -1;
}

/** `event_invalid`: what the append holds beside payloads is more than the server takes at once. */
export function tooLarge(): AgentKitError {
  const message =
    "The append is over the server's limit of 1 MiB, large payloads not counted. Append fewer events at once.";
  return new AgentKitError("event_invalid", message, { param: "events" });
}
