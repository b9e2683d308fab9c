import type { EventOf, EventType, RecordedEvent } from "../events/catalogue.ts";
import { accessEvents } from "../events/access-events.ts";
import { agentEvents } from "../events/agent-events.ts";
import { modelEvents } from "../events/model-events.ts";
import { runEvents } from "../events/run-events.ts";
import { promptEvents } from "../events/prompt-events.ts";
import { sessionEvents } from "../events/session-events.ts";
import { safetyEvents } from "../events/safety-events.ts";
import { toolEvents } from "../events/tool-events.ts";
import { evolveAgents } from "./evolve-agents.ts";
import { evolveApprovals } from "./evolve-approvals.ts";
import { evolveCalls } from "./evolve-calls.ts";
import { evolveModelCall } from "./evolve-model-call.ts";
import { evolveRun } from "./evolve-run.ts";
import { evolveSafety } from "./evolve-safety.ts";
import { sequenceOf } from "./session-state.ts";
import type { SessionState } from "./session-state.ts";

/**
 * Folds one event into the session's state. Pure: the same events give the same state on any machine, at any time; nothing
 * is decided by an event's time or position.
 */
export function evolve(state: SessionState, event: RecordedEvent): SessionState {
  const moved = moveTo(state, event);
  return reducers.get(event.type)?.(moved, event) ?? moved;
}

const { AccessDecided, ApprovalRequested, ApprovalVoided } = accessEvents;
const { HandoffDecided, SubRunStarted, SubRunCompleted } = agentEvents;

type Reducer = (state: SessionState, event: RecordedEvent) => SessionState;

// One look-up an event, whatever its type: opening a session folds all of its events. A type that is not here is a fact
// that other projections read; the conversation does not depend on it.
const reducers = new Map<string, Reducer>([
  ...reduce(runEvents, evolveRun),
  ...reduce({ PromptReceived: promptEvents.PromptReceived }, evolveRun),
  ...reduce(modelEvents, evolveModelCall),
  ...reduce(toolEvents, evolveCalls),
  ...reduce({ AccessDecided, ApprovalRequested, ApprovalVoided }, evolveApprovals),
  ...reduce({ ModerationDecided: safetyEvents.ModerationDecided }, evolveSafety),
  ...reduce({ HandoffDecided, SubRunStarted, SubRunCompleted }, evolveAgents),
  ...reduce({ SessionStarted: sessionEvents.SessionStarted }, startSession),
  ...reduce({ SessionForked: sessionEvents.SessionForked }, applyFork),
]);

function reduce<Type extends EventType>(
  group: Readonly<Record<Type, unknown>>,
  reducer: (state: SessionState, event: EventOf<Type>) => SessionState,
): readonly (readonly [string, Reducer])[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is only called with events of the group's types
  return Object.keys(group).map((type) => [type, reducer as Reducer]);
}

function startSession(state: SessionState, { data }: EventOf<"SessionStarted">): SessionState {
  return data.parent === undefined ? state : { ...state, parent: data.parent };
}

function applyFork(state: SessionState, event: EventOf<"SessionForked">): SessionState {
  const { overrides } = event.data;
  const { active } = state;
  if (overrides === undefined) return state;
  const agent = overrides.agent ?? active?.agent;
  // A run that the fork inherits goes on with the fork's agent.
  const inherited = active && agent !== undefined ? { ...active, agent, definedBy: agent } : active;
  return { ...state, active: inherited, overrides: { ...state.overrides, ...overrides } };
}

function moveTo(state: SessionState, event: RecordedEvent): SessionState {
  const { active } = state;
  if (active === undefined || event.meta.run !== active.turn.run) return { ...state, revision: event.revision };
  const turn = { ...active.turn, to: sequenceOf(state, event.revision) };
  const step = Math.max(active.step, event.meta.step ?? 0);
  return { ...state, revision: event.revision, active: { ...active, turn, step } };
}
