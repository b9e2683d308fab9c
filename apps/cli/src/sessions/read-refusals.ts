import { type EventData, type EventLog, parseEvent, type StoredEvent, toApprovalStream } from "@agentkit/core";

/** An attempt to decide on an approval that was turned away. */
export type RefusedAttempt = { readonly time: string } & EventData<"ApprovalRefused">;

/** The refused attempts on a session, in order; without a session all there are, those that name no session included. */
export async function readRefusals(log: EventLog, session?: string): Promise<readonly RefusedAttempt[]> {
  const stored = session === undefined ? log.readAll(everyRefusal) : log.readStream(toApprovalStream(session));
  const attempts: RefusedAttempt[] = [];
  for await (const event of stored) attempts.push(...toAttempt(event));
  return attempts;
}

const everyRefusal = { filter: { types: ["ApprovalRefused"] } } as const;

function toAttempt(stored: StoredEvent): readonly RefusedAttempt[] {
  const event = parseEvent(stored);
  return event.type === "ApprovalRefused" ? [{ time: event.time, ...event.data }] : [];
}
