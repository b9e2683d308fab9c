import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventMeta, Position, Revision, StoredEvent } from "../events/envelope.ts";
import type { JsonObject } from "../json/json.ts";
import type { SerializedEvent } from "./append-request.ts";

/** Where an event stands in a log. */
export interface EventPlace {
  readonly stream: string;
  readonly revision: Revision;
  readonly position: Position;
}

/**
 * Reads a {@link SerializedEvent} back, the opposite of `toAppendRequest`. For authors of an {@link EventLog}.
 *
 * @throws AgentKitError `log_corrupt` when `data` or `meta` is not the JSON text of an object.
 *
 * @example
 * ```ts
 * import { toStoredEvent } from "@agentkit/core";
 *
 * const place = { stream: "notes", revision: 0, position: "1" };
 * const record = {
 *   id: "3f0c5b6e-6f0a-4d7e-9a53-0b1f6f0c2d11",
 *   type: "NoteTaken",
 *   version: 1,
 *   time: "2026-11-22T13:08:05.123Z",
 *   data: '{"text":"hello"}',
 *   meta: "{}",
 * };
 * toStoredEvent(record, place).data["text"]; // hello
 * ```
 */
export function toStoredEvent(event: SerializedEvent, place: EventPlace): StoredEvent {
  const data = parse(event.data);
  const meta = parse(event.meta);
  if (!isObject(data) || !isMeta(meta)) {
    throw new AgentKitError(
      "log_corrupt",
      `The event at revision ${place.revision} of stream '${place.stream}' does not read back as JSON objects. Restore the log from a backup.`,
    );
  }
  return {
    id: event.id,
    type: event.type,
    version: event.version,
    time: event.time,
    data,
    meta,
    stream: place.stream,
    revision: place.revision,
    position: place.position,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Only the shape is checked: what a log took in is what it gives back, and newer versions may have more fields.
function isMeta(value: unknown): value is EventMeta {
  return isObject(value);
}
