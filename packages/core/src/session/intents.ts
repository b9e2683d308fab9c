import type { EventDraft } from "../events/catalogue.ts";
import type { RunDefinition } from "./run-definition.ts";
import type { Step } from "./step.ts";
import type { CallState } from "./session-state.ts";

/**
 * The events a step puts in the log before anything of it is carried out. Pure and complete: a replay compares them with
 * what was recorded.
 */
export function toIntents(step: Step, definition: RunDefinition): readonly EventDraft[] {
  switch (step.type) {
    case "callModel":
      return modelIntents(step, definition);
    case "requestTools":
      return step.calls.map((call) => requestIntent(call, definition));
    case "callTools":
      return toolIntents(step);
    case "suspend":
      return [
        {
          type: "RunSuspended",
          data: { reason: "outcome_unknown", calls: step.calls.map((call) => call.callId) },
        },
      ];
    case "finish":
      return [
        {
          type: "RunCompleted",
          data: { outcome: step.outcome, ...(step.reason !== undefined && { reason: step.reason }) },
        },
      ];
    case "fail":
      return [{ type: "RunFailed", data: { code: step.code, message: step.message } }];
    case "reconcileTools":
    case "rest":
    case "wait":
      return [];
  }
}

function modelIntents(step: Extract<Step, { type: "callModel" }>, definition: RunDefinition): readonly EventDraft[] {
  const { instructions, tools, settings } = definition.contents;
  return [
    {
      type: "ContextAssembled",
      data: { ...step.context, items: step.request.input.length, window: definition.agent.window.name },
    },
    {
      type: "ModelCallStarted",
      data: {
        attempt: step.attempt,
        model: step.request.model,
        ...(instructions && { instructions: instructions.hash }),
        ...(tools && { tools: tools.hash }),
        ...(settings && { settings: settings.hash }),
        requestHash: step.requestHash,
      },
    },
  ];
}

function requestIntent(call: CallState, { agent }: RunDefinition): EventDraft {
  const tool = agent.tools.find((candidate) => candidate.name === call.item.name);
  const declared = tool && { sideEffects: tool.sideEffects, onUnknownOutcome: tool.onUnknownOutcome };
  return { type: "ToolCallRequested", data: { callId: call.callId, tool: call.item.name, ...declared } };
}

function toolIntents(step: Extract<Step, { type: "callTools" }>): readonly EventDraft[] {
  const denied = step.denied.map(({ call, code, message }): EventDraft => {
    return { type: "ToolCallDenied", data: { callId: call.callId, code, message } };
  });
  const started = step.calls.map(({ call, attempt, idempotencyKey }): EventDraft => {
    return { type: "ToolCallStarted", data: { callId: call.callId, attempt, idempotencyKey } };
  });
  return [...denied, ...started];
}
