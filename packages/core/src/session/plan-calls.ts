import { derivedId, idempotencyKey } from "../events/event-id.ts";
import { contentHash } from "../json/content-hash.ts";
import { argumentsOf } from "./call-state.ts";
import type { CallState } from "./call-state.ts";
import { readCall, shownNames } from "./read-call.ts";
import type { RunDefinition } from "./run-definition.ts";
import type { ActiveRun, SessionState } from "./session-state.ts";
import type { CallToApprove, DeniedCall, PlannedCall, Step } from "./step.ts";

/** What calls are planned in. */
export interface Situation {
  readonly state: SessionState;
  readonly active: ActiveRun;
  readonly definition: RunDefinition;
}

type Plan =
  | { readonly type: "start"; readonly planned: PlannedCall }
  | { readonly type: "deny"; readonly denied: DeniedCall }
  | { readonly type: "approve"; readonly toApprove: CallToApprove };

/** Decides for each call whether it starts, is refused, or waits for an approval first. */
export function planCalls(calls: readonly CallState[], situation: Situation): Extract<Step, { type: "callTools" }> {
  const plans = calls.map((call) => planCall(call, situation));
  return {
    type: "callTools",
    calls: plans.flatMap((plan) => (plan.type === "start" ? [plan.planned] : [])),
    denied: plans.flatMap((plan) => (plan.type === "deny" ? [plan.denied] : [])),
    toApprove: plans.flatMap((plan) => (plan.type === "approve" ? [plan.toApprove] : [])),
  };
}

/** Plans to ask the tools what became of calls; those whose tool can no longer tell are left to a person. */
export function planReconciliation(calls: readonly CallState[], situation: Situation): readonly PlannedCall[] {
  const plans = calls.map((call) => planStart(call, situation));
  return plans.flatMap((plan) => (plan.type === "start" && plan.planned.tool.reconcile ? [plan.planned] : []));
}

function planCall(call: CallState, situation: Situation): Plan {
  const plan = planStart(call, situation);
  if (plan.type === "deny" && isBlockedCall(call, plan.denied)) {
    return { type: "deny", denied: { ...plan.denied, ...toBlocked(call) } };
  }
  if (plan.type !== "start" || call.approval?.given !== undefined) return plan;
  const { planned } = plan;
  const refusal = refuseContent(planned, situation);
  if (refusal !== undefined) return { type: "deny", denied: { call, access: planned.access, ...refusal } };
  const policy = policyThatAsks(planned, situation);
  if (policy === undefined) return plan;
  const request = toApprovalRequest(planned, situation, policy);
  return { type: "approve", toApprove: { call, access: planned.access, request } };
}

function planStart(call: CallState, situation: Situation): Plan {
  const { state, active, definition } = situation;
  const tool = definition.agent.tools.find(({ name }) => name === call.item.name);
  if (tool === undefined) return notFound(call, definition);
  const text = argumentsOf(call);
  const read = readCall(tool, text, definition);
  const { access } = read;
  // What the tool gets is not in the log, and is read again once it is put together.
  const isRestored = definition.safety?.restorer.concerns(tool.name, text) === true;
  if (!read.ok && !(isRestored && read.code === "arguments_invalid")) {
    return { type: "deny", denied: { call, access, code: read.code, message: read.message } };
  }
  // Some models number their calls anew in each answer.
  const key = idempotencyKey(state.session, active.turn.run, `${active.answers}:${call.callId}`);
  const planned = { call, tool, attempt: call.attempts + 1, idempotencyKey: key, access };
  if (isRestored || !read.ok) return { type: "start", planned: { ...planned, input: undefined, isRestored: true } };
  return { type: "start", planned: { ...planned, input: read.input } };
}

/** Whether the conversation holds what makes a call suspicious that was not begun before it did. */
function isSuspicious({ call, tool }: PlannedCall, { state }: Situation): boolean {
  return state.untrusted === true && tool.sideEffects !== "none" && call.attempts === 0;
}

function refuseContent(planned: PlannedCall, situation: Situation): Pick<DeniedCall, "code" | "message"> | undefined {
  if (planned.call.verdict === "block") return toBlocked(planned.call);
  if (situation.definition.safety?.untrusted !== "deny" || !isSuspicious(planned, situation)) return undefined;
  const message = `The conversation holds content from outside, so '${planned.tool.name}', which has side effects, may not be called.`;
  return { code: "untrusted_content", message };
}

/**
 * What was blocked is not in the call any more: that the rest does not fit says nothing. About a function of the caller's nobody can
 * be asked.
 */
function isBlockedCall({ verdict }: CallState, { code }: DeniedCall): boolean {
  return (code === "arguments_invalid" && verdict === "block") || (code === "tool_not_found" && verdict !== undefined);
}

function toBlocked({ item }: CallState): Pick<DeniedCall, "code" | "message"> {
  const message = `The safety policy does not let a call of '${item.name}' with these arguments go on.`;
  return { code: "content_blocked", message };
}

/** The policy under which a call needs an approval; nothing where it needs none. */
function policyThatAsks(planned: PlannedCall, situation: Situation): string | undefined {
  const { agent, access, safety } = situation.definition;
  if (needsApproval(planned, situation.definition)) {
    const { policy } = access;
    return policy === undefined ? `agent:${agent.name}@${agent.version}` : `${policy.id}@${policy.version}`;
  }
  const asks = safety?.untrusted === "require_approval" && isSuspicious(planned, situation);
  if (!asks && planned.call.verdict !== "require_approval") return undefined;
  return safety === undefined ? "safety" : `safety:${safety.policy.id}@${safety.policy.version}`;
}

function notFound(call: CallState, definition: RunDefinition): Plan {
  const known = shownNames(definition).join(", ") || "none";
  const message = `There is no tool '${call.item.name}'. Tools: ${known}.`;
  return { type: "deny", denied: { call, code: "tool_not_found", message } };
}

function needsApproval({ tool, input, isRestored }: PlannedCall, { access }: RunDefinition): boolean {
  const { approval } = tool;
  if (approval === undefined || approval.when === "never") return false;
  // A rule that cannot see the arguments leaves them to a person.
  if (approval.when === "always" || isRestored === true) return true;
  try {
    // One that gives anything else than a plain no cannot tell either.
    const needed: unknown = approval.when(input, access.principal);
    return needed !== false;
  } catch {
    return true;
  }
}

/** For how long a request may be decided on where the tool does not say, in milliseconds. */
const dayMs = 86_400_000;

function toApprovalRequest(
  { call, tool }: PlannedCall,
  { state, active }: Situation,
  policy: string,
): CallToApprove["request"] {
  const count = (call.approvals ?? 0) + 1;
  return {
    callId: call.callId,
    approval: derivedId("approval", state.session, active.turn.run, `${active.answers}:${call.callId}`, String(count)),
    tool: tool.name,
    argumentsHash: contentHash(argumentsOf(call)),
    roles: [...(tool.approval?.roles ?? [])],
    policy,
    validForMs: tool.approval?.validForMs ?? dayMs,
  };
}
