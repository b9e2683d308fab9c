import { type EventData, type EventLog, parseEvent, toSessionStream } from "@agentkit/core";

/** How far back the decision is looked for, in events: it is the newest one that stops anything, but for what ended the run. */
const eventsLookedAt = 50;

/** The decision of the safety policy that stopped a run or holds its prompt. */
export async function readStop(
  log: EventLog,
  { session, run }: { readonly session: string; readonly run: string },
): Promise<EventData<"ModerationDecided"> | undefined> {
  const options = { direction: "backwards", limit: eventsLookedAt } as const;
  for await (const stored of log.readStream(toSessionStream(session), options)) {
    if (stored.type !== "ModerationDecided" || stored.meta.run !== run) continue;
    const event = parseEvent(stored);
    if (event.type === "ModerationDecided" && stops(event.data)) return event.data;
  }
  return undefined;
}

function stops({ mode, verdict }: EventData<"ModerationDecided">): boolean {
  return mode === "enforce" && (verdict === "block" || verdict === "require_approval");
}
