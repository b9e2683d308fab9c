import type { EventData, EventOf } from "../events/catalogue.ts";
import { isFunctionCall } from "../model/items.ts";
import type { Usage } from "../model/model.ts";
import type { CallState } from "./call-state.ts";
import type { ActiveRun, SessionState } from "./session-state.ts";

type ModelCallEvent = EventOf<"ModelCallStarted" | "ModelCallCompleted" | "ModelCallFailed">;

/** Folds the events of calls to the model. */
export function evolveModelCall(state: SessionState, event: ModelCallEvent): SessionState {
  const { active } = state;
  if (active === undefined) return state;
  switch (event.type) {
    case "ModelCallStarted":
      return { ...state, active: { ...active, modelCall: { status: "started", attempt: event.data.attempt } } };
    case "ModelCallCompleted":
      return { ...state, active: completeCall(active, event.data) };
    case "ModelCallFailed":
      return { ...state, active: failCall(active, event.data) };
  }
}

function completeCall(active: ActiveRun, data: EventData<"ModelCallCompleted">): ActiveRun {
  const { turn } = active;
  const usage = data.usage === undefined ? turn.usage : addUsage(turn.usage, data.usage);
  return {
    ...active,
    turn: { ...turn, items: turn.items.append(...data.output), usage },
    modelCall: {
      status: "completed",
      incompleteReason: data.status === "incomplete" ? incompleteReason(data) : undefined,
    },
    answers: active.answers + 1,
    costMicroUsd: active.costMicroUsd + (data.costMicroUsd ?? 0),
    unpriced: active.unpriced || (data.usage !== undefined && data.costMicroUsd === undefined),
    calls: announcedCalls(data),
  };
}

function incompleteReason(data: EventData<"ModelCallCompleted">): string {
  return data.incompleteReason ?? "unknown";
}

function announcedCalls(data: EventData<"ModelCallCompleted">): ReadonlyMap<string, CallState> {
  const calls = data.output.filter(isFunctionCall).map((item): [string, CallState] => {
    const call: CallState = {
      callId: item.call_id,
      item,
      status: "announced",
      attempts: 0,
      declaredPolicy: "ask",
      onUnknownOutcome: "ask",
    };
    return [item.call_id, call];
  });
  return new Map(calls);
}

function failCall(active: ActiveRun, failure: EventData<"ModelCallFailed">): ActiveRun {
  const attempt = active.modelCall.status === "started" ? active.modelCall.attempt : 1;
  return { ...active, modelCall: { status: "failed", attempt, failure } };
}

function addUsage(sum: Usage, usage: Usage): Usage {
  return {
    uncachedInputTokens: sum.uncachedInputTokens + usage.uncachedInputTokens,
    cacheReadTokens: sum.cacheReadTokens + usage.cacheReadTokens,
    cacheWriteTokens: sum.cacheWriteTokens + usage.cacheWriteTokens,
    outputTokens: sum.outputTokens + usage.outputTokens,
    reasoningTokens: sum.reasoningTokens + usage.reasoningTokens,
  };
}
