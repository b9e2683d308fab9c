import { type EventLog, type SessionSummary, toSessionStream } from "@agentkit/core";

/** How many sessions are suspended, by the reason that the log gives: `approval_required`, `outcome_unknown`, `moderation` or `waiting`. */
export async function countWaits(
  log: EventLog,
  sessions: readonly SessionSummary[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { session, status } of sessions) {
    if (status !== "suspended") continue;
    const reason = await readReason(log, session);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}

/** How far back the suspension is looked for, in events: it is the newest one, but for what was decided a moment ago. */
const eventsLookedAt = 20;

async function readReason(log: EventLog, session: string): Promise<string> {
  const options = { direction: "backwards", limit: eventsLookedAt } as const;
  for await (const stored of log.readStream(toSessionStream(session), options)) {
    const { reason } = stored.data;
    if (stored.type === "RunSuspended" && typeof reason === "string") return reason;
  }
  return "waiting";
}
