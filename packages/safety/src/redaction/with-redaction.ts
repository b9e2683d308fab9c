import {
  type AppendOptions,
  type AppendResult,
  type CaughtUp,
  type DeleteOptions,
  type EventLog,
  type EventLogCapabilities,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type Revision,
  type StoredEvent,
  type SubscribeOptions,
  toAppendRequest,
} from "@agentkit/core";
import type { Redacted } from "./redacted.ts";
import type { Redactor } from "./redactor.ts";

/**
 * Puts a redactor around a log, so that no write goes around it: give everybody the log that this returns, and nobody the one
 * underneath. Events that were redacted before they were folded go through unchanged. What the vault has to keep is kept
 * before the event that names its placeholder is appended.
 *
 * `append` throws `event_invalid` beside the log's own errors, for an event that cannot be redacted (see `Redactor.event`).
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog } from "@agentkit/core";
 * import { createPiiDetector, createRedactor, defineSafetyPolicy, withRedaction } from "@agentkit/safety";
 *
 * const rule = { id: "mail", detector: "pii", surfaces: ["append"], action: "redact", onFailure: "closed" } as const;
 * const policy = defineSafetyPolicy({ id: "p", version: "1", rules: [rule] }, { detectors: [createPiiDetector()] });
 * const redactor = createRedactor({ policy, key: crypto.getRandomValues(new Uint8Array(32)) });
 * const log = withRedaction(createInMemoryEventLog(), redactor);
 * ```
 */
export function withRedaction(log: EventLog, redactor: Redactor): EventLog {
  return new RedactingEventLog(log, redactor);
}

class RedactingEventLog implements EventLog {
  readonly #log: EventLog;
  readonly #redactor: Redactor;
  /** Appends whose values are being kept. Those that come later wait, so that appends keep the order of their calls. */
  #keeping: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(log: EventLog, redactor: Redactor) {
    this.#log = log;
    this.#redactor = redactor;
  }

  get capabilities(): EventLogCapabilities {
    return this.#log.capabilities;
  }

  async append(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    toAppendRequest(stream, events, options);
    const redacted = events.map((event) => this.#redactor.event(stream, event));
    if (this.#waiting === 0 && !this.#redactor.isPending) return this.#append(stream, redacted, options);
    this.#waiting += 1;
    const begun = this.#keeping.then(async () => this.#keepAndBegin(stream, redacted, options));
    this.#keeping = begun.then(nothing, nothing);
    return (await begun).appended;
  }

  deleteStream(stream: string, options: DeleteOptions): Promise<void> {
    return this.#log.deleteStream(stream, options);
  }

  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<StoredEvent> {
    return this.#log.readStream(stream, options);
  }

  readAll(options?: ReadAllOptions): AsyncIterable<StoredEvent> {
    return this.#log.readAll(options);
  }

  subscribe(options?: SubscribeOptions): AsyncIterable<StoredEvent | CaughtUp> {
    return this.#log.subscribe(options);
  }

  head(stream: string): Promise<Revision | undefined> {
    return this.#log.head(stream);
  }

  compare(a: Position, b: Position): -1 | 0 | 1 {
    return this.#log.compare(a, b);
  }

  async close(): Promise<void> {
    await this.#keeping;
    await this.#log.close();
  }

  // Wrapped, so that it is begun in turn and not waited for: appends made at the same time share the log's commits.
  async #keepAndBegin(
    stream: string,
    events: readonly Redacted<NewEvent>[],
    options: AppendOptions,
  ): Promise<{ readonly appended: Promise<AppendResult> }> {
    try {
      await this.#redactor.flush();
    } finally {
      this.#waiting -= 1;
    }
    return { appended: this.#append(stream, events, options) };
  }

  // Its signature is the law: nothing that was not redacted reaches the log underneath.
  #append(stream: string, events: readonly Redacted<NewEvent>[], options: AppendOptions): Promise<AppendResult> {
    return this.#log.append(stream, events, options);
  }
}

function nothing(): undefined {
  return undefined;
}
