import type { z } from "zod";
import { accessEvents } from "./access-events.ts";
import { agentEvents } from "./agent-events.ts";
import { evaluationEvents } from "./evaluation-events.ts";
import { memoryEvents } from "./memory-events.ts";
import { modelEvents } from "./model-events.ts";
import { privacyEvents } from "./privacy-events.ts";
import { promptEvents } from "./prompt-events.ts";
import { runEvents } from "./run-events.ts";
import { safetyEvents } from "./safety-events.ts";
import { sessionEvents } from "./session-events.ts";
import { toolEvents } from "./tool-events.ts";
import type { NewEvent, StoredEvent } from "./envelope.ts";

/** Every event type of AgentKit: the vocabulary that packages share. The key is the `type` in the log. */
export const eventCatalogue = {
  ...sessionEvents,
  ...runEvents,
  ...promptEvents,
  ...modelEvents,
  ...toolEvents,
  ...accessEvents,
  ...safetyEvents,
  ...agentEvents,
  ...memoryEvents,
  ...evaluationEvents,
  ...privacyEvents,
} as const;

/** The name of an event type. */
export type EventType = keyof typeof eventCatalogue;

/** The data of an event type, at the version written today. */
export type EventData<Type extends EventType> = z.infer<(typeof eventCatalogue)[Type]["schema"]>;

/** A type and its data: an event before it has an identity. */
export type EventDraft = { [Type in EventType]: { readonly type: Type; readonly data: EventData<Type> } }[EventType];

/** An event of the catalogue as it stands in the log, at the version written today. */
export type AgentEvent = { [Type in EventType]: StoredEvent<Type, EventData<Type>> }[EventType];

/** An event of the catalogue with its place in its stream, whether or not its place in the whole log is known yet. */
export type RecordedEvent = {
  [Type in EventType]: NewEvent<Type, EventData<Type>> & Pick<StoredEvent, "stream" | "revision">;
}[EventType];

/** The recorded events of the given types. */
export type EventOf<Type extends EventType> = Extract<RecordedEvent, { readonly type: Type }>;

/** Whether the name is one of the catalogue's. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventCatalogue, type);
}
