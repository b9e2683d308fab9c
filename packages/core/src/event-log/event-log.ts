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

/** Options of {@link EventLog.deleteStream}. */
export interface DeleteOptions {
  /** The revision of the stream's last event. */
  readonly expected: Revision;
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
  readonly durable: Capability;
  /** Several processes may append to it at once. */
  readonly multiProcess: Capability;
  /** An id that stands anywhere else in the log is refused. Without it, only the place that an append would take is looked at. */
  readonly uniqueIds: Capability;
  /**
   * The events of a deleted stream are gone when `deleteStream` resolves. Without it, `readAll` and subscriptions may go on
   * delivering them until they are cleared away by the means that the reason names.
   */
  readonly erasesAtOnce: Capability;
}

/** Declared, or not and why: what a person is told who needs it. */
export type Capability = true | { readonly reason: string };

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
 * - **Deleted for good.** A deleted stream answers `stream_deleted` to every append and read and to `head`, for ever.
 * - **Durable** (where declared). A resolved append or deletion survives the loss of the process and of power.
 * - **Never silent.** A read or subscription ends by its limit, its signal (it throws `aborted`), `close()` (it throws
 *   `log_closed`), or an error.
 *
 * Errors by code: `concurrency_conflict`, `stream_deleted`, `stream_not_found` (a deletion), `event_invalid` (an empty batch, a bad id, data JSON cannot carry),
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
  /**
   * Deletes a stream for good, when its last event is at the expected revision: for retention and erasure. Nothing in the
   * engine calls it. Who does looks first for what refers to the stream: a fork reads its parent's events.
   *
   * - It fails with `concurrency_conflict` at another revision and with `stream_not_found` where there was no stream, and
   *   changes nothing then. Deleting again what is deleted succeeds, at whatever revision.
   * - No other event changes: positions stay, also those of the deleted events, which a reader may still resume after.
   *   The ids of the deleted events are free again.
   * - `readAll` and subscriptions deliver no deletion. They leave out the deleted events from then on, where `erasesAtOnce`
   *   is declared; elsewhere they may deliver them until they are cleared away. A read that is under way may deliver what
   *   it had fetched before; one of the stream itself ends with `stream_deleted` rather than early.
   */
  deleteStream(stream: string, options: DeleteOptions): Promise<void>;
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
