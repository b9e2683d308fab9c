import type { EventOf, EventType, RecordedEvent } from "../events/catalogue.ts";
import { modelEvents } from "../events/model-events.ts";
import { runEvents } from "../events/run-events.ts";
import { promptEvents } from "../events/prompt-events.ts";
import { sessionEvents } from "../events/session-events.ts";
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
  const moved = moveTo(state, event);
  return reducers.get(event.type)?.(moved, event) ?? moved;
}

type Reducer = (state: SessionState, event: RecordedEvent) => SessionState;

// One look-up an event, whatever its type: opening a session folds all of its events. A type that is not here is a fact
// that other projections read; the conversation does not depend on it.
const reducers = new Map<string, Reducer>([
  ...reduce(runEvents, evolveRun),
  ...reduce({ PromptReceived: promptEvents.PromptReceived }, evolveRun),
  ...reduce(modelEvents, evolveModelCall),
  ...reduce(toolEvents, evolveCalls),
  ...reduce({ SessionForked: sessionEvents.SessionForked }, applyFork),
]);

function reduce<Type extends EventType>(
  group: Readonly<Record<Type, unknown>>,
  reducer: (state: SessionState, event: EventOf<Type>) => SessionState,
): readonly (readonly [string, Reducer])[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is only called with events of the group's types
  return Object.keys(group).map((type) => [type, reducer as Reducer]);
}

function applyFork(state: SessionState, event: EventOf<"SessionForked">): SessionState {
  return { ...state, overrides: { ...state.overrides, ...event.data.overrides } };
}

function moveTo(state: SessionState, event: RecordedEvent): SessionState {
  const { active } = state;
  if (active === undefined || event.meta.run !== active.turn.run) return { ...state, revision: event.revision };
  const turn = { ...active.turn, to: sequenceOf(state, event.revision) };
  const step = Math.max(active.step, event.meta.step ?? 0);
  return { ...state, revision: event.revision, active: { ...active, turn, step } };
}
