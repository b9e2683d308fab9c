/** Knows the work that is under way in this process, so that it can end before the log is closed. */
export interface WorkTracker {
  /** Counts work until its promise settles, and gives the promise back. */
  track<Result>(session: string, work: Promise<Result>): Promise<Result>;
  /** Counts a generator's work until it has ended, and gives its frames. */
  trackFrames(session: string, frames: AsyncGenerator<string, void>): AsyncGenerator<string, void>;
  /** Whether this process works on the session. */
  isBusy(session: string): boolean;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

/** Starts with no work. */
export function createWorkTracker(): WorkTracker {
  const underWay = new Map<Promise<unknown>, string>();

  function track<Result>(session: string, work: Promise<Result>): Promise<Result> {
    const settled: Promise<boolean> = work.then(
      () => underWay.delete(settled),
      () => underWay.delete(settled),
    );
    underWay.set(settled, session);
    return work;
  }

  return {
    track,
    trackFrames(session, frames) {
      const { promise, resolve } = Promise.withResolvers<void>();
      void track(session, promise);
      return endWith(frames, resolve);
    },
    isBusy: (session) => [...underWay.values()].includes(session),
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay.keys());
    },
  };
}

async function* endWith(frames: AsyncGenerator<string, void>, onEnd: () => void): AsyncGenerator<string, void> {
  try {
    yield* frames;
  } finally {
    onEnd();
  }
}
