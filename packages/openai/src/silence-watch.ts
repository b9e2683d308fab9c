/** Watches over one request: ends it when the caller aborts, or when the server is silent for too long. */
export interface SilenceWatch {
  /** Goes to the request; aborting it closes the socket. */
  readonly signal: AbortSignal;
  readonly timedOut: boolean;
  /** Waits for the server's next sign of life, at most `limitMs`; the time between two waits is the caller's own. */
  during<T>(work: PromiseLike<T>, limitMs?: number): Promise<T>;
  /** Ends the request if it is still under way, and lets go of the caller's signal. */
  stop(): void;
}

/** Starts a watch. The request must settle when `signal` aborts, as the openai client's do. */
export function createSilenceWatch(caller: AbortSignal | undefined, timeoutMs: number): SilenceWatch {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  caller?.addEventListener("abort", abort, { once: true });
  if (caller?.aborted === true) abort();
  let timedOut = false;
  return {
    signal: controller.signal,
    get timedOut() {
      return timedOut;
    },
    async during(work, limitMs = timeoutMs) {
      const timer = setTimeout(() => {
        timedOut = true;
        abort();
      }, limitMs);
      try {
        return await work;
      } finally {
        clearTimeout(timer);
      }
    },
    stop() {
      caller?.removeEventListener("abort", abort);
      abort();
    },
  };
}
