import { AgentKitError, canonicalJson, parseTicket } from "@agentkit/core";
import type { ApprovalDecision, Principal, RunResult } from "@agentkit/core";
import { decidedHeader, sessionHeader } from "../gateway-context.ts";
import type { GatewayContext, GatewayRequest } from "../gateway-context.ts";
import { ApiError, refusal } from "../http/api-error.ts";
import { toFailure } from "../http/failure-table.ts";
import { goOn } from "../sessions/session-commands.ts";
import { answerRun } from "./answer-run.ts";
import { findConversation, findPrevious } from "./continuation.ts";
import type { ApprovalAnswer, CreateRequest } from "./parse-create-request.ts";
import { findRun, isStored, newestResponseId } from "./read-run.ts";
import type { FoundRun } from "./read-run.ts";
import { streamOn } from "./stream-on.ts";

/**
 * Takes the answers to requests for approvals, and lets the run go on that asked. Its next response is the answer. Where the
 * functions' outputs that the request brings too have to be taken by another run, the request is left that goes on from there; as
 * that run's response has neither the decisions nor what came of them, a header names the one that has.
 *
 * Who decides is who was authenticated. Of what the client sends, only the ticket counts; an attempt that is refused is recorded.
 */
export async function answerApprovals(
  context: GatewayContext,
  request: GatewayRequest,
  create: CreateRequest,
): Promise<Response | CreateRequest> {
  const approver = request.get("principal");
  const found = await findAsked(context, create, approver);
  const { session } = found.state;
  request.header(sessionHeader, session);
  const steps = await toSteps(context, { session, approver, answers: create.approvals });
  const last = steps.at(-1);
  const alone = create.input.length === 0;
  const streams = alone && create.stream;
  for (const step of streams ? steps.slice(0, -1) : steps) await goOn(context, session, step);
  if (streams && last !== undefined) return streamOn({ context, request, found }, last);
  const over = await findRun(context, { session, run: found.turn.run });
  if (over === undefined) throw new AgentKitError("internal", "The log does not have the run that was decided on.");
  if (!alone && over.turn.ending?.outcome === "client_tools") return toRest({ context, request, create }, over);
  return answerRun(context, request, { found: over, inConversation: true });
}

interface Deciding {
  readonly context: GatewayContext;
  readonly request: GatewayRequest;
  readonly create: CreateRequest;
}

async function toRest({ context, request, create }: Deciding, over: FoundRun): Promise<CreateRequest> {
  const decided = await newestResponseId(context, over);
  if (await isStored(context, over)) request.header(decidedHeader, decided);
  return create.previousResponseId === undefined ? create : { ...create, previousResponseId: decided };
}

/** Finds the run that the answers are for. */
async function findAsked(context: GatewayContext, create: CreateRequest, principal: Principal): Promise<FoundRun> {
  const { conversationId, previousResponseId, input } = create;
  const others = typeof input === "string" || input.some(({ type }) => type !== "function_call_output");
  if (others) {
    const message =
      "Answers to requests for approvals come alone, or with the outputs of functions. Send the rest when the run has gone on.";
    throw refusal(message, { param: "input", code: "invalid_value" });
  }
  const found = await findNamed(context, { conversationId, previousResponseId, principal });
  if (found === undefined) {
    const message =
      "An 'mcp_approval_response' needs 'previous_response_id' or 'conversation': the run that asked goes on.";
    throw refusal(message, { param: "previous_response_id", code: "missing_required_parameter" });
  }
  if (found.turn.status !== "running") return found;
  const message = "The turn that asked for the approval is in progress. Try again when it has ended.";
  throw new ApiError(toFailure({ code: "session_busy", message, param: "input" }));
}

interface Naming extends Pick<CreateRequest, "conversationId" | "previousResponseId"> {
  readonly principal: Principal;
}

async function findNamed(context: GatewayContext, naming: Naming): Promise<FoundRun | undefined> {
  const { conversationId, previousResponseId, principal } = naming;
  if (previousResponseId !== undefined) return findPrevious(context, previousResponseId, principal);
  if (conversationId === undefined) return undefined;
  const state = await findConversation(context, conversationId, principal);
  const turn = state.active?.turn ?? state.turns.last();
  return turn && { state, turn };
}

type Step = () => Promise<RunResult>;

interface Answering {
  readonly session: string;
  readonly approver: Principal;
  readonly answers: readonly ApprovalAnswer[];
}

/**
 * What has to be done for the answers: those about the run's own calls at once, then each one about a call of a sub-run. Answers
 * that this run did not ask for are refused before anything is decided.
 */
async function toSteps({ kit }: GatewayContext, { session, approver, answers }: Answering): Promise<readonly Step[]> {
  const pending = new Map((await kit.approvals(session)).map((one) => [subjectOf(one.ticket), one.session]));
  const sessionOf = ({ ticket }: ApprovalAnswer): string | undefined => pending.get(subjectOf(ticket));
  const decide = (decided: readonly ApprovalAnswer[]): Step => {
    return async () => inWords(kit.resume(session, { decisions: decided.map(toDecision), approver }));
  };
  const unknown = answers.filter((answer) => sessionOf(answer) === undefined);
  if (unknown.length > 0) return [decide(unknown)];
  const own = answers.filter((answer) => sessionOf(answer) === session);
  const below = answers.filter((answer) => sessionOf(answer) !== session);
  return [
    ...(own.length > 0 ? [decide(own)] : []),
    ...below.map(
      (answer): Step =>
        async () =>
          inWords(kit.decide({ ...toDecision(answer), approver })),
    ),
  ];
}

/** What a ticket is about. Its signature differs after an exchange of keys; the engine verifies it. */
function subjectOf(ticket: string): string | undefined {
  const about = parseTicket(ticket);
  return about && canonicalJson({ ...about });
}

/** What the engine says of the decisions is said of the items that they came by. */
async function inWords(deciding: Promise<RunResult>): Promise<RunResult> {
  try {
    return await deciding;
  } catch (error) {
    if (!AgentKitError.is(error) || error.param !== "decisions") throw error;
    throw new ApiError(toFailure({ code: error.code, message: error.message, param: "input" }));
  }
}

function toDecision({ ticket, approve, reason }: ApprovalAnswer): ApprovalDecision {
  const callId = parseTicket(ticket)?.callId ?? "unknown";
  return { callId, ticket, outcome: approve ? "approve" : "deny", ...(reason !== undefined && { reason }) };
}
