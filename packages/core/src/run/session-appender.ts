import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { AppendResult, EventLog, ExpectedRevision } from "../event-log/event-log.ts";
import type { RecordedEvent } from "../events/catalogue.ts";
import type { NewEvent } from "../events/envelope.ts";
import type { Clock } from "../runtime/clock.ts";

/** How often an append whose outcome is unknown is made again, and how long to wait in between, in milliseconds. */
const retryDelays = [50, 200, 1_000];

/** What an append needs. */
export interface SessionAppender {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly writer: string;
}

/**
 * Appends events at exactly the place they were stamped for. After a failure that may have lost only the acknowledgement
 * the same bytes are sent again, which the log recognises.
 *
 * @throws AgentKitError `concurrency_conflict` when somebody else has appended first, the log's own errors otherwise.
 */
export async function appendEvents(appender: SessionAppender, events: readonly RecordedEvent[]): Promise<void> {
  const [first] = events;
  if (first === undefined) return;
  const expected: ExpectedRevision = first.revision === 0 ? "no_stream" : first.revision - 1;
  const result = await appendWithRetry(appender, { stream: first.stream, events: events.map(toNewEvent), expected });
  if (result.duplicate) await checkOwnership(appender, events);
}

interface Append {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly expected: ExpectedRevision;
}

async function appendWithRetry({ log, clock }: SessionAppender, append: Append): Promise<AppendResult> {
  const { stream, events, expected } = append;
  for (const delay of retryDelays) {
    try {
      return await log.append(stream, events, { expected });
    } catch (error) {
      if (!(AgentKitError.is(error) && error.retryable)) throw error;
      await clock.sleep(delay, new AbortController().signal);
    }
  }
  return log.append(stream, events, { expected });
}

// The recorded events win. Ours after a lost acknowledgement: go on. Another worker's, at the same step of the same run:
// this one has lost the session, although the ids are equal.
async function checkOwnership({ log, writer }: SessionAppender, events: readonly RecordedEvent[]): Promise<void> {
  const [first] = events;
  if (first === undefined) return;
  for await (const recorded of log.readStream(first.stream, { from: first.revision, limit: events.length })) {
    if (recorded.meta.writer === writer) continue;
    const message = `Another worker has taken ${first.stream} at revision ${recorded.revision}; this one stops.`;
    throw new AgentKitError("concurrency_conflict", message);
  }
}

function toNewEvent(event: RecordedEvent): NewEvent {
  const { stream: _stream, revision: _revision, ...rest } = event;
  return rest;
}
