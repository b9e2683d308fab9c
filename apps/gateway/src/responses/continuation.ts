import { AgentKitError, isFunctionCall, isFunctionCallOutput, systemIds, toSessionStream } from "@agentkit/core";
import type { EventLog, Principal, RunOrigin, SessionState, Turn } from "@agentkit/core";
import type { GatewayContext } from "../gateway-context.ts";
import { ApiError, refusal } from "../http/api-error.ts";
import { toFailure } from "../http/failure-table.ts";
import type { CreateRequest } from "./parse-create-request.ts";
import { findRun, isStored, loadOrUndefined } from "./read-run.ts";
import type { FoundRun } from "./read-run.ts";
import { parseConversationId, parseResponseId } from "./response-id.ts";

/** Where a request goes on, and how it named it. Nothing is written until it starts. */
export interface Continuation {
  /** The session that goes on, or is about to begin; absent when only a fork will do. */
  readonly session?: string;
  /** Whether the session begins with this request. */
  readonly isNew: boolean;
  readonly origin: RunOrigin;
  /** The function calls that the input has to answer. */
  readonly pending: ReadonlySet<string>;
  /**
   * Forks behind the response that was named, when it is not the session's newest one or somebody else has gone on with
   * the session meanwhile. Absent when the session itself was named.
   */
  readonly fork?: () => Promise<string>;
}

/**
 * Finds where a request goes on.
 *
 * @throws ApiError 400 for an unknown previous response and while a person has to decide, 404 for an unknown conversation, 409
 * while a turn of the conversation, or the previous response, is in progress.
 */
export async function findContinuation(
  context: GatewayContext,
  request: CreateRequest,
  principal: Principal,
): Promise<Continuation> {
  const store = request.store ? {} : { store: false };
  if (request.conversationId !== undefined) {
    const state = await findConversation(context, request.conversationId, principal);
    checkFree(state);
    const { session, pendingClientCalls: pending } = state;
    return { session, isNew: false, origin: { conversation: true, ...store }, pending };
  }
  if (request.previousResponseId !== undefined) {
    const previous = await findPrevious(context, request.previousResponseId, principal);
    checkOver(previous.state, previous.turn, "previous_response_id");
    return continueAfter(context, previous, { previousRun: previous.turn.run, ...store });
  }
  return { session: systemIds.next(), isNew: true, origin: store, pending: new Set() };
}

/**
 * Starts something in a continuation's session, or in a fork where only that will do or somebody else came first.
 *
 * @throws what `start` throws.
 */
export async function startIn<Result>(
  { log }: Pick<GatewayContext, "log">,
  { session, fork }: Continuation,
  start: (session: string) => Promise<Result>,
): Promise<Result> {
  const before = session === undefined || fork === undefined ? undefined : await log.head(toSessionStream(session));
  try {
    if (session !== undefined) return await start(session);
  } catch (error) {
    if (session === undefined || fork === undefined || !(await isTaken(log, error, { session, before }))) throw error;
  }
  if (fork === undefined) throw new AgentKitError("internal", "A continuation has neither a session nor a fork.");
  return start(await fork());
}

/** Finds the session of a conversation. Throws ApiError 404 where there is none, or it is not the principal's. */
export async function findConversation(
  { kit, guard }: GatewayContext,
  id: string,
  principal: Principal,
): Promise<SessionState> {
  const session = parseConversationId(id);
  const state = session === undefined ? undefined : await loadOrUndefined(kit, session);
  if (state !== undefined && (await guard.admits(principal, state.session))) return state;
  const shown = id.length <= 80 ? id : `${id.slice(0, 79)}…`;
  throw refusal(`Conversation with id '${shown}' not found.`, {
    status: 404,
    param: "conversation",
    code: "conversation_not_found",
  });
}

/** Finds the run of a previous response. Throws ApiError 400 where there is none, or it is not the principal's. */
export async function findPrevious(context: GatewayContext, id: string, principal: Principal): Promise<FoundRun> {
  const name = parseResponseId(id);
  const found = name && (await findRun(context, name));
  const admitted = found !== undefined && (await context.guard.admits(principal, found.state.session));
  if (found === undefined || !admitted || !(await isStored(context, found))) {
    const shown = id.length <= 120 ? id : `${id.slice(0, 119)}…`;
    throw refusal(`Previous response with id '${shown}' not found.`, {
      param: "previous_response_id",
      code: "previous_response_not_found",
    });
  }
  return found;
}

// A run that a fork inherits and has not taken up stands in nobody's way.
function checkFree(state: SessionState): void {
  const { active, base } = state;
  if (active !== undefined && active.turn.to >= base) checkOver(state, active.turn, "conversation");
}

/** Refuses to go on with a session while a turn of it is not over. */
function checkOver({ session, active }: SessionState, turn: Turn, param: string): void {
  const resume = `POST /agentkit/v1/sessions/${session}/resume`;
  if (turn.status === "suspended") {
    const message =
      active?.prompt === "held"
        ? `The newest prompt of the conversation is held by the safety policy until its moderation answers or a person lets it go on. It is asked again by ${resume}.`
        : `A tool call of the conversation waits. Answer a request for an approval by an item of type 'mcp_approval_response'; decide on anything else by ${resume}.`;
    throw new ApiError({ ...toFailure({ code: "session_suspended", message, param }), session });
  }
  if (turn.status !== "running") return;
  const message = `A turn of the conversation is in progress. Try again when it has ended, or, if it was interrupted, take it up by ${resume}.`;
  throw new ApiError({ ...toFailure({ code: "session_busy", message, param }), session });
}

function continueAfter({ kit }: GatewayContext, { state, turn }: FoundRun, origin: RunOrigin): Continuation {
  const fork = async (): Promise<string> => (await kit.fork(state.session, { at: turn.to - state.base })).session;
  const isNewest = state.active === undefined && state.turns.last() === turn;
  const pending = pendingAfter(turn);
  return { ...(isNewest && { session: state.session }), isNew: false, origin, pending, fork };
}

function pendingAfter(turn: Turn): ReadonlySet<string> {
  if (turn.ending?.outcome !== "client_tools") return new Set();
  const items = [...turn.items];
  const answered = new Set(items.filter(isFunctionCallOutput).map((item) => item.call_id));
  const called = items.filter(isFunctionCall).map((item) => item.call_id);
  return new Set(called.filter((callId) => !answered.has(callId)));
}

interface Place {
  readonly session: string;
  readonly before: number | undefined;
}

/** Whether somebody else began a run before ours did, as opposed to taking over ours while it was under way. */
async function isTaken(log: EventLog, error: unknown, { session, before }: Place): Promise<boolean> {
  if (!AgentKitError.is(error)) return false;
  if (error.code === "session_busy") return true;
  if (error.code !== "concurrency_conflict") return false;
  // A run that is taken over is resumed. Running it once more in a fork would do what it did twice.
  for await (const event of log.readStream(toSessionStream(session), { from: (before ?? -1) + 1 })) {
    if (event.type === "RunResumed") return false;
  }
  return true;
}
