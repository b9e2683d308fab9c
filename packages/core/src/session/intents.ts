import type { OfferDecision } from "../access/decide-access.ts";
import type { EventData, EventDraft } from "../events/catalogue.ts";
import type { RunDefinition } from "./run-definition.ts";
import type { DeniedCall, Step } from "./step.ts";
import type { AccessDecision } from "../access/access-policy.ts";
import type { CallState } from "./call-state.ts";

/**
 * The events a step puts in the log before anything of it is carried out. Pure and complete: a replay compares them with
 * what was recorded.
 */
export function toIntents(step: Step, definition: RunDefinition): readonly EventDraft[] {
  switch (step.type) {
    case "offerTools":
      return [toAccessDecided(definition, { decisions: definition.offers.map(toDecision) })];
    case "callModel":
      return modelIntents(step, definition);
    case "requestTools":
      return step.calls.map((call) => requestIntent(call, definition));
    case "callTools":
      return toolIntents(step, definition);
    case "handOff":
      return [
        ...step.denied.flatMap((call) => deniedIntents(call, definition)),
        ...accessIntents(step.planned.call, step.planned.access, definition),
        { type: "HandoffDecided", data: step.planned.handoff },
      ];
    case "suspend":
    case "finish":
    case "fail":
      return [standingIntent(step)];
    case "reconcileTools":
    case "rest":
    case "wait":
      return [];
  }
}

function standingIntent(step: Extract<Step, { type: "suspend" | "finish" | "fail" }>): EventDraft {
  switch (step.type) {
    case "suspend":
      return { type: "RunSuspended", data: { reason: step.reason, calls: step.calls.map((call) => call.callId) } };
    case "finish": {
      const reason = step.reason === undefined ? {} : { reason: step.reason };
      return { type: "RunCompleted", data: { outcome: step.outcome, ...reason } };
    }
    case "fail":
      return { type: "RunFailed", data: { code: step.code, message: step.message } };
  }
}

function modelIntents(step: Extract<Step, { type: "callModel" }>, definition: RunDefinition): readonly EventDraft[] {
  const { instructions, tools, settings } = step.contents;
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
  const { name } = call.item;
  const tool = agent.tools.find((candidate) => candidate.name === name);
  const declared = tool && { sideEffects: tool.sideEffects, onUnknownOutcome: tool.onUnknownOutcome };
  return { type: "ToolCallRequested", data: { callId: call.callId, tool: name, ...declared } };
}

function toolIntents(step: Extract<Step, { type: "callTools" }>, definition: RunDefinition): readonly EventDraft[] {
  const denied = step.denied.flatMap((call) => deniedIntents(call, definition));
  const toApprove = step.toApprove.flatMap(({ call, request, access }): readonly EventDraft[] => {
    return [...accessIntents(call, access, definition), { type: "ApprovalRequested", data: request }];
  });
  const started = step.calls.flatMap(({ call, attempt, idempotencyKey, access }): readonly EventDraft[] => {
    const start: EventDraft = { type: "ToolCallStarted", data: { callId: call.callId, attempt, idempotencyKey } };
    return [...accessIntents(call, access, definition), start];
  });
  return [...denied, ...toApprove, ...started];
}

function deniedIntents({ call, code, message, access }: DeniedCall, definition: RunDefinition): readonly EventDraft[] {
  const denied: EventDraft = { type: "ToolCallDenied", data: { callId: call.callId, code, message } };
  return [...accessIntents(call, access, definition), denied];
}

function accessIntents(
  call: CallState,
  access: AccessDecision | undefined,
  definition: RunDefinition,
): readonly EventDraft[] {
  if (access === undefined) return [];
  const decisions = [toDecision({ ...access, tools: [call.item.name] })];
  return [toAccessDecided(definition, { callId: call.callId, decisions })];
}

type Decisions = Pick<EventData<"AccessDecided">, "callId" | "decisions">;

function toAccessDecided({ agent, access }: RunDefinition, decisions: Decisions): EventDraft {
  const { policy } = access;
  const named = policy && { policy: { id: policy.id, version: policy.version, hash: policy.hash } };
  return { type: "AccessDecided", data: { agent: agent.name, ...named, ...decisions } };
}

function toDecision({ effect, rule, tools }: OfferDecision): Decisions["decisions"][number] {
  return { effect, rule, tools: [...tools] };
}
