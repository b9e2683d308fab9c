import type { RecordedEvent } from "@agentkit/core";

/** How a run stands, as far as a response tells. */
export type RunStanding =
  | { readonly status: "in_progress" }
  | { readonly status: "completed"; readonly time: string }
  | { readonly status: "incomplete"; readonly reason: string }
  | { readonly status: "failed"; readonly code: string; readonly message: string }
  | { readonly status: "cancelled" };

/** Reads off a run's events how it stands. */
export function toStanding(events: readonly RecordedEvent[]): RunStanding {
  return events.reduce<RunStanding>((standing, event) => afterEvent(event) ?? standing, { status: "in_progress" });
}

function afterEvent(event: RecordedEvent): RunStanding | undefined {
  switch (event.type) {
    case "RunCompleted":
      return event.data.outcome === "incomplete"
        ? { status: "incomplete", reason: event.data.reason ?? "unknown" }
        : { status: "completed", time: event.time };
    case "RunFailed":
      return { status: "failed", code: event.data.code, message: event.data.message };
    case "RunCancelled":
      return { status: "cancelled" };
    case "RunSuspended":
      return { status: "incomplete", reason: "tool_outcome_unknown" };
    case "RunResumed":
      return { status: "in_progress" };
    default:
      return undefined;
  }
}
