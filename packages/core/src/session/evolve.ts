import type { EventOf, EventType, RecordedEvent } from "../events/catalogue.ts";
import { modelEvents } from "../events/model-events.ts";
import { runEvents } from "../events/run-events.ts";
import { toolEvents } from "../events/tool-events.ts";
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
  if (isOneOf(runEvents, event) || event.type === "PromptReceived") return evolveRun(state, event);
  if (isOneOf(modelEvents, event)) return evolveModelCall(state, event);
  if (isOneOf(toolEvents, event)) return evolveCalls(state, event);
  if (event.type === "SessionForked") {
    return { ...state, overrides: { ...state.overrides, ...event.data.overrides } };
  }
  // Facts that other projections read; the conversation does not depend on them.
  return state;
}

function isOneOf<Type extends EventType>(
  group: Readonly<Record<Type, unknown>>,
  event: RecordedEvent,
): event is EventOf<Type> {
  return Object.hasOwn(group, event.type);
}

function moveTo(state: SessionState, event: RecordedEvent): SessionState {
  const { active } = state;
  if (active === undefined || event.meta.run !== active.turn.run) return { ...state, revision: event.revision };
  const turn = { ...active.turn, to: sequenceOf(state, event.revision) };
  const step = Math.max(active.step, event.meta.step ?? 0);
  return { ...state, revision: event.revision, active: { ...active, turn, step } };
}
