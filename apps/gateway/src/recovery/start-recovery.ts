import { setTimeout as sleep } from "node:timers/promises";
import type { AgentKit, RecoveredRun } from "@agentkit/core";

/** Options of {@link startRecovery}. */
export interface RecoveryOptions {
  readonly kit: Pick<AgentKit, "recover">;
  /** The age of its newest event from which on a run may be taken for orphaned: `orphanedAfterMs` of the runtime. */
  readonly olderThanMs: number;
  /** Milliseconds between two looks. Default 5,000; a look reads only what was appended since the last one. */
  readonly everyMs?: number;
  /** Told of a run that was taken up, and may wait for a person now, or that could not be; again only when that has changed. */
  readonly onRun?: (run: RecoveredRun) => void;
  /** Told why a look failed, for instance because the log could not be read. The next one comes all the same. */
  readonly onError?: (error: unknown) => void;
}

/** A recovery that goes on until it is closed. */
export interface Recovery {
  /** Looks no more, and leaves the runs that it drives open in the log, for the next one. Idempotent. */
  close(): Promise<void>;
}

/**
 * Takes up the runs that a crash has left open: those of the process before, at once, and those of others on the same log as
 * their leases end.
 *
 * @example
 * ```ts
 * import { loadConfig, openRuntime, startRecovery } from "@agentkit/gateway";
 *
 * const runtime = await openRuntime(await loadConfig());
 * const recovery = startRecovery({ kit: runtime.kit, olderThanMs: runtime.orphanedAfterMs });
 * await recovery.close();
 * await runtime.close();
 * ```
 */
export function startRecovery(options: RecoveryOptions): Recovery {
  const stop = new AbortController();
  const ended = lookAgainAndAgain(options, stop.signal);
  return {
    async close() {
      stop.abort();
      await ended;
    },
  };
}

async function lookAgainAndAgain(options: RecoveryOptions, signal: AbortSignal): Promise<void> {
  const { kit, olderThanMs, everyMs = 5_000, onError } = options;
  const onRun = onlyChanges(options.onRun);
  while (!signal.aborted) {
    try {
      await kit.recover({ olderThanMs, skipSuspended: true, signal, onRun });
    } catch (error) {
      onError?.(error);
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Passes on what is news: a run that cannot be taken up is found at every look. */
function onlyChanges(onRun: RecoveryOptions["onRun"]): (run: RecoveredRun) => void {
  const known = new Map<string, RecoveredRun["status"]>();
  return (run) => {
    if (run.status === "left_alone" || known.get(run.session) === run.status) return;
    if (run.status === "resumed") known.delete(run.session);
    else known.set(run.session, run.status);
    onRun?.(run);
  };
}
