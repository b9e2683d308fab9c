import type { EventLog } from "../event-log/event-log.ts";
import type { Revision } from "../events/envelope.ts";
import type { Clock } from "../runtime/clock.ts";
import type { SessionState } from "../session/session-state.ts";
import { toSessionStream } from "../session/session-stream.ts";
import { fromSnapshot, toSnapshot } from "./session-snapshot.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** Saves the fold of long sessions from starting at their first event. Nothing depends on it but time. */
export interface SnapshotCache {
  /** A state of the session to fold on from, at a revision of at most `atMost`; `undefined` when there is none to trust. */
  read(session: string, atMost: Revision): Promise<SessionState | undefined>;
  /** Shows it a state whose events are in the log. Now and then it writes one down, later and unwatched. */
  offer(state: SessionState): void;
}

/** What a snapshot cache works with. */
export interface SnapshotCacheOptions {
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
}

/** A session gets its next snapshot after so many events, and after a quarter more: all of them together cost O(n). */
const minEvents = 500;
const growth = 1.25;

/** Sessions whose newest snapshot is remembered; of others a snapshot may be written once more. */
const maxRemembered = 1_000;

/** Makes a snapshot cache. */
export function createSnapshotCache({ log, snapshots, clock }: SnapshotCacheOptions): SnapshotCache {
  /** The number of events in a session's newest snapshot. */
  const written = new Map<string, number>();
  let writing = false;

  function remember(session: string, events: number): void {
    if (written.size >= maxRemembered) written.clear();
    written.set(session, events);
  }

  async function write(state: SessionState): Promise<void> {
    try {
      await clock.sleep(0, new AbortController().signal);
      const eventId = await eventIdAt(log, state.session, state.revision);
      if (eventId !== undefined) await snapshots.write(toSnapshot(state, eventId));
    } catch {
      // A snapshot that is not there costs time only, and the next one is tried in time.
    } finally {
      writing = false;
    }
  }

  return {
    async read(session, atMost) {
      try {
        const snapshot = await snapshots.read(session);
        const state = snapshot && fromSnapshot(snapshot, session);
        if (snapshot === undefined || state === undefined || state.revision > atMost) return undefined;
        // The log has the last word: another history may have taken the session's name.
        if ((await eventIdAt(log, session, state.revision)) !== snapshot.eventId) return undefined;
        remember(session, state.revision + 1);
        return state;
      } catch {
        return undefined;
      }
    },
    offer(state) {
      const events = state.revision + 1;
      const before = written.get(state.session) ?? 0;
      if (writing || events < before * growth || events - before < minEvents) return;
      writing = true;
      remember(state.session, events);
      void write(state); // it settles by itself, and nobody waits for it
    },
  };
}

async function eventIdAt(log: EventLog, session: string, revision: Revision): Promise<string | undefined> {
  for await (const event of log.readStream(toSessionStream(session), { from: revision, limit: 1 })) return event.id;
  return undefined;
}
