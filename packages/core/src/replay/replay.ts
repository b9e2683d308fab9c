import { parseEvent } from "../events/decode-event.ts";
import { sessionNotFound } from "../run/session-store.ts";
import { toSessionStream } from "../session/session-stream.ts";
import type { ReplayReport } from "./replay-report.ts";
import { ReplayWalk } from "./replay-walk.ts";
import type { ReplayPorts } from "./replay-walk.ts";

/**
 * Walks through a session's events and asks the code at each decision what it would decide now. What came from outside (the
 * prompt, the model's answers, the tools' results, people's decisions) is taken from the record. Stops at the first
 * divergence. A fork is replayed from where it parts; its parent's events are the parent's to replay. The sub-runs that were
 * begun in it are replayed with it, and their sub-runs with them.
 *
 * @throws AgentKitError `session_not_found`, `agent_not_found`, `event_invalid`, `event_type_unknown`,
 * `event_version_unsupported`, `content_not_found`, `log_corrupt`
 */
export async function replaySession(ports: ReplayPorts, session: string): Promise<ReplayReport> {
  const report = await replayTree(ports, session, new Set());
  if (report === undefined) throw sessionNotFound(session);
  return report;
}

// A log that was changed may name a session that is above this one.
async function replayTree(
  ports: ReplayPorts,
  session: string,
  seen: ReadonlySet<string>,
): Promise<ReplayReport | undefined> {
  const walk = new ReplayWalk(ports, session);
  for await (const stored of ports.log.readStream(toSessionStream(session))) {
    await walk.take(parseEvent(stored));
    if (walk.divergence !== undefined) break;
  }
  if (walk.eventCount === 0) return undefined;
  const children: ReplayReport[] = [];
  const above = new Set([...seen, session]);
  for (const subRun of walk.subRuns) {
    const child = above.has(subRun) ? undefined : await replayTree(ports, subRun, above);
    if (child !== undefined) children.push(child);
  }
  return walk.report(children);
}
