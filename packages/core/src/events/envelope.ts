import type { JsonObject } from "../json/json.ts";

/** An event's number within its stream: 0, 1, 2 … without gaps. */
export type Revision = number;

/** Where an event stands in the whole log: opaque text, ordered by `EventLog.compare`, never by the caller. */
export type Position = string;

/** Who and what an event belongs to. Everything is optional but what the event cannot do without is always set. */
export interface EventMeta {
  readonly tenant?: string;
  /** The session's id, without the `session-` of its stream. */
  readonly session?: string;
  readonly run?: string;
  /** The step within the run: with `run` and the index it makes the event's id. */
  readonly step?: number;
  /** Who caused it: `user`, `agent`, `engine`, or `person:<name>`. */
  readonly actor?: string;
  readonly agent?: string;
  readonly agentVersion?: string;
  readonly policyHash?: string;
  /** Ids of the persons the data is about, for erasure. */
  readonly subjects?: readonly string[];
  /** The id of the event that caused this one. */
  readonly causation?: string;
  readonly correlation?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
  /** The process that wrote it: tells a worker its own lost acknowledgement from another worker's append. */
  readonly writer?: string;
}

/** An event as it is handed to the log. */
export interface NewEvent<Type extends string = string, Data = JsonObject> {
  /** A UUID; the log keeps it unique for ever and treats a repetition at the same place as the same append. */
  readonly id: string;
  readonly type: Type;
  /** The version of the type's schema that `data` fits. */
  readonly version: number;
  /** When it happened, in UTC, as `2026-11-22T13:08:05.123Z`. Never an input of a decision. */
  readonly time: string;
  readonly data: Data;
  readonly meta: EventMeta;
}

/** An event as the log returns it: what was appended, and where it stands. */
export interface StoredEvent<Type extends string = string, Data = JsonObject> extends NewEvent<Type, Data> {
  readonly stream: string;
  readonly revision: Revision;
  readonly position: Position;
}
