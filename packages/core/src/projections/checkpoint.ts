import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { Position, StoredEvent } from "../events/envelope.ts";
import type { Checkpoint } from "./projection-store.ts";

/** The checkpoint behind an event. */
export function toCheckpoint({ position, id, stream, revision }: StoredEvent): Checkpoint {
  return { position, event: { id, stream, revision } };
}

/** Whether the log has the checkpoint's event at the checkpoint's position, at the cost of reading that one event. */
export async function fitsLog(
  log: EventLog,
  checkpoint: Checkpoint | undefined,
  signal?: AbortSignal,
): Promise<boolean> {
  if (checkpoint === undefined) return true;
  const { position, event } = checkpoint;
  if (event === undefined) return false;
  const options = { from: event.revision, limit: 1, ...(signal && { signal }) };
  try {
    for await (const found of log.readStream(event.stream, options)) {
      return found.id === event.id && found.position === position && found.revision === event.revision;
    }
    return false;
  } catch (error) {
    // Only the log that had the stream can have deleted it, and positions stay when events are deleted.
    if (isStreamDeleted(error)) return true;
    throw error;
  }
}

/** Whether a read failed because the stream was deleted for good. */
export function isStreamDeleted(error: unknown): boolean {
  return AgentKitError.is(error) && error.code === "stream_deleted";
}

/** The log's last event, or the last one up to a position. */
export async function lastEvent(log: EventLog, upTo?: Position): Promise<StoredEvent | undefined> {
  for await (const event of log.readAll({ direction: "backwards", ...(upTo === undefined && { limit: 1 }) })) {
    // What was appended since the position was reported is passed over; mostly there is nothing.
    if (upTo === undefined || log.compare(event.position, upTo) <= 0) return event;
  }
  return undefined;
}
