import type { AgentEvent, EventLog } from "@agentkit/core";
import { readHistory } from "./read-history.ts";

/** How a session stands at a revision, where a fork may be taken. */
export interface BranchPoint {
  /** The agent that goes on there by default; `undefined` where no agent was named yet. */
  readonly agent: string | undefined;
  /** Whether a run was under way. */
  readonly open: boolean;
}

/** Reads how a session stands at a revision; default: at its newest. */
export async function readBranchPoint(log: EventLog, session: string, at: number | undefined): Promise<BranchPoint> {
  let point: Draft = { agent: undefined, override: undefined, open: false };
  for await (const event of readHistory(log, session, at)) point = evolve(point, event);
  return { agent: point.override ?? point.agent, open: point.open };
}

interface Draft extends BranchPoint {
  /** The agent that a fork put in the place of every other. */
  readonly override: string | undefined;
}

function evolve(draft: Draft, event: AgentEvent): Draft {
  switch (event.type) {
    case "SessionStarted":
      return { ...draft, agent: event.data.agent };
    case "SessionForked":
      return { ...draft, override: event.data.overrides?.agent ?? draft.override };
    case "RunStarted":
      return { ...draft, agent: event.data.agent, open: true };
    case "HandoffDecided":
      return { ...draft, agent: event.data.to };
    case "RunCompleted":
    case "RunFailed":
    case "RunCancelled":
      return { ...draft, open: false };
    default:
      return draft;
  }
}
