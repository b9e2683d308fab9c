import type { RecordedEvent } from "../events/catalogue.ts";
import { evolveCalls } from "./evolve-calls.ts";
import { evolveModelCall } from "./evolve-model-call.ts";
import { evolveRun } from "./evolve-run.ts";
import { sequenceOf } from "./session-state.ts";
import type { SessionState } from "./session-state.ts";

/**
 * Folds one event into the session's state. Pure: the same events give the same state on any machine, at any time; the
 * events' times and positions are never looked at.
 */
export function evolve(state: SessionState, event: RecordedEvent): SessionState {
  return apply(moveTo(state, event), event);
}

function apply(state: SessionState, event: RecordedEvent): SessionState {
  switch (event.type) {
    case "RunStarted":
    case "PromptReceived":
    case "RunCompleted":
    case "RunFailed":
    case "RunCancelled":
    case "RunSuspended":
    case "RunResumed":
      return evolveRun(state, event);
    case "ModelCallStarted":
    case "ModelCallCompleted":
    case "ModelCallFailed":
      return evolveModelCall(state, event);
    case "ToolCallRequested":
    case "ToolCallApproved":
    case "ToolCallDenied":
    case "ToolCallStarted":
    case "ToolCallSucceeded":
    case "ToolCallFailed":
    case "ToolCallOutcomeUnknown":
      return evolveCalls(state, event);
    case "SessionForked":
      return { ...state, overrides: { ...state.overrides, ...event.data.overrides } };
    default:
      // Facts that other projections read; the conversation does not depend on them.
      return state;
  }
}

function moveTo(state: SessionState, event: RecordedEvent): SessionState {
  const { active } = state;
  if (active === undefined || event.meta.run !== active.turn.run) return { ...state, revision: event.revision };
  const turn = { ...active.turn, to: sequenceOf(state, event.revision) };
  const step = Math.max(active.step, event.meta.step ?? 0);
  return { ...state, revision: event.revision, active: { ...active, turn, step } };
}
