import type { Revision } from "../events/envelope.ts";
import type { ContentHash } from "../json/content-hash.ts";

/** A session's state at a revision, as a store keeps it. Whoever reads it trusts none of it without a check. */
export interface Snapshot {
  readonly session: string;
  /** The newest revision of the session's stream that is folded in. */
  readonly revision: Revision;
  /** The id of the event at that revision, by which the log tells whether it is the same history. */
  readonly eventId: string;
  /** The version of the code that folded it. */
  readonly codeVersion: number;
  readonly state: string;
  /** The hash of all the rest. */
  readonly checksum: ContentHash;
}

/** What a snapshot store can do beyond the contract. */
export interface SnapshotStoreCapabilities {
  /** The snapshots outlive the process. */
  readonly durable: boolean;
}

/**
 * Where snapshots of sessions are kept, one a session. It is only ever a cache: whatever it loses, or returns that is not
 * what was written, costs time and nothing else.
 *
 * Errors by code: `store_closed`, `store_unavailable`, `store_full`, `store_corrupt`.
 */
export interface SnapshotStore {
  readonly capabilities: SnapshotStoreCapabilities;
  /** The snapshot written last, `undefined` when there is none. */
  read(session: string): Promise<Snapshot | undefined>;
  /** Replaces the session's snapshot. */
  write(snapshot: Snapshot): Promise<void>;
  /** Removes the session's snapshot, for instance because its content has to be erased. */
  delete(session: string): Promise<void>;
  close(): Promise<void>;
}
