import type { AgentEvent } from "../events/catalogue.ts";

/** Whether the code decided the event, as opposed to something outside having happened. */
export function isDecision(event: AgentEvent): boolean {
  switch (event.type) {
    case "ContextAssembled":
    case "ModelCallStarted":
    case "ToolCallRequested":
    case "ToolCallStarted":
    case "RunSuspended":
    case "RunCompleted":
      return true;
    case "ToolCallDenied":
      return event.data.code !== "refused";
    case "RunFailed":
      // The clock decided, and the clock is not replayed.
      return event.data.code !== "run_time_limit_exceeded";
    default:
      return false;
  }
}
