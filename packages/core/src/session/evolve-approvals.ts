import type { EventOf } from "../events/catalogue.ts";
import type { CallState } from "./call-state.ts";
import type { SessionState } from "./session-state.ts";

type AccessEvent = EventOf<"AccessDecided" | "ApprovalRequested" | "ApprovalVoided">;

/** Folds the events of who may do what. */
export function evolveApprovals(state: SessionState, event: AccessEvent): SessionState {
  const { active } = state;
  if (active === undefined) return state;
  if (event.type === "AccessDecided") {
    return event.data.callId === undefined ? { ...state, active: { ...active, offeredTo: event.data.agent } } : state;
  }
  const call = active.calls.get(event.data.callId);
  if (call === undefined || call.status === "settled") return state;
  const calls = new Map(active.calls).set(call.callId, evolveApproval(call, event));
  return { ...state, active: { ...active, calls } };
}

function evolveApproval(call: CallState, event: Exclude<AccessEvent, { type: "AccessDecided" }>): CallState {
  switch (event.type) {
    case "ApprovalRequested": {
      const approval = { id: event.data.approval, requested: event.data, requestedAt: event.time };
      return { ...call, status: "awaiting_approval", approval, approvals: (call.approvals ?? 0) + 1 };
    }
    case "ApprovalVoided":
      // Asked for anew, for what the model wrote: the edit was the approver's whose approval does not hold.
      return call.approval?.id === event.data.approval ? withoutApproval(call) : call;
  }
}

function withoutApproval({ editedArguments: _edited, ...call }: CallState): CallState {
  return { ...call, approval: undefined };
}
