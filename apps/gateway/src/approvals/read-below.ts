import { decodeEvent, type EventLog, type Position, toSessionStream } from "@agentkit/core";
import type { RequestedApproval } from "./approval-items.ts";
import { createWaitFold } from "./wait-fold.ts";

/**
 * The approvals that sub-runs wait for, and those below them.
 *
 * @param until What came later in the log is not looked at; everything is, where it is left out.
 */
export async function readBelow(
  log: EventLog,
  sessions: readonly string[],
  until?: Position,
): Promise<readonly RequestedApproval[]> {
  const asked: RequestedApproval[] = [];
  for (const session of sessions) {
    const fold = createWaitFold(session);
    for await (const stored of log.readStream(toSessionStream(session))) {
      if (until !== undefined && log.compare(stored.position, until) > 0) break;
      fold.accept(decodeEvent(stored));
    }
    asked.push(...fold.asked(), ...(await readBelow(log, fold.below(), until)));
  }
  return asked;
}
