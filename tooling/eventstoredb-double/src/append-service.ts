import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
  DeleteReq,
  DeleteResp,
  TombstoneReq,
  TombstoneResp,
} from "@eventstore/db-client/generated/streams_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import {
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerErrorResponse,
  type ServerReadableStream,
  type ServerUnaryCall,
  status,
} from "@grpc/grpc-js";
import { toAppendResponse, toBatchAppendResponse } from "./append-answers.ts";
import type { AppendAnswer, Expectation, ProposedEvent } from "./event-store.ts";
import { delayed } from "./faults.ts";
import { readProposedEvent, readStreamName, readUuid } from "./messages.ts";
import type { ServiceContext } from "./service-context.ts";
import { faultError, streamDeleted, toServiceError } from "./service-error.ts";

/** Serves `Append`: one call an append. */
export function createAppendHandler(context: ServiceContext) {
  return (call: ServerReadableStream<AppendReq, AppendResp>, callback: sendUnaryData<AppendResp>): void => {
    let options: AppendReq.Options | undefined;
    const events: ProposedEvent[] = [];
    call.on("data", (request: AppendReq) => {
      options = request.getOptions() ?? options;
      const message = request.getProposedMessage();
      if (message !== undefined) events.push(readProposedEvent(message));
    });
    call.on("end", () => {
      const stream = readStreamName(options?.getStreamIdentifier());
      const expected = readExpectation(options, options?.getRevision() ?? "");
      void answerAppend(context, { stream, expected, events }, (answer) => {
        const response = answer instanceof Error ? answer : toAppendResponse({ stream, expected, answer });
        if (response instanceof Error) callback(response);
        else if ("getSuccess" in response) callback(null, response);
      });
    });
  };
}

interface ReceivedAppend {
  readonly stream: string;
  readonly expected: Expectation;
  readonly events: readonly ProposedEvent[];
}

/** Serves `BatchAppend`: many appends on one call, answered in their order. */
export function createBatchAppendHandler(context: ServiceContext) {
  return (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void => {
    const parts = new Map<string, { options: BatchAppendReq.Options | undefined; events: ProposedEvent[] }>();
    let queue = Promise.resolve();
    call.on("data", (request: BatchAppendReq) => {
      const correlation = readUuid(request.getCorrelationId());
      const part = parts.get(correlation) ?? { options: request.getOptions(), events: [] };
      parts.set(correlation, part);
      part.events.push(...request.getProposedMessagesList().map(readProposedEvent));
      if (!request.getIsFinal()) return;
      parts.delete(correlation);
      const stream = readStreamName(part.options?.getStreamIdentifier());
      const expected = readExpectation(part.options, part.options?.getStreamPosition() ?? "");
      queue = queue.then(async () =>
        answerAppend(context, { stream, expected, events: part.events }, (answer) => {
          if (answer instanceof Error) call.emit("error", answer);
          else {
            const response = toBatchAppendResponse({ stream, expected, answer });
            call.write(response.setCorrelationId(request.getCorrelationId()));
          }
        }),
      );
    });
    call.on("end", () => void queue.then(() => call.end()));
  };
}

async function answerAppend(
  { store, faults, dropConnections }: ServiceContext,
  { stream, expected, events }: ReceivedAppend,
  send: (answer: AppendAnswer | ServerErrorResponse) => void,
): Promise<void> {
  const fault = faults.take("append");
  if (fault?.how === "hang") return;
  if (fault?.how === "drop") return dropConnections();
  await delayed(fault);
  const error = faultError(fault) ?? checkExpectation(expected);
  if (error !== undefined) return send(error);
  const answer = store.append(stream, expected, events);
  if (fault?.how === "dropAfterCommit") return dropConnections();
  send(answer);
  if (fault?.how === "repeat") send(answer);
}

/** A revision below zero is none: the server refuses the whole call, on which other appends may be under way. */
function checkExpectation(expected: Expectation): ServerErrorResponse | undefined {
  if (typeof expected === "string" || (Number.isSafeInteger(expected) && expected >= 0)) return undefined;
  return toServiceError(status.INVALID_ARGUMENT, "The expected revision is out of range.");
}

/** Serves `Delete`, which is soft: the stream reopens at its next number. */
export function createDeleteHandler({ store }: ServiceContext) {
  return (call: ServerUnaryCall<DeleteReq, DeleteResp>, callback: sendUnaryData<DeleteResp>): void => {
    const { stream, expected } = readDeletion(call.request.getOptions());
    const answer = store.softDelete(stream, expected);
    if (answer.kind !== "success") return callback(deletionError(stream, answer));
    const position = new streams.DeleteResp.Position()
      .setCommitPosition(String(answer.position))
      .setPreparePosition(String(answer.position));
    callback(null, new streams.DeleteResp().setPosition(position));
  };
}

/** Serves `Tombstone`: the stream takes no more events. */
export function createTombstoneHandler({ store }: ServiceContext) {
  return (call: ServerUnaryCall<TombstoneReq, TombstoneResp>, callback: sendUnaryData<TombstoneResp>): void => {
    const { stream, expected } = readDeletion(call.request.getOptions());
    const answer = store.tombstone(stream, expected);
    if (answer.kind !== "success") return callback(deletionError(stream, answer));
    const position = new streams.TombstoneResp.Position()
      .setCommitPosition(String(answer.position))
      .setPreparePosition(String(answer.position));
    callback(null, new streams.TombstoneResp().setPosition(position));
  };
}

function readDeletion(options: DeleteReq.Options | TombstoneReq.Options | undefined): Omit<ReceivedAppend, "events"> {
  const stream = readStreamName(options?.getStreamIdentifier());
  return { stream, expected: readExpectation(options, options?.getRevision() ?? "") };
}

function deletionError(stream: string, answer: AppendAnswer): ServerErrorResponse {
  if (answer.kind !== "wrong_expected_version") return streamDeleted(stream);
  const current: Record<string, string> = answer.current === -1 ? {} : { "actual-version": String(answer.current) };
  const trailers = { exception: "wrong-expected-version", "stream-name": stream, "expected-version": "-2", ...current };
  return toServiceError(status.FAILED_PRECONDITION, `Wrong expected version of '${stream}'.`, trailers);
}

/** The part that the options of every writing call have. */
interface ExpectingOptions {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

function readExpectation(options: ExpectingOptions | undefined, revision: string): Expectation {
  if (options?.hasNoStream() === true) return "no_stream";
  if (options?.hasAny() === true) return "any";
  if (options?.hasStreamExists() === true) return "stream_exists";
  return Number(revision);
}
