import { idempotencyKey } from "../events/event-id.ts";
import type { ParsedArguments, Tool } from "../agent/tool.ts";
import { parseJson } from "../json/parse-json.ts";
import { chooseContext, itemsWithin, requestHash, toModelRequest } from "./model-request.ts";
import type { ActiveRun, CallState, SessionState } from "./session-state.ts";
import type { RunDefinition } from "./run-definition.ts";
import type { DeniedCall, PlannedCall, Step } from "./step.ts";

/**
 * Decides what a session does next. Pure: a replay asks the same question of the same state and must get the same answer.
 */
export function nextStep(state: SessionState, definition: RunDefinition): Step {
  const { active } = state;
  if (active === undefined || active.turn.status !== "running") return { type: "rest" };
  switch (active.modelCall.status) {
    case "started":
      return { type: "wait" };
    case "idle":
      return callModel(state, active, definition);
    case "failed":
      return afterFailure(state, active, definition);
    case "completed":
      return afterAnswer(state, active, definition);
  }
}

function callModel(state: SessionState, active: ActiveRun, definition: RunDefinition): Step {
  const { limits } = definition.agent;
  if (active.answers >= limits.modelCalls) {
    const message = `The run has asked the model ${active.answers} times, which is its limit (limits.modelCalls).`;
    return { type: "fail", code: "run_call_limit_exceeded", message };
  }
  return attemptModel(state, { active, definition, attempt: 1, delayMs: 0 });
}

interface Attempt {
  readonly active: ActiveRun;
  readonly definition: RunDefinition;
  readonly attempt: number;
  readonly delayMs: number;
}

function attemptModel(state: SessionState, { active, definition, attempt, delayMs }: Attempt): Step {
  const context = chooseContext(state, active, definition.agent.window);
  const request = toModelRequest(definition.call, itemsWithin(state, context));
  return { type: "callModel", attempt, delayMs, request, requestHash: requestHash(request), context };
}

function afterFailure(state: SessionState, active: ActiveRun, definition: RunDefinition): Step {
  if (active.modelCall.status !== "failed") return { type: "wait" };
  const { attempt, failure } = active.modelCall;
  const { modelRetries, retryDelayMs } = definition.agent.limits;
  const interrupted = failure.code === "run_interrupted";
  // An interruption is nobody's refusal: it does not use up the attempts.
  const retry = interrupted || (failure.retryable && !failure.delivered && attempt <= modelRetries);
  if (!retry) return { type: "fail", code: failure.code, message: failure.message };
  const delayMs = interrupted ? 0 : (failure.retryAfterMs ?? retryDelayMs * 2 ** (attempt - 1));
  return attemptModel(state, { active, definition, attempt: interrupted ? attempt : attempt + 1, delayMs });
}

function afterAnswer(state: SessionState, active: ActiveRun, definition: RunDefinition): Step {
  if (active.modelCall.status === "completed" && active.modelCall.incompleteReason !== undefined) {
    return { type: "finish", outcome: "incomplete", reason: active.modelCall.incompleteReason };
  }
  const calls = [...active.calls.values()];
  const own = calls.filter((call) => !isClientCall(call, definition));
  return stepForCalls(own, active, { state, definition }) ?? afterCalls(state, active, definition);
}

interface Situation {
  readonly state: SessionState;
  readonly definition: RunDefinition;
}

function stepForCalls(calls: readonly CallState[], active: ActiveRun, situation: Situation): Step | undefined {
  const withStatus = (status: CallState["status"]) => calls.filter((call) => call.status === status);
  const announced = withStatus("announced");
  if (announced.length > 0) return { type: "requestTools", calls: announced };
  const unknown = withStatus("unknown");
  const runnable = [...withStatus("requested"), ...unknown.filter(mayRetry)];
  if (runnable.length > 0) return planCalls(runnable, active, situation);
  if (withStatus("started").length > 0) return { type: "wait" };
  const reconcilable = unknown.filter((call) => call.onUnknownOutcome === "reconcile");
  if (reconcilable.length > 0) return planReconciliation(reconcilable, active, situation);
  return unknown.length > 0 ? { type: "suspend", calls: unknown } : undefined;
}

/** Starts of one call before a person is asked, although its tool may be retried. */
const maxAttempts = 3;

function mayRetry(call: CallState): boolean {
  return call.onUnknownOutcome === "retry" && call.attempts < maxAttempts;
}

function afterCalls(state: SessionState, active: ActiveRun, definition: RunDefinition): Step {
  if (active.calls.size === 0) return { type: "finish", outcome: "answered" };
  const forClient = [...active.calls.values()].some((call) => isClientCall(call, definition));
  return forClient ? { type: "finish", outcome: "client_tools" } : callModel(state, active, definition);
}

function isClientCall(call: CallState, { agent, call: definition }: RunDefinition): boolean {
  const { name } = call.item;
  if (agent.tools.some((tool) => tool.name === name)) return false;
  return definition.tools.some((tool) => tool.name === name);
}

function planCalls(calls: readonly CallState[], active: ActiveRun, situation: Situation): Step {
  const plans = calls.map((call) => planCall(call, active, situation));
  const planned = plans.filter((plan): plan is PlannedCall => "tool" in plan);
  const denied = plans.filter((plan): plan is DeniedCall => "code" in plan);
  return { type: "callTools", calls: planned, denied };
}

function planReconciliation(calls: readonly CallState[], active: ActiveRun, situation: Situation): Step {
  const plans = calls.map((call) => planCall(call, active, situation));
  const planned = plans.filter((plan): plan is PlannedCall => "tool" in plan && plan.tool.reconcile !== undefined);
  // The tool that could have told is gone from the code, or has lost its reconcile function: a person decides.
  return planned.length > 0 ? { type: "reconcileTools", calls: planned } : { type: "suspend", calls };
}

function planCall(call: CallState, active: ActiveRun, { state, definition }: Situation): PlannedCall | DeniedCall {
  const tool = definition.agent.tools.find((candidate) => candidate.name === call.item.name);
  if (tool === undefined) {
    const known = definition.agent.tools.map((candidate) => candidate.name).join(", ") || "none";
    return { call, code: "tool_not_found", message: `There is no tool '${call.item.name}'. Tools: ${known}.` };
  }
  const parsed = parseArguments(tool, call.item.arguments);
  if (!parsed.ok) return { call, code: "arguments_invalid", message: parsed.message };
  // Some models number their calls anew in each answer.
  const key = idempotencyKey(state.session, active.turn.run, `${active.answers}:${call.callId}`);
  return { call, tool, input: parsed.value, attempt: call.attempts + 1, idempotencyKey: key };
}

function parseArguments(tool: Tool, text: string): ParsedArguments {
  try {
    return tool.parse(parseJson(text));
  } catch (error) {
    // A schema may throw as well (a transform, a refinement that waits), which says as much as a refusal.
    const isSyntax = error instanceof SyntaxError;
    return { ok: false, message: isSyntax ? "The arguments are no valid JSON." : "The arguments were not accepted." };
  }
}
