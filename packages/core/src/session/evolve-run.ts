import type { EventData, EventOf } from "../events/catalogue.ts";
import { isFunctionCallOutput } from "../model/items.ts";
import { AppendOnlyList } from "./append-only-list.ts";
import { completeItems, outputsForEarlierCalls } from "./complete-items.ts";
import type { CallState } from "./call-state.ts";
import { unknownOutputs } from "./evolve-calls.ts";
import { hasPrompt, sequenceOf } from "./session-state.ts";
import { noUsage, nothingSpent, spentOf } from "./spent.ts";
import type { ActiveRun, RunRequest, RunStatus, SessionState, Turn, TurnEnding } from "./session-state.ts";
import type { Item } from "../model/items.ts";

type RunEvent = EventOf<
  "RunStarted" | "PromptReceived" | "RunCompleted" | "RunFailed" | "RunCancelled" | "RunSuspended" | "RunResumed"
>;

/** Folds the events of a run's life. */
export function evolveRun(state: SessionState, event: RunEvent): SessionState {
  if (event.type === "RunStarted") return startRun(state, event);
  const { active } = state;
  if (active === undefined) return state;
  switch (event.type) {
    case "PromptReceived":
      return receivePrompt(state, active, event.data.items);
    case "RunCompleted":
      return completeRun(state, active, event.data);
    case "RunFailed":
      return failRun(state, active, event.data);
    case "RunCancelled":
      return breakOff(state, active, { outcome: "cancelled", reason: event.data.reason });
    case "RunSuspended":
      return { ...state, active: withStatus(active, "suspended") };
    case "RunResumed":
      return { ...state, active: wake(withStatus(active, "running")) };
  }
}

function startRun(state: SessionState, event: EventOf<"RunStarted">): SessionState {
  const sequence = sequenceOf(state, event.revision);
  const turn: Turn = {
    run: event.data.run,
    agent: event.data.agent,
    status: "running",
    from: sequence,
    to: sequence,
    items: AppendOnlyList.of<Item>(),
    continues: false,
    usage: noUsage,
  };
  const active = beginRun(turn, event.data.request ?? {}, event.meta.step ?? 0);
  const begun = { ...supersede(state), active };
  return event.data.request?.trust === undefined ? begun : { ...begun, untrusted: true };
}

/** A run of which nothing is known but how it was asked for. */
export function beginRun(turn: Turn, request: RunRequest, step: number): ActiveRun {
  return {
    turn,
    request,
    step,
    modelCall: { status: "idle" },
    answers: 0,
    calls: new Map(),
    agent: turn.agent,
    definedBy: turn.agent,
    handoffs: 0,
    promptLength: 0,
    toolCalls: 0,
    invalidCalls: 0,
    costMicroUsd: 0,
    unpriced: false,
    subRuns: nothingSpent,
    linked: {},
  };
}

// Only in a fork taken in the middle of a run: a new prompt there leaves the inherited run as it stood.
function supersede(state: SessionState): SessionState {
  const { active } = state;
  // Without its prompt the run is no part of the conversation, and must not come between a call and its output.
  if (active === undefined || !hasPrompt(active)) return state;
  return breakOff(state, active, { outcome: "cancelled", reason: "superseded" });
}

function receivePrompt(state: SessionState, active: ActiveRun, items: readonly Item[]): SessionState {
  const answers = items.filter(isFunctionCallOutput).some((item) => state.pendingClientCalls.has(item.call_id));
  const turn = { ...active.turn, items: active.turn.items.append(...items), continues: answers };
  return { ...state, active: { ...active, turn, promptLength: items.length }, pendingClientCalls: new Set() };
}

function completeRun(state: SessionState, active: ActiveRun, data: EventData<"RunCompleted">): SessionState {
  if (data.outcome === "incomplete") {
    return breakOff(state, active, { outcome: "incomplete", reason: data.reason ?? "unknown" });
  }
  const open = [...active.calls.values()].filter((call) => call.status === "announced");
  const items = endsInReasoning(active) ? AppendOnlyList.of(completeItems([...active.turn.items])) : active.turn.items;
  const turn: Turn = { ...endedTurn(active), items, status: "completed", ending: { outcome: data.outcome } };
  const pendingClientCalls = new Set(open.map((call) => call.callId));
  return { ...state, turns: state.turns.append(turn), active: undefined, pendingClientCalls };
}

// An answer of reasoning alone: it belongs to nothing that could follow.
function endsInReasoning({ turn }: ActiveRun): boolean {
  return turn.items.last()?.type === "reasoning";
}

function failRun(state: SessionState, active: ActiveRun, data: EventData<"RunFailed">): SessionState {
  const ending: TurnEnding = { outcome: "failed", ...data };
  if (data.code !== "model_request_rejected") return breakOff(state, active, ending);
  // What the model's server refused as invalid it would refuse again in every later turn.
  const items = AppendOnlyList.of(outputsForEarlierCalls(active.turn.items.toArray()));
  const turn: Turn = { ...endedTurn(active), status: "failed", items, ending };
  return { ...state, turns: state.turns.append(turn), active: undefined };
}

const statusOf = {
  answered: "completed",
  client_tools: "completed",
  incomplete: "completed",
  failed: "failed",
  cancelled: "cancelled",
} as const satisfies Record<TurnEnding["outcome"], RunStatus>;

function breakOff(state: SessionState, active: ActiveRun, ending: TurnEnding): SessionState {
  // A tool that was started may have taken effect: a conversation that forgot the call would make the model call it again.
  const items = AppendOnlyList.of(completeItems([...active.turn.items, ...unknownOutputs(active)]));
  const turn: Turn = { ...endedTurn(active), status: statusOf[ending.outcome], items, ending };
  return { ...state, turns: state.turns.append(turn), active: undefined };
}

function endedTurn(active: ActiveRun): Turn {
  return { ...active.turn, agent: active.agent, spent: spentOf(active) };
}

// What a call waited for may be there: it looks again, under the same key.
function wake(active: ActiveRun): ActiveRun {
  const calls = [...active.calls].map(([callId, call]): [string, CallState] => {
    return [callId, call.status === "waiting" ? { ...call, status: "requested" } : call];
  });
  return { ...active, calls: new Map(calls) };
}

function withStatus(active: ActiveRun, status: RunStatus): ActiveRun {
  return { ...active, turn: { ...active.turn, status } };
}
