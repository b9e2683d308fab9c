import type { EventOf } from "../events/catalogue.ts";
import type { ActiveRun, SessionState } from "./session-state.ts";

type Decision = EventOf<"ModerationDecided">["data"];

/**
 * Folds decisions that change what a run does next: those that are enforced on its prompt, and on the arguments of its calls. What
 * was decided at other surfaces was done there; the text that followed from it is in the log.
 */
export function evolveSafety(state: SessionState, { data }: EventOf<"ModerationDecided">): SessionState {
  const { active } = state;
  if (active === undefined || data.mode !== "enforce") return state;
  switch (data.surface) {
    case "user_input":
      return { ...state, active: standPrompt(active, data) };
    case "tool_arguments":
      return { ...state, active: judgeCall(active, data) };
    default:
      return state;
  }
}

function standPrompt(active: ActiveRun, decision: Decision): ActiveRun {
  switch (decision.verdict) {
    case "block":
      return { ...active, prompt: "blocked", heldBy: undefined };
    case "require_approval":
      return { ...active, prompt: "held", heldBy: decision };
    default:
      return { ...active, prompt: undefined, heldBy: undefined };
  }
}

function judgeCall(active: ActiveRun, { callId = "", verdict }: Decision): ActiveRun {
  const call = active.calls.get(callId);
  if (call === undefined || (verdict !== "block" && verdict !== "require_approval")) return active;
  return { ...active, calls: new Map(active.calls).set(callId, { ...call, verdict }) };
}
