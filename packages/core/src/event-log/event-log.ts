import type { NewEvent, Position, Revision, StoredEvent } from "../events/envelope.ts";

/** The revision a stream must be at for an append: that of its last event, or `no_stream` when it must not exist yet. */
export type ExpectedRevision = Revision | "no_stream";

/** Options of {@link EventLog.append}. */
export interface AppendOptions {
  readonly expected: ExpectedRevision;
}

/** Where an append came to stand. */
export interface AppendResult {
  /** The revision of the last event appended. */
  readonly revision: Revision;
  /** The position of the last event appended. */
  readonly position: Position;
  /**
   * Whether exactly these ids stood at exactly this place already. Then nothing was written and the recorded events win,
   * whatever their content: a caller that may have lost an acknowledgement reads them back before it goes on.
   */
  readonly duplicate: boolean;
}

/** Options of {@link EventLog.readStream}. */
export interface ReadStreamOptions {
  /** The first revision to return, inclusive. Default: the first one, or the last one when reading backwards. */
  readonly from?: Revision;
  /** Default `forwards`. */
  readonly direction?: "forwards" | "backwards";
  /** At most so many events. Default: all. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Which events of the whole log are wanted. An event passes when it fits every part that is given. */
export interface EventFilter {
  /** One of these types. */
  readonly types?: readonly string[];
  /** A stream whose name starts with this. */
  readonly streamPrefix?: string;
}

/** Options of {@link EventLog.readAll}. */
export interface ReadAllOptions {
  /** Return events after this position (before it, when reading backwards), exclusive. Default: from the end. */
  readonly after?: Position;
  /** Default `forwards`. */
  readonly direction?: "forwards" | "backwards";
  /** At most so many events that pass the filter. Default: all. */
  readonly limit?: number;
  readonly filter?: EventFilter;
  readonly signal?: AbortSignal;
}

/** Options of {@link EventLog.subscribe}. */
export interface SubscribeOptions {
  /** Deliver events after this position, exclusive. Default: from the log's beginning. */
  readonly after?: Position;
  readonly filter?: EventFilter;
  readonly signal?: AbortSignal;
}

/** Tells a subscriber that it has seen everything that was in the log when it got here. */
export interface CaughtUp {
  readonly type: "CaughtUp";
  /** The log's last position so far, `undefined` for an empty log. Safe to resume after. */
  readonly position: Position | undefined;
}

/** What an event log can do beyond the contract. Nobody probes: what is not declared is not there. */
export interface EventLogCapabilities {
  /** The log outlives the process. */
  readonly durable: boolean;
  /** Several processes may append to it at once. */
  readonly multiProcess: boolean;
  /** An id that stands anywhere else in the log is refused. Without it, only the place that an append would take is looked at. */
  readonly uniqueIds: boolean;
}

/**
 * The append-only log: the one thing of AgentKit that has to be kept. It stores envelopes and never looks into `data`.
 *
 * Guarantees of every implementation (checked by `eventLogContract` in `@agentkit/core/testing`):
 * - **Atomic.** All events of an append become visible together, or none.
 * - **Ordered.** Revisions of a stream are 0, 1, 2 … without gaps; positions grow in the order in which events become
 *   visible, so a reader that resumes after a position never misses an event.
 * - **Fenced.** An append at another revision than expected fails with `concurrency_conflict` and changes nothing.
 * - **Idempotent.** The same ids at the same place succeed again with `duplicate: true`; other ids there fail with
 *   `concurrency_conflict`, and so does, where `uniqueIds` is declared, an id that stands elsewhere.
 * - **Durable** (where declared). A resolved append survives the loss of the process and of power.
 * - **Never silent.** A read or subscription ends by its limit, its signal (it throws `aborted`), `close()` (it throws
 *   `log_closed`), or an error.
 *
 * Errors by code: `concurrency_conflict`, `event_invalid` (an empty batch, a bad id, data JSON cannot carry),
 * `stream_name_invalid`, `position_invalid`, `input_invalid` (a revision or limit that is no whole number), `aborted`,
 * `log_closed`, `log_full`, `log_read_only`, `log_corrupt`, `log_unavailable`.
 */
export interface EventLog {
  readonly capabilities: EventLogCapabilities;
  /**
   * Appends 1 to 1,000 events to one stream. Stream names are 1 to 200 characters of `A-Z a-z 0-9 . _ : -`; event types
   * are a letter and at most 99 more of the same characters.
   */
  append(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult>;
  /** Reads one stream in order. A stream that does not exist has no events. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<StoredEvent>;
  /** Reads the whole log in order of position. */
  readAll(options?: ReadAllOptions): AsyncIterable<StoredEvent>;
  /** Reads the whole log and goes on with what is appended later, by any process. Yields `CaughtUp` each time it has. */
  subscribe(options?: SubscribeOptions): AsyncIterable<StoredEvent | CaughtUp>;
  /** The revision of the stream's last event, `undefined` when the stream does not exist. */
  head(stream: string): Promise<Revision | undefined>;
  /** Orders two positions of this log. */
  compare(a: Position, b: Position): -1 | 0 | 1;
  /** Waits for appends under way, ends reads and subscriptions, and frees what was opened. Idempotent. */
  close(): Promise<void>;
}

/** Tells the {@link CaughtUp} marker of a subscription from its events. */
export function isCaughtUp(message: StoredEvent | CaughtUp): message is CaughtUp {
  return message.type === "CaughtUp";
}
