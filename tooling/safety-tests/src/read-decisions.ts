import { decodeEvent, type EventLog, type ModerationDecision, toSessionStream } from "@agentkit/core";

/** The decisions in a session's log, in order. */
export async function readDecisions(log: EventLog, session: string): Promise<readonly ModerationDecision[]> {
  const decisions: ModerationDecision[] = [];
  for await (const stored of log.readStream(toSessionStream(session))) {
    const event = decodeEvent(stored);
    if (event.type === "ModerationDecided") decisions.push(event.data);
  }
  return decisions;
}

/** The types of a session's events, in order. */
export async function readTypes(log: EventLog, session: string): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const { type } of log.readStream(toSessionStream(session))) types.push(type);
  return types;
}
