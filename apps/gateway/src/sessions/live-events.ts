import { AgentKitError, decodeEvent, isCaughtUp, toSessionStream } from "@agentkit/core";
import type { AgentEvent, EventLog, Position } from "@agentkit/core";

/** Which events of a session are wanted, and until when. */
export interface LiveEventsOptions {
  readonly session: string;
  /** Events after this revision; -1 for all. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/**
 * The events of a session from a revision on: what is in its stream, then what is appended, without gap and without
 * repeat. The stream is read first; the subscription begins at the last position read, so that nothing falls between.
 */
export async function* readLiveEvents(log: EventLog, options: LiveEventsOptions): AsyncGenerator<AgentEvent, void> {
  const { session, after, signal } = options;
  const stream = toSessionStream(session);
  let last = after;
  let position = await newestPosition(log, stream);
  for await (const stored of log.readStream(stream, { from: after + 1, signal })) {
    yield decodeEvent(stored);
    last = stored.revision;
    position = stored.position;
  }
  // The prefix lets through sessions whose id begins with this one's.
  const filter = { streamPrefix: stream };
  for await (const message of log.subscribe({ filter, signal, ...(position !== undefined && { after: position }) })) {
    if (isCaughtUp(message) || message.stream !== stream || message.revision <= last) continue;
    yield decodeEvent(message);
    last = message.revision;
  }
}

/** The frames of a session's live events. The stream ends with its reader or with the log. */
export async function* toLiveFrames(log: EventLog, options: LiveEventsOptions): AsyncGenerator<string, void> {
  try {
    for await (const event of readLiveEvents(log, options)) {
      yield `id: ${event.revision}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    }
  } catch (error) {
    if (AgentKitError.is(error) && (error.code === "aborted" || error.code === "log_closed")) return;
    throw error;
  }
}

async function newestPosition(log: EventLog, stream: string): Promise<Position | undefined> {
  for await (const stored of log.readStream(stream, { direction: "backwards", limit: 1 })) return stored.position;
  return undefined;
}
