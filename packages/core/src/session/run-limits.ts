import type { RunLimits } from "../agent/define-agent.ts";
import type { ErrorCode } from "../errors/error-codes.ts";
import type { ActiveRun } from "./session-state.ts";
import { tokensOf } from "./spent.ts";

/** A limit that a run has reached. */
export interface ReachedLimit {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Whether a run may ask the model once more. Pure: it counts what the log says. */
export function checkLimits(active: ActiveRun, limits: RunLimits): ReachedLimit | undefined {
  const tokens = tokensOf(active.turn.usage);
  if (active.answers >= limits.modelCalls) {
    const message = `The run has asked the model ${active.answers} times, which is its limit (limits.modelCalls).`;
    return { code: "run_call_limit_exceeded", message };
  }
  if (active.invalidCalls > limits.invalidCalls) {
    const message = `${active.invalidCalls} calls of the model were refused (no such tool, arguments that do not fit, a handoff too many); the limit is ${limits.invalidCalls} (limits.invalidCalls).`;
    return { code: "run_invalid_call_limit_exceeded", message };
  }
  if (limits.tokens !== undefined && tokens >= limits.tokens) {
    const message = `The run has used ${tokens} tokens; its limit is ${limits.tokens} (limits.tokens).`;
    return { code: "run_token_limit_exceeded", message };
  }
  const limitsCost = limits.costMicroUsd !== undefined || limits.tree?.costMicroUsd !== undefined;
  if (limitsCost && active.unpriced) {
    const message = "The run has a limit of cost, and the price of its model is not known. Add it to the kit's prices.";
    return { code: "run_cost_limit_exceeded", message };
  }
  if (limits.costMicroUsd !== undefined && active.costMicroUsd >= limits.costMicroUsd) {
    const message = `The run has cost ${active.costMicroUsd} millionths of a dollar; its limit is ${limits.costMicroUsd} (limits.costMicroUsd).`;
    return { code: "run_cost_limit_exceeded", message };
  }
  return undefined;
}
