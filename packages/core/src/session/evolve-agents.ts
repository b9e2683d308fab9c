import type { EventData, EventOf } from "../events/catalogue.ts";
import type { Item } from "../model/items.ts";
import { withCall } from "./evolve-calls.ts";
import type { ActiveRun, SessionState } from "./session-state.ts";
import { addSpent, nothingSpent } from "./spent.ts";

type AgentsEvent = EventOf<"HandoffDecided" | "SubRunStarted" | "SubRunCompleted">;

/** Folds the events of agents that work together. */
export function evolveAgents(state: SessionState, event: AgentsEvent): SessionState {
  const { active } = state;
  if (active === undefined) return state;
  switch (event.type) {
    case "HandoffDecided":
      return { ...state, active: handOff(active, event.data) };
    case "SubRunStarted":
      return { ...state, active: link(active, event.data.session, "started") };
    case "SubRunCompleted": {
      const { session, spent = nothingSpent } = event.data;
      const subRuns = addSpent(active.subRuns, spent);
      const after = { ...state, active: { ...link(active, session, "completed"), subRuns } };
      return event.data.trust === undefined ? after : { ...after, untrusted: true };
    }
  }
}

function link(active: ActiveRun, session: string, status: "started" | "completed"): ActiveRun {
  return { ...active, linked: { ...active.linked, [session]: status } };
}

function handOff(active: ActiveRun, data: EventData<"HandoffDecided">): ActiveRun {
  const call = data.callId === undefined ? undefined : active.calls.get(data.callId);
  const output = JSON.stringify({ assistant: data.to, ...(data.input && { input: data.input }) });
  const settled = call === undefined ? active : withCall(active, { ...call, status: "settled" }, output);
  const { items } = settled.turn;
  const view =
    data.context === "all"
      ? active.view
      : { prompt: active.promptLength, passedOn: toMessages(data), from: items.length };
  return { ...settled, agent: data.to, handoffs: active.handoffs + 1, view };
}

function toMessages({ from, reason, summary, input }: EventData<"HandoffDecided">): readonly Item[] {
  const lines = [
    `The assistant '${from ?? "unknown"}' handed this conversation over. Reason: ${reason}`,
    ...(summary === undefined ? [] : [`Summary: ${summary}`]),
    ...(input === undefined ? [] : [`Passed on: ${JSON.stringify(input)}`]),
  ];
  return [{ type: "message", role: "developer", content: lines.join("\n") }];
}
