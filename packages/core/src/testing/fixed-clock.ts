import type { Clock } from "../runtime/clock.ts";

/** A clock that moves only when it is told to. */
export interface FixedClock extends Clock {
  /** Moves the time on and wakes the sleepers whose time has come. */
  advance(milliseconds: number): void;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Makes a clock that stands at a time (milliseconds since 1970) until it is advanced. */
export function fixedClock(start: number = Date.UTC(2026, 0, 1)): FixedClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const sleeper = { due: now + milliseconds, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener(
          "abort",
          () => {
            sleepers.delete(sleeper);
            reject(signal.reason);
          },
          { once: true },
        );
      }),
    advance(milliseconds) {
      now += milliseconds;
      for (const sleeper of sleepers) {
        if (sleeper.due > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}
