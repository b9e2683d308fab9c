import type { JsonObject } from "../json/json.ts";
import type { EventMeta, StoredEvent } from "./envelope.ts";

/** A CloudEvents 1.0 event in the JSON format. */
export interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly dataschema: string;
  readonly data: JsonObject;
  /** Extension attributes: lower-case letters and digits only. */
  readonly [extension: string]: unknown;
}

/**
 * Maps a stored event onto CloudEvents 1.0, one to one: the stream is the source, the revision the subject, and the
 * envelope's metadata become extension attributes.
 *
 * @see CloudEvents 1.0.2, JSON event format
 */
export function toCloudEvent(event: StoredEvent): CloudEvent {
  return {
    specversion: "1.0",
    id: event.id,
    source: `/agentkit/${event.stream}`,
    type: `agentkit.${event.type}`,
    subject: String(event.revision),
    time: event.time,
    datacontenttype: "application/json",
    dataschema: `urn:agentkit:event:${event.type}:${event.version}`,
    data: event.data,
    ...extensions(event),
  };
}

// CloudEvents names extensions in lower case and gives them simple values; a list becomes canonical comma-separated text.
function extensions(event: StoredEvent): Record<string, string | number> {
  const attributes: Record<string, string | number> = { position: event.position };
  for (const [name, value] of Object.entries<MetaValue | undefined>({ ...event.meta })) {
    if (value === undefined) continue;
    attributes[name.toLowerCase()] = toAttribute(value);
  }
  return attributes;
}

type MetaValue = NonNullable<EventMeta[keyof EventMeta]>;

function toAttribute(value: MetaValue): string | number {
  return typeof value === "object" ? value.join(",") : value;
}
