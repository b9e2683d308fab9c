import type { EventLog } from "../event-log/event-log.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import type { BlobStore } from "./blob-store.ts";

/** Options of a collection. */
export interface CollectOptions {
  /**
   * Blobs put within so many milliseconds are kept, because their event may be on its way. It must be longer than an
   * append can take; an hour is ample.
   */
  readonly graceMs: number;
  /** Deletes nothing, and counts what it would delete. Default `false`. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** What a collection came to, or would come to. */
export interface BlobCollection {
  readonly kept: number;
  readonly deleted: number;
  /** Bytes of the blobs that were deleted. */
  readonly deletedBytes: number;
}

/**
 * Deletes the blobs that no event of a log refers to: it marks every hash that stands anywhere in an event, then sweeps.
 * `log` is the one that holds the references; through a decorator that puts the data back no reference would be seen.
 */
export async function collectBlobs(log: EventLog, blobs: BlobStore, options: CollectOptions): Promise<BlobCollection> {
  const { graceMs, dryRun = false, signal, clock = systemClock } = options;
  // Taken before the log is read: what is appended after the read is of blobs put after this.
  const writtenBefore = clock.now() - graceMs;
  const referred = await mark(log, signal);
  let [kept, deleted, deletedBytes] = [0, 0, 0];
  for await (const { hash, size, written } of blobs.list()) {
    signal?.throwIfAborted();
    const unneeded = !referred.has(hash) && written <= writtenBefore;
    const gone = unneeded && (dryRun || (await blobs.delete(hash, writtenBefore)));
    kept += gone ? 0 : 1;
    deleted += gone ? 1 : 0;
    deletedBytes += gone ? size : 0;
  }
  return { kept, deleted, deletedBytes };
}

async function mark(log: EventLog, signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
  const referred = new Set<string>();
  for await (const { data } of log.readAll(signal === undefined ? {} : { signal })) {
    // Any hash counts, wherever it stands: a blob too many costs space, one too few costs data.
    for (const [hash] of JSON.stringify(data).matchAll(/sha256:[0-9a-f]{64}/g)) referred.add(hash);
  }
  return referred;
}
