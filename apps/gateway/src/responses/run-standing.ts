import type { EventOf, RecordedEvent } from "@agentkit/core";

/** How a run stands, as far as a response tells. */
export type RunStanding =
  | { readonly status: "in_progress" }
  | { readonly status: "completed"; readonly time: string }
  | { readonly status: "incomplete"; readonly reason: string }
  | { readonly status: "failed"; readonly code: string; readonly message: string }
  | { readonly status: "cancelled" };

/**
 * Reads off the events of a response how it stands.
 *
 * @param asks Whether the response asks for an approval: then the run's wait completes it.
 */
export function toStanding(events: readonly RecordedEvent[], asks: boolean): RunStanding {
  return events.reduce<RunStanding>((standing, event) => afterEvent(event, asks) ?? standing, {
    status: "in_progress",
  });
}

function afterEvent(event: RecordedEvent, asks: boolean): RunStanding | undefined {
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
      return asks
        ? { status: "completed", time: event.time }
        : { status: "incomplete", reason: reasons[event.data.reason] };
    case "RunResumed":
      return { status: "in_progress" };
    default:
      return undefined;
  }
}

const reasons: Readonly<Record<EventOf<"RunSuspended">["data"]["reason"], string>> = {
  approval_required: "tool_approval_required",
  moderation: "moderation_pending",
  outcome_unknown: "tool_outcome_unknown",
  waiting: "tool_call_waiting",
};
