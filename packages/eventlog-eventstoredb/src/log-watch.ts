import type { Position } from "@agentkit/core";
import type { ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import type { Connection } from "./connection.ts";
import { readPosition, readStreamName, readType } from "./event-codec.ts";
import { comparePositions } from "./position.ts";
import { toSubscribeRequest } from "./read-requests.ts";
import { responsePages } from "./response-pages.ts";

/** What a {@link LogWatch} works with. */
export interface LogWatchOptions {
  readonly connection: Connection;
  readonly closing: AbortSignal;
  readonly streamPrefix: string;
}

/** What the watch keeps of an event: enough to know who wants it. */
export interface WatchedEvent {
  /** The stream's name at the server. */
  readonly stream: string;
  readonly type: string;
}

/** How many events are remembered. Who is further behind reads. */
const memory = 1_024;

const firstPauseMs = 20;
const longestPauseMs = 1_000;

/**
 * Tells that the log has moved. One subscription to the server serves every subscriber of the log; it says *that*
 * something was appended, and who wants it reads it. A subscription that breaks, or that the server ends without a word, is
 * made again, and whatever came meanwhile is found by reading: it can lose nothing and repeat nothing.
 */
export class LogWatch {
  readonly #options: LogWatchOptions;
  readonly #waiting = new Set<() => void>();
  /** The latest events of the present subscription, without a gap. */
  readonly #recent: (WatchedEvent & { readonly position: Position })[] = [];
  #running: Promise<void> | undefined;
  #moves = 0;

  constructor(options: LogWatchOptions) {
    this.#options = options;
  }

  /** Changes whenever the log may have moved. */
  get moves(): number {
    return this.#moves;
  }

  /** Resolves when the log may have moved since `moves` was read, or one of the signals fires. */
  async moved(moves: number, signal: AbortSignal | undefined): Promise<void> {
    this.#running ??= this.#run();
    const { closing } = this.#options;
    if (this.#moves !== moves || closing.aborted || signal?.aborted === true) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#waiting.add(wake);
    signal?.addEventListener("abort", wake);
    await promise;
    this.#waiting.delete(wake);
    signal?.removeEventListener("abort", wake);
  }

  /**
   * How far a subscriber that has seen everything up to a position may go on without reading, because nothing that came
   * since is wanted. `undefined` when something is, or when the watch cannot tell.
   */
  passed(seen: Position, isWanted: (event: WatchedEvent) => boolean): Position | undefined {
    const [oldest] = this.#recent;
    if (oldest === undefined || comparePositions(oldest.position, seen) > 0) return undefined;
    let last = seen;
    for (let index = this.#recent.length - 1; index >= 0; index -= 1) {
      const event = this.#recent[index];
      if (event === undefined || comparePositions(event.position, seen) <= 0) break;
      if (isWanted(event)) return undefined;
      if (last === seen) last = event.position;
    }
    return last;
  }

  /** Resolves when the watch has ended, which it does when the log is closed. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { closing } = this.#options;
    const wakeAll = (): void => this.#ring();
    closing.addEventListener("abort", wakeAll);
    let pauseMs = firstPauseMs;
    while (!closing.aborted) {
      const followed = await this.#follow();
      pauseMs = followed ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs);
      // Who waits looks for itself, and is told by its own read when the server cannot be reached.
      this.#ring();
      await this.#pause(pauseMs);
    }
  }

  /** Rings at every answer until the subscription ends. Tells whether there was one. */
  async #follow(): Promise<boolean> {
    const { connection, closing, streamPrefix } = this.#options;
    let answered = false;
    const open = async (): ReturnType<Connection["openRead"]> => connection.openRead(toSubscribeRequest(streamPrefix));
    try {
      for await (const page of responsePages({ open, signal: closing })) {
        answered = true;
        this.#remember(page);
        this.#ring();
      }
    } catch {
      // However it ended, it is made again.
    }
    this.#recent.length = 0;
    return answered;
  }

  #remember(page: readonly ReadResp[]): void {
    for (const response of page) {
      const record = response.getEvent()?.getEvent();
      if (record === undefined) continue;
      this.#recent.push({ stream: readStreamName(record), type: readType(record), position: readPosition(record) });
    }
    if (this.#recent.length > memory * 2) this.#recent.splice(0, this.#recent.length - memory);
  }

  #ring(): void {
    this.#moves += 1;
    for (const wake of this.#waiting) wake();
  }

  async #pause(ms: number): Promise<void> {
    const { closing } = this.#options;
    if (closing.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        closing.removeEventListener("abort", done);
        resolve();
      }
      closing.addEventListener("abort", done);
    });
  }
}
