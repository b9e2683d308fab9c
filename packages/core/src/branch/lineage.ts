import { decodeEvent } from "../events/decode-event.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { sessionNotFound } from "../run/session-store.ts";
import { toSessionStream } from "../session/session-stream.ts";

/** A part of a history: the events of one session up to a revision. */
export interface Segment {
  readonly session: string;
  /** The last revision that belongs to the history. */
  readonly until: number;
}

/**
 * The sessions a history runs through, oldest first: those it was forked from, each up to where it was left, and itself.
 *
 * @throws AgentKitError `session_not_found`
 */
export async function readLineage(log: EventLog, session: string): Promise<readonly Segment[]> {
  const head = await log.head(toSessionStream(session));
  if (head === undefined) throw sessionNotFound(session);
  const segments: Segment[] = [{ session, until: head }];
  for (;;) {
    const oldest = segments[0];
    const parent = oldest && (await readParent(log, oldest.session));
    if (parent === undefined) return segments;
    segments.unshift({ session: parent.session, until: parent.revision });
  }
}

async function readParent(
  log: EventLog,
  session: string,
): Promise<{ readonly session: string; readonly revision: number } | undefined> {
  for await (const stored of log.readStream(toSessionStream(session), { limit: 1 })) {
    const event = decodeEvent(stored);
    return event.type === "SessionForked" ? event.data.parent : undefined;
  }
  return undefined;
}
