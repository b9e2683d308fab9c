/** Wakes those who wait for something to happen. It keeps nothing: who is woken looks for itself. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or when the signal aborts. */
  wait(signal: AbortSignal | undefined): Promise<void>;
}

/** Creates a {@link Bell}. */
export function createBell(): Bell {
  const waiting = new Set<() => void>();
  return {
    ring() {
      for (const wake of waiting) wake();
    },
    async wait(signal) {
      if (signal?.aborted === true) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = (): void => resolve();
      waiting.add(wake);
      signal?.addEventListener("abort", wake);
      await promise;
      waiting.delete(wake);
      signal?.removeEventListener("abort", wake);
    },
  };
}
