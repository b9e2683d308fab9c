/** Where time comes from. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The longest time the platform's timer can wait: one that is asked for more fires at once. */
const longestTimer = 2 ** 31 - 1;

/** The machine's clock. It sleeps for 24 days at most. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const fail = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(
        () => {
          signal.removeEventListener("abort", fail);
          resolve();
        },
        Math.min(milliseconds, longestTimer),
      );
      if (signal.aborted) fail();
      else signal.addEventListener("abort", fail, { once: true });
    }),
};
