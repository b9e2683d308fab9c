import { acceptPrompt, AgentKitError, anonymous, toSessionStream } from "@agentkit/core";
import type { Item, RecordedEvent, RunOptions } from "@agentkit/core";
import { sessionHeader } from "../gateway-context.ts";
import type { GatewayContext, GatewayRequest } from "../gateway-context.ts";
import { ApiError } from "../http/api-error.ts";
import { eventStreamHeaders, toEventStream } from "../http/event-stream.ts";
import { describeError, toFailure } from "../http/failure-table.ts";
import { requireJsonBody } from "../http/read-json-body.ts";
import { requireModel } from "../models/require-model.ts";
import { checkTools } from "./check-tools.ts";
import { findContinuation, startIn } from "./continuation.ts";
import type { Continuation } from "./continuation.ts";
import { parseCreateRequest } from "./parse-create-request.ts";
import type { CreateRequest } from "./parse-create-request.ts";
import { answerApprovals } from "./answer-approvals.ts";
import { answerRun } from "./answer-run.ts";
import { findRun } from "./read-run.ts";
import { createResponseEvents } from "./response-events.ts";
import { toFrames, withBelow } from "./response-frames.ts";
import { parseConversationId, parseResponseId } from "./response-id.ts";
import { repeats } from "./run-failure.ts";

/** `POST /v1/responses`: runs one turn and answers with its response, whole or as it comes into being. */
export async function createResponse(context: GatewayContext, request: GatewayRequest): Promise<Response> {
  const asked = parseCreateRequest(await requireJsonBody(request.req.raw, context.maxBodyBytes));
  await requireModel(context, asked.model);
  checkTools(context.agents, asked);
  const create = asked.approvals.length === 0 ? asked : await answerApprovals(context, request, asked);
  if (create instanceof Response) return create;
  const continuation = await findContinuation(context, create, request.get("principal"));
  const named = namedSession(create);
  if (named !== undefined) request.header(sessionHeader, named);
  checkPairs(create, continuation);
  const answer = create.stream ? answerStream : answerWhole;
  try {
    return await answer({ context, request, create, continuation });
  } catch (error) {
    if (continuation.isNew && !(await isRecorded(context, continuation))) request.header(sessionHeader, undefined);
    throw inWordsOf(create, error);
  }
}

/** The session that the request goes on from, which need not be the one it goes on in. */
function namedSession({ conversationId, previousResponseId }: CreateRequest): string | undefined {
  if (conversationId !== undefined) return parseConversationId(conversationId);
  return previousResponseId === undefined ? undefined : parseResponseId(previousResponseId)?.session;
}

async function isRecorded({ log }: GatewayContext, { session }: Continuation): Promise<boolean> {
  try {
    return session !== undefined && (await log.head(toSessionStream(session))) !== undefined;
  } catch {
    // Of a log that cannot be read nobody knows, and why the request failed is what the caller has to hear.
    return false;
  }
}

/** What the engine says of the session is said of the field that the request named it by. */
function inWordsOf({ conversationId, previousResponseId }: CreateRequest, error: unknown): unknown {
  if (conversationId === undefined && previousResponseId === undefined) return error;
  if (!AgentKitError.is(error) || (error.param !== "session" && error.code !== "concurrency_conflict")) return error;
  const param = conversationId === undefined ? "previous_response_id" : "conversation";
  return new ApiError(toFailure({ code: error.code, message: error.message, param }));
}

interface Exchange {
  readonly context: GatewayContext;
  readonly request: GatewayRequest;
  readonly create: CreateRequest;
  readonly continuation: Continuation;
}

async function answerWhole(exchange: Exchange): Promise<Response> {
  const { context, request, create, continuation } = exchange;
  const { signal } = request.req.raw;
  const events: RecordedEvent[] = [];
  const onEvent = (event: RecordedEvent): void => void events.push(event);
  const inConversation = create.conversationId !== undefined;
  const result = await startIn(context, continuation, async (session) => {
    request.header(sessionHeader, session);
    return context.work.track(session, context.kit.run({ ...toRunOptions(exchange), session, signal, onEvent }));
  }).catch((error: unknown) => {
    throw repeats(events, inConversation) ? withoutRetry(error) : error;
  });
  const found = await findRun(context, result);
  if (found === undefined) throw new AgentKitError("internal", "The log does not have the run that has just ended.");
  return answerRun(context, request, { found, inConversation });
}

/** A run that broke off may have done what another attempt would do again: the SDK must not try by itself. */
function withoutRetry(error: unknown): ApiError {
  return new ApiError({ ...describeError(error), shouldRetry: false });
}

async function answerStream(exchange: Exchange): Promise<Response> {
  const { context, request, create, continuation } = exchange;
  const stop = new AbortController();
  const run = await startIn(context, continuation, async (session) => {
    request.header(sessionHeader, session);
    return context.kit.stream({ ...toRunOptions(exchange), session, signal: stop.signal });
  });
  const below = new Map<string, readonly Item[]>();
  const events = createResponseEvents({
    session: run.session,
    run: run.run,
    part: 1,
    earlier: [],
    agents: context.agents,
    toApprovalItem: context.toApprovalItem,
    guarded: context.view.guarded,
    below,
    request: { instructions: create.instructions, tools: create.tools, settings: create.settings },
    previousResponseId: create.previousResponseId,
  });
  const parts = context.view
    .ofRun(await context.kit.load(run.session), create.tools)
    .parts(withBelow(context, run, below));
  const body = toEventStream({
    frames: context.work.trackFrames(run.session, toFrames(context, parts, events)),
    heartbeatMs: context.heartbeatMs,
    writeStallMs: context.writeStallMs,
    onAbandoned: (reason) => {
      stop.abort(new AgentKitError("aborted", `The client has ${reason === "left" ? "left" : "stopped reading"}.`));
      if (reason === "stalled") request.env?.outgoing?.destroy();
    },
  });
  for (const [name, value] of Object.entries(eventStreamHeaders)) request.header(name, value);
  return request.body(body);
}

function toRunOptions({ request, create, continuation }: Exchange): RunOptions {
  const principal = request.get("principal");
  const { input, model, instructions, tools, settings, metadata } = create;
  return {
    input,
    agent: model,
    origin: continuation.origin,
    tools,
    settings,
    ...(principal !== anonymous && { principal }),
    ...(instructions !== undefined && { instructions }),
    ...(metadata !== undefined && { metadata }),
  };
}

/** Checks what the engine would check too, before a fork is written and with the request's own places. */
function checkPairs({ input, places }: CreateRequest, { pending }: Continuation): void {
  const items: readonly Item[] =
    typeof input === "string" ? [{ type: "message", role: "user", content: input }] : input;
  try {
    acceptPrompt(items, pending);
  } catch (error) {
    if (!AgentKitError.is(error)) throw error;
    const param = error.param?.replace(/^input\[(\d+)\]/, (_, index: string) => `input[${places[Number(index)]}]`);
    throw new ApiError(toFailure({ code: error.code, message: error.message, param }));
  }
}
