import { setTimeout as sleep } from "node:timers/promises";
import { toLasting, unavailable } from "./log-failure.ts";

/** How long a call is tried again. */
export interface RetryOptions {
  /** How long to go on while nothing succeeds, in milliseconds. */
  readonly giveUpAfterMs: number;
  readonly signal: AbortSignal;
}

const firstPauseMs = 20;
const longestPauseMs = 1_000;

/** Decides whether a failed call is made again, and waits before it is. */
export class RetryBudget {
  readonly #options: RetryOptions;
  #failingSince: number | undefined;
  #pauseMs = firstPauseMs;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Something came through: the next failure is a first one. */
  succeeded(): void {
    this.#failingSince = undefined;
    this.#pauseMs = firstPauseMs;
  }

  /** Waits, and returns when the call is worth another attempt. Throws the error for the caller otherwise. */
  async failed(failure: unknown): Promise<void> {
    const lasting = toLasting(failure);
    if (lasting !== undefined) throw lasting;
    const now = performance.now();
    this.#failingSince ??= now;
    const { giveUpAfterMs, signal } = this.#options;
    if (now - this.#failingSince >= giveUpAfterMs) {
      throw unavailable(`did not answer for ${giveUpAfterMs} ms; try again when it is back`, failure);
    }
    // An abort is the caller's to notice.
    await sleep(this.#pauseMs, undefined, { signal }).catch(() => undefined);
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }
}
