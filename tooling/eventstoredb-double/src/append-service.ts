import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
} from "@eventstore/db-client/generated/streams_pb.js";
import {
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerErrorResponse,
  type ServerReadableStream,
  status,
} from "@grpc/grpc-js";
import { toAppendResponse, toBatchAppendResponse } from "./append-answers.ts";
import type { AppendAnswer, Expectation, ProposedEvent } from "./event-store.ts";
import { delayed } from "./faults.ts";
import { readProposedEvent, readStreamName, readUuid } from "./messages.ts";
import type { ServiceContext } from "./service-context.ts";
import { faultError, toServiceError } from "./service-error.ts";

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

/** The part that the options of every writing call have. */
interface ExpectingOptions {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

/** What a call expects of its stream. */
export function readExpectation(options: ExpectingOptions | undefined, revision: string): Expectation {
  if (options?.hasNoStream() === true) return "no_stream";
  if (options?.hasAny() === true) return "any";
  if (options?.hasStreamExists() === true) return "stream_exists";
  return Number(revision);
}
