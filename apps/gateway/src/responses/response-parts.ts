import type { RecordedEvent } from "@agentkit/core";
import { createWaitFold } from "../approvals/wait-fold.ts";

/**
 * Cuts a run's events into those of its responses. A run that waits for an approval, its own or that of a sub-run, has answered:
 * its response asks for the approval, and what comes after is the next response's. Any other wait is a pause of one response.
 */
export function toParts<Event extends RecordedEvent>(
  session: string,
  events: readonly Event[],
): readonly (readonly Event[])[] {
  const waits = createWaitFold(session);
  const parts: Event[][] = [];
  let open: Event[] | undefined;
  for (const event of events) {
    waits.accept(event);
    if (open === undefined) {
      open = [];
      parts.push(open);
    }
    open.push(event);
    if (event.type === "RunSuspended" && waits.asked().length + waits.below().length > 0) open = undefined;
  }
  return parts;
}
