import codes from "@eventstore/db-client/generated/code_pb.js";
import type { Code } from "@eventstore/db-client/generated/code_pb.js";
import shared from "@eventstore/db-client/generated/shared_pb.js";
import statusMessages from "@eventstore/db-client/generated/status_pb.js";
import type { Status } from "@eventstore/db-client/generated/status_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { AppendResp, BatchAppendResp } from "@eventstore/db-client/generated/streams_pb.js";
import { type ServerErrorResponse, status } from "@grpc/grpc-js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { type AppendAnswer, type Expectation, maxAppendBytes } from "./event-store.ts";
import { toStreamIdentifier } from "./messages.ts";
import { streamDeleted, toServiceError } from "./service-error.ts";

/** An append that was decided, with what it asked for. */
export interface DecidedAppend {
  readonly stream: string;
  readonly expected: Expectation;
  readonly answer: AppendAnswer;
}

/** The answer of `Append`: a response, or the error that ends the call. */
export function toAppendResponse({ stream, expected, answer }: DecidedAppend): AppendResp | ServerErrorResponse {
  switch (answer.kind) {
    case "success": {
      const position = new streams.AppendResp.Position()
        .setCommitPosition(String(answer.position))
        .setPreparePosition(String(answer.position));
      const success = new streams.AppendResp.Success()
        .setCurrentRevision(String(answer.revision))
        .setPosition(position);
      return new streams.AppendResp().setSuccess(success);
    }
    case "wrong_expected_version": {
      const wrong = new streams.AppendResp.WrongExpectedVersion();
      if (answer.current === -1) wrong.setCurrentNoStream(new shared.Empty());
      else wrong.setCurrentRevision(String(answer.current));
      if (expected === "no_stream") wrong.setExpectedNoStream(new shared.Empty());
      else if (expected === "stream_exists") wrong.setExpectedStreamExists(new shared.Empty());
      else if (expected !== "any") wrong.setExpectedRevision(String(expected));
      return new streams.AppendResp().setWrongExpectedVersion(wrong);
    }
    case "stream_deleted":
      return streamDeleted(stream);
    case "too_large":
      return toServiceError(status.INVALID_ARGUMENT, `Maximum Append Size of ${maxAppendBytes} Exceeded.`, {
        exception: "maximum-append-size-exceeded",
        "maximum-append-size": String(maxAppendBytes),
      });
  }
}

/** The answer of `BatchAppend`, without the id of what it answers. */
export function toBatchAppendResponse(decided: DecidedAppend): BatchAppendResp {
  const { stream, answer } = decided;
  const response = new streams.BatchAppendResp().setStreamIdentifier(toStreamIdentifier(stream));
  if (answer.kind !== "success") return response.setError(toStatus(decided));
  const position = new shared.AllStreamPosition()
    .setCommitPosition(String(answer.position))
    .setPreparePosition(String(answer.position));
  return response.setSuccess(
    new streams.BatchAppendResp.Success().setCurrentRevision(String(answer.revision)).setPosition(position),
  );
}

function toStatus({ stream, expected, answer }: DecidedAppend): Status {
  switch (answer.kind) {
    case "wrong_expected_version": {
      const wrong = new shared.WrongExpectedVersion();
      if (answer.current === -1) wrong.setCurrentNoStream(new empty.Empty());
      else wrong.setCurrentStreamRevision(String(answer.current));
      if (expected === "no_stream") wrong.setExpectedNoStream(new empty.Empty());
      else if (expected === "stream_exists") wrong.setExpectedStreamExists(new empty.Empty());
      else if (expected === "any") wrong.setExpectedAny(new empty.Empty());
      else wrong.setExpectedStreamPosition(String(expected));
      return pack("WrongExpectedVersion", codes.Code.FAILED_PRECONDITION, wrong);
    }
    case "stream_deleted": {
      const deleted = new shared.StreamDeleted().setStreamIdentifier(toStreamIdentifier(stream));
      return pack("StreamDeleted", codes.Code.FAILED_PRECONDITION, deleted);
    }
    default: {
      const tooLarge = new shared.MaximumAppendSizeExceeded().setMaxappendsize(maxAppendBytes);
      return pack("MaximumAppendSizeExceeded", codes.Code.INVALID_ARGUMENT, tooLarge);
    }
  }
}

function pack(name: string, code: Code, message: { serializeBinary(): Uint8Array }): Status {
  const details = new any.Any();
  details.pack(message.serializeBinary(), `event_store.client.${name}`);
  // The server's own message is short; the details are what a client goes by.
  return new statusMessages.Status().setCode(code).setMessage(name).setDetails(details);
}
