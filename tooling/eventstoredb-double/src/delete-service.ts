import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { DeleteReq, DeleteResp, TombstoneReq, TombstoneResp } from "@eventstore/db-client/generated/streams_pb.js";
import { type sendUnaryData, type ServerErrorResponse, type ServerUnaryCall, status } from "@grpc/grpc-js";
import { readExpectation } from "./append-service.ts";
import type { AppendAnswer, Expectation } from "./event-store.ts";
import { delayed } from "./faults.ts";
import { readStreamName } from "./messages.ts";
import type { ServiceContext } from "./service-context.ts";
import { faultError, streamDeleted, toServiceError } from "./service-error.ts";

/** Serves `Delete`, which is soft: the stream reopens at its next number. */
export function createDeleteHandler(context: ServiceContext) {
  return (call: ServerUnaryCall<DeleteReq, DeleteResp>, callback: sendUnaryData<DeleteResp>): void => {
    const deletion = readDeletion(call.request.getOptions());
    const decide = (): AppendAnswer => context.store.softDelete(deletion.stream, deletion.expected);
    void answerDeletion(context, { ...deletion, decide }, (answer) => {
      if (answer instanceof Error) return callback(answer);
      const position = new streams.DeleteResp.Position().setCommitPosition(answer).setPreparePosition(answer);
      callback(null, new streams.DeleteResp().setPosition(position));
    });
  };
}

/** Serves `Tombstone`: the stream takes no more events. */
export function createTombstoneHandler(context: ServiceContext) {
  return (call: ServerUnaryCall<TombstoneReq, TombstoneResp>, callback: sendUnaryData<TombstoneResp>): void => {
    const deletion = readDeletion(call.request.getOptions());
    const decide = (): AppendAnswer => context.store.tombstone(deletion.stream, deletion.expected);
    void answerDeletion(context, { ...deletion, decide }, (answer) => {
      if (answer instanceof Error) return callback(answer);
      const position = new streams.TombstoneResp.Position().setCommitPosition(answer).setPreparePosition(answer);
      callback(null, new streams.TombstoneResp().setPosition(position));
    });
  };
}

interface Deletion {
  readonly stream: string;
  readonly expected: Expectation;
}

async function answerDeletion(
  { faults, dropConnections }: ServiceContext,
  { stream, decide }: Deletion & { readonly decide: () => AppendAnswer },
  send: (answer: string | ServerErrorResponse) => void,
): Promise<void> {
  const fault = faults.take("delete");
  if (fault?.how === "hang") return;
  if (fault?.how === "drop") return dropConnections();
  await delayed(fault);
  const error = faultError(fault);
  if (error !== undefined) return send(error);
  const answer = decide();
  if (fault?.how === "dropAfterCommit") return dropConnections();
  send(answer.kind === "success" ? String(answer.position) : deletionError(stream, answer));
}

function readDeletion(options: DeleteReq.Options | TombstoneReq.Options | undefined): Deletion {
  const stream = readStreamName(options?.getStreamIdentifier());
  return { stream, expected: readExpectation(options, options?.getRevision() ?? "") };
}

function deletionError(stream: string, answer: AppendAnswer): ServerErrorResponse {
  if (answer.kind !== "wrong_expected_version") return streamDeleted(stream);
  const current: Record<string, string> = answer.current === -1 ? {} : { "actual-version": String(answer.current) };
  const trailers = { exception: "wrong-expected-version", "stream-name": stream, "expected-version": "-2", ...current };
  return toServiceError(status.FAILED_PRECONDITION, `Wrong expected version of '${stream}'.`, trailers);
}
