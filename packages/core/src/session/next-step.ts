import { chooseContext, itemsWithin, requestHash, toModelRequest } from "./model-request.ts";
import type { CallState, CallStatus } from "./call-state.ts";
import { planCalls, planReconciliation } from "./plan-calls.ts";
import type { Situation } from "./plan-calls.ts";
import { findHandoff, planHandoff } from "./plan-handoff.ts";
import { checkLimits } from "./run-limits.ts";
import type { RunDefinition } from "./run-definition.ts";
import type { SessionState } from "./session-state.ts";
import type { Step, SuspensionReason } from "./step.ts";

/**
 * Decides what a session does next. Pure: a replay asks the same question of the same state and must get the same answer.
 *
 * @param definition That of the agent which has the run now (`currentDefinition`).
 */
export function nextStep(state: SessionState, definition: RunDefinition): Step {
  const { active } = state;
  if (active === undefined || active.turn.status !== "running") return { type: "rest" };
  const situation = { state, active, definition };
  // What was blocked ends as an answer does that is filtered: in the protocol's own terms.
  if (active.prompt === "blocked") return { type: "finish", outcome: "incomplete", reason: "content_filter" };
  if (active.prompt === "held") return { type: "suspend", reason: "moderation", calls: [] };
  switch (active.modelCall.status) {
    case "started":
      return { type: "wait" };
    case "idle":
      return callModel(situation);
    case "failed":
      return afterFailure(situation);
    case "completed":
      return afterAnswer(situation);
  }
}

function callModel(situation: Situation): Step {
  const { active, definition } = situation;
  const exceeded = checkLimits(active, definition.agent.limits);
  if (exceeded !== undefined) return { type: "fail", ...exceeded };
  if (definition.offers.length > 0 && active.offeredTo !== definition.agent.name) return { type: "offerTools" };
  return attemptModel(situation, { attempt: 1, delayMs: 0 });
}

interface Attempt {
  readonly attempt: number;
  readonly delayMs: number;
}

function attemptModel({ state, active, definition }: Situation, attempt: Attempt): Step {
  const context = chooseContext(state, active, definition.agent.window);
  const { call, contents } = active.answers > 0 ? (definition.later ?? definition) : definition;
  const request = toModelRequest(call, itemsWithin(state, context));
  return { type: "callModel", ...attempt, request, requestHash: requestHash(request), contents, context };
}

function afterFailure(situation: Situation): Step {
  const { modelCall } = situation.active;
  if (modelCall.status !== "failed") return { type: "wait" };
  const { attempt, failure } = modelCall;
  const { modelRetries, retryDelayMs } = situation.definition.agent.limits;
  const interrupted = failure.code === "run_interrupted";
  // An interruption is nobody's refusal: it does not use up the attempts.
  const retry = interrupted || (failure.retryable && !failure.delivered && attempt <= modelRetries);
  if (!retry) return { type: "fail", code: failure.code, message: failure.message };
  const delayMs = interrupted ? 0 : (failure.retryAfterMs ?? retryDelayMs * 2 ** (attempt - 1));
  return attemptModel(situation, { attempt: interrupted ? attempt : attempt + 1, delayMs });
}

function afterAnswer(situation: Situation): Step {
  const { active } = situation;
  if (active.modelCall.status === "completed" && active.modelCall.incompleteReason !== undefined) {
    return { type: "finish", outcome: "incomplete", reason: active.modelCall.incompleteReason };
  }
  const own = [...active.calls.values()].filter((call) => !isClientCall(call, situation));
  return stepForCalls(own, situation) ?? afterCalls(situation);
}

function stepForCalls(calls: readonly CallState[], situation: Situation): Step | undefined {
  const announced = withStatus(calls, "announced");
  if (announced.length > 0) return { type: "requestTools", calls: announced };
  const isHandoff = (call: CallState): boolean => findHandoff(situation, call.item.name) !== undefined;
  const step = stepForTools(
    calls.filter((call) => !isHandoff(call)),
    situation,
  );
  const handoffs = withStatus(calls, "requested").filter(isHandoff);
  return step ?? (handoffs.length > 0 ? planHandoff(handoffs, situation) : undefined);
}

function stepForTools(calls: readonly CallState[], situation: Situation): Step | undefined {
  const unknown = withStatus(calls, "unknown");
  const runnable = [...withStatus(calls, "requested"), ...unknown.filter(mayRetry)];
  if (runnable.length > 0) return startCalls(runnable, situation);
  if (withStatus(calls, "started").length > 0) return { type: "wait" };
  const reconcilable = unknown.filter((call) => call.onUnknownOutcome === "reconcile");
  const planned = planReconciliation(reconcilable, situation);
  return planned.length > 0 ? { type: "reconcileTools", calls: planned } : suspendFor(calls);
}

function startCalls(calls: readonly CallState[], situation: Situation): Step {
  const step = planCalls(calls, situation);
  const { toolCalls } = situation.definition.agent.limits;
  const first = step.calls.filter(({ attempt }) => attempt === 1).length;
  if (situation.active.toolCalls + first <= toolCalls) return step;
  const message = `The run has called tools ${situation.active.toolCalls} times and asks for ${first} more; its limit is ${toolCalls} (limits.toolCalls).`;
  return { type: "fail", code: "run_tool_call_limit_exceeded", message };
}

const suspensions: readonly (readonly [CallStatus, SuspensionReason])[] = [
  ["awaiting_approval", "approval_required"],
  ["unknown", "outcome_unknown"],
  ["waiting", "waiting"],
];

function suspendFor(calls: readonly CallState[]): Step | undefined {
  const waiting = suspensions.flatMap(([status]) => withStatus(calls, status));
  const reason = suspensions.find(([status]) => withStatus(calls, status).length > 0)?.[1];
  return reason && { type: "suspend", reason, calls: waiting };
}

function withStatus(calls: readonly CallState[], status: CallStatus): readonly CallState[] {
  return calls.filter((call) => call.status === status);
}

/** Starts of one call before a person is asked, although its tool may be retried. */
const maxAttempts = 3;

function mayRetry(call: CallState): boolean {
  return call.onUnknownOutcome === "retry" && call.attempts - (call.suspensions ?? 0) < maxAttempts;
}

function afterCalls(situation: Situation): Step {
  const { active } = situation;
  if (active.calls.size === 0) return { type: "finish", outcome: "answered" };
  // The agent's own were requested; what is left is the caller's, whoever has the run by now.
  const forClient = [...active.calls.values()].some(({ status }) => status === "announced");
  return forClient ? { type: "finish", outcome: "client_tools" } : callModel(situation);
}

function isClientCall(call: CallState, { definition }: Situation): boolean {
  // What must not go on by itself does not go to the caller, who would run it.
  if (call.verdict !== undefined) return false;
  const { name } = call.item;
  const { tools, handoffs } = definition.agent;
  if ([...tools, ...handoffs].some((own) => own.name === name)) return false;
  return definition.call.tools.some((tool) => tool.name === name);
}
