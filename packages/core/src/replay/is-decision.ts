import type { AgentEvent, EventType } from "../events/catalogue.ts";

/** Whether the code decided the event, as opposed to something outside having happened. */
export function isDecision(event: AgentEvent): boolean {
  switch (event.type) {
    case "ToolCallDenied":
      return !fromOutside.has(event.data.code);
    case "RunFailed":
      return !fromOutside.has(event.data.code);
    default:
      return decisions.has(event.type);
  }
}

const decisions: ReadonlySet<EventType> = new Set<EventType>([
  "AccessDecided",
  "ApprovalRequested",
  "ContextAssembled",
  "HandoffDecided",
  "ModelCallStarted",
  "RunCompleted",
  "RunSuspended",
  "ToolCallRequested",
  "ToolCallStarted",
]);

// A person decided, or the clock, or what other runs spent: none of them is replayed.
const fromOutside: ReadonlySet<string> = new Set([
  "refused",
  "approval_denied",
  "approval_expired",
  "run_time_limit_exceeded",
  "run_tree_limit_exceeded",
]);
