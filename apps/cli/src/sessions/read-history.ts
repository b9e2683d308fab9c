import { type AgentEvent, type EventLog, parseEvent, toSessionStream } from "@agentkit/core";

/**
 * The events of a session from the beginning, those that a fork shares with its parent included. None for a session that
 * there is not.
 *
 * @throws AgentKitError `event_invalid` and the like for an event that cannot be read.
 */
export async function* readHistory(
  log: EventLog,
  session: string,
  until: number = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<AgentEvent, void> {
  for await (const stored of log.readStream(toSessionStream(session))) {
    if (stored.revision > until) return;
    const event = parseEvent(stored);
    if (event.type === "SessionForked") {
      const { parent } = event.data;
      yield* readHistory(log, parent.session, parent.revision);
    }
    yield event;
  }
}
