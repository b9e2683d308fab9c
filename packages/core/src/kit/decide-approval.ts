import type { Principal } from "../access/principal.ts";
import { toApprovalStatement } from "../approvals/approval-statement.ts";
import { isGenuineTicket, parseTicket } from "../approvals/approval-ticket.ts";
import type { ApprovalTicket } from "../approvals/approval-ticket.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventData, EventDraft } from "../events/catalogue.ts";
import { decodeEvent } from "../events/decode-event.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import { contentHash } from "../json/content-hash.ts";
import { parseJson } from "../json/parse-json.ts";
import type { EnginePorts } from "../run/engine-ports.ts";
import type { KitContext } from "../run/kit-context.ts";
import { argumentsOf } from "../session/call-state.ts";
import type { ApprovalState, CallState } from "../session/call-state.ts";
import type { SessionState } from "../session/session-state.ts";
import { toSessionStream } from "../session/session-stream.ts";
import { expiryOf, isAwaiting } from "./pending-approval.ts";
import { recordRefusal } from "./record-refusal.ts";
import { lookAtEdit, redactPrincipal } from "./look-at-edit.ts";
import type { Awaiting } from "./pending-approval.ts";
import type { ApprovalDecision } from "./run-options.ts";
import { isOrphan } from "./wake-up.ts";

type Refusal = EventData<"ApprovalRefused">["reason"];

/**
 * Turns a decision on a request into its event, the signed approval or the denial. An attempt that is refused is recorded.
 *
 * @throws AgentKitError `approval_forged`, `approval_replayed`, `approval_expired`, `approval_arguments_mismatch`,
 * `approval_role_missing`, `approval_not_waiting`; `input_invalid` for changed arguments that the tool does not take.
 */
export async function decideApproval(
  context: KitContext,
  state: SessionState,
  { decision, approver }: { readonly decision: ApprovalDecision; readonly approver: Principal },
): Promise<readonly EventDraft[]> {
  const call = state.active?.calls.get(decision.callId);
  const ticket = openTicket(context, decision.ticket);
  const isLate = await isOrphan(context.ports, state);
  const found = isLate ? "not_waiting" : refuse({ context, state, call, decision, approver, ticket });
  const refusal = found === "replayed" && (await hasExpired(context.ports, state.session, ticket)) ? "expired" : found;
  if (refusal !== undefined || call === undefined || !isAwaiting(call)) {
    const reason = refusal ?? "not_waiting";
    await recordRefusal(context, state.session, { reason, decision, approver, ticket });
    throw refused(reason, decision.callId);
  }
  if (decision.outcome === "deny") return [toDenied(call, decision, approver)];
  return approve(context, state, { call, decision, approver, ticket });
}

interface Approving extends Pick<Attempt, "approver" | "ticket"> {
  readonly call: Awaiting;
  readonly decision: ApprovalDecision & { readonly outcome: "approve" };
}

async function approve(context: KitContext, state: SessionState, approving: Approving): Promise<readonly EventDraft[]> {
  const { decision, approver, ticket } = approving;
  const edit = { text: decision.arguments, agent: state.active?.agent ?? "" };
  const edited = await lookAtEdit(context, state, withArguments(context, approving.call, edit));
  const { call, decided, isBlocked } = edited;
  if (isBlocked) {
    await recordRefusal(context, state.session, { reason: "content_blocked", decision, approver, ticket });
    throw refused("content_blocked", call.callId);
  }
  const recorded = redactPrincipal(context, state, approver);
  return [...decided, toApproved(context, state, { call, decision, approver: recorded })];
}

/** How far back the end of a request is looked for, in events. */
const eventsLookedAt = 1_000;

// Nobody decided on a request that ran out: who comes late does not come twice.
async function hasExpired({ log }: EnginePorts, session: string, ticket: ApprovalTicket | undefined): Promise<boolean> {
  const options = { direction: "backwards", limit: eventsLookedAt } as const;
  for await (const stored of log.readStream(toSessionStream(session), options)) {
    const event = decodeEvent(stored);
    if (event.type !== "ToolCallDenied" || event.data.approval?.id !== ticket?.approval) continue;
    return event.data.code === "approval_expired";
  }
  return false;
}

function openTicket({ authority }: KitContext, ticket: string): ApprovalTicket | undefined {
  return authority && isGenuineTicket(ticket, authority) ? parseTicket(ticket) : undefined;
}

function toDenied({ callId, approval }: Awaiting, { reason }: ApprovalDecision, approver: Principal): EventDraft {
  const message = `A person refused the call${reason === undefined ? "." : `: ${reason}`}`;
  return {
    type: "ToolCallDenied",
    data: { callId, code: "approval_denied", message, approval: { id: approval.id, approver } },
  };
}

interface Attempt {
  readonly context: KitContext;
  readonly state: SessionState;
  readonly call: CallState | undefined;
  readonly decision: ApprovalDecision;
  readonly approver: Principal;
  readonly ticket: ApprovalTicket | undefined;
}

function refuse(attempt: Attempt): Refusal | undefined {
  const { state, call, decision, ticket } = attempt;
  if (ticket === undefined) return "forged";
  if (ticket.session !== state.session || ticket.callId !== decision.callId) return "arguments_mismatch";
  // The ticket is genuine: what it was made for has been decided, or is gone.
  if (call === undefined || !isAwaiting(call) || call.approval.id !== ticket.approval) return "replayed";
  const argumentsHash = contentHash(argumentsOf(call));
  const seen = decision.outcome === "approve" ? (decision.argumentsHash ?? argumentsHash) : argumentsHash;
  if (ticket.argumentsHash !== argumentsHash || seen !== argumentsHash) return "arguments_mismatch";
  return refuseApprover(attempt, call.approval);
}

function refuseApprover({ context, approver }: Attempt, approval: ApprovalState): Refusal | undefined {
  if (context.ports.clock.now() >= Date.parse(expiryOf(approval))) return "expired";
  const { roles } = approval.requested;
  return roles.length > 0 && !roles.some((role) => approver.roles.includes(role)) ? "role_missing" : undefined;
}

const messages: Readonly<Record<Refusal, string>> = {
  forged: "was not asked for by this deployment, or was changed",
  replayed: "was decided on already, or is no longer asked for",
  expired: "came too late",
  arguments_mismatch: "is for another call, or for other arguments",
  role_missing: "needs a role that the approver does not have",
  not_waiting: "is not waited for",
  content_blocked: "is for arguments that the safety policy does not let go on",
};

function refused(reason: Refusal, callId: string): AgentKitError {
  const message = `The approval of call '${callId}' ${messages[reason]}. The attempt was recorded; look at the requests that are open.`;
  return new AgentKitError(`approval_${reason}`, message, { param: "decisions" });
}

// What an approver writes is checked here, where they can still correct it.
function withArguments({ agents }: KitContext, call: Awaiting, { text, agent }: Edit): Awaiting {
  if (text === undefined) return call;
  const tool = agents(agent)?.tools.find(({ name }) => name === call.item.name);
  try {
    const parsed = tool?.parse(parseJson(text));
    if (parsed?.ok === false) throw new Error(parsed.message);
    canonicalJson(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "they are not accepted";
    const message = `The changed arguments are nothing that the tool takes: ${reason}`;
    throw new AgentKitError("input_invalid", message, { param: "decisions.arguments", cause });
  }
  return { ...call, editedArguments: text };
}

interface Edit {
  /** JSON text. */
  readonly text: string | undefined;
  /** The agent whose tool it is. */
  readonly agent: string;
}

function toApproved(
  { authority }: KitContext,
  { session, active }: SessionState,
  {
    call,
    decision,
    approver,
  }: { readonly call: Awaiting; readonly decision: ApprovalDecision; readonly approver: Principal },
): EventDraft {
  if (authority === undefined || active === undefined) throw refused("not_waiting", call.callId);
  const { id, requested } = call.approval;
  const unsigned = { id, approver, policy: requested.policy, expires: expiryOf(call.approval) };
  const statement = toApprovalStatement({ session, run: active.turn.run }, call, unsigned);
  const approval = { ...unsigned, keyId: authority.keyId, signature: authority.sign(statement) };
  const data: EventData<"ToolCallApproved"> = {
    callId: call.callId,
    argumentsHash: contentHash(argumentsOf(call)),
    ...(decision.reason !== undefined && { reason: decision.reason }),
    ...(call.editedArguments !== undefined && { arguments: call.editedArguments }),
    approval,
  };
  return { type: "ToolCallApproved", data };
}
