import type { EventDraft } from "../events/catalogue.ts";
import type { ActiveRun } from "./session-state.ts";

/**
 * What is observed when a run is taken up whose worker is gone: the model call under way has no answer, and of the tools
 * that were started nobody knows the outcome.
 */
export function toInterruption(active: ActiveRun): readonly EventDraft[] {
  const started = [...active.calls.values()].filter((call) => call.status === "started");
  const tools = started.map((call): EventDraft => {
    const data = { callId: call.callId, reason: "interrupted", policy: call.onUnknownOutcome };
    return { type: "ToolCallOutcomeUnknown", data };
  });
  const model = active.modelCall.status === "started" ? [interruptedModelCall] : [];
  return [{ type: "RunResumed", data: { reason: "interrupted" } }, ...model, ...tools];
}

const interruptedModelCall: EventDraft = {
  type: "ModelCallFailed",
  data: {
    code: "run_interrupted",
    message: "The process that waited for the answer ended before it came.",
    retryable: true,
    delivered: false,
  },
};
