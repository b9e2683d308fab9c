import type { EventData } from "../events/catalogue.ts";
import { decodeEvent } from "../events/decode-event.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { SnapshotCache } from "../snapshots/snapshot-cache.ts";
import { evolve } from "../session/evolve.ts";
import { initialState } from "../session/session-state.ts";
import type { SessionState } from "../session/session-state.ts";
import { toSessionStream } from "../session/session-stream.ts";

/** Folds sessions from the log, and remembers the newest ones so that a turn costs only its own events. */
export interface SessionStore {
  /** The session as the log has it now; `undefined` when there is none. */
  load(session: string): Promise<SessionState | undefined>;
  /** The session as it was when `revision` was its newest. Throws `session_not_found` or `revision_not_found`. */
  loadAt(session: string, revision: number): Promise<SessionState>;
  /** What a fork's first event is folded into: its parent's state where the two part. */
  forkBase(session: string, forked: EventData<"SessionForked">): Promise<SessionState>;
  /** Remembers a state whose events are in the log. */
  keep(state: SessionState): void;
}

/** How many sessions are remembered; the ones longest unused are folded again when they are needed. */
const capacity = 256;

/**
 * Makes a session store on a log. What it remembers is only ever a cache: it is brought up to date on each load. With
 * snapshots, a session that is not remembered is folded from its snapshot on.
 */
export function createSessionStore(log: EventLog, snapshots?: SnapshotCache): SessionStore {
  const remembered = new Map<string, SessionState>();

  function keep(state: SessionState): void {
    remembered.delete(state.session);
    remembered.set(state.session, state);
    const oldest = remembered.size > capacity ? remembered.keys().next().value : undefined;
    if (oldest !== undefined) remembered.delete(oldest);
    snapshots?.offer(state);
  }

  async function startOf(session: string, atMost = Number.POSITIVE_INFINITY): Promise<SessionState> {
    return (await snapshots?.read(session, atMost)) ?? initialState(session);
  }

  async function fold(start: SessionState, limit?: number): Promise<SessionState> {
    let state = start;
    const options = { from: start.revision + 1, ...(limit !== undefined && { limit }) };
    for await (const stored of log.readStream(toSessionStream(start.session), options)) {
      const event = decodeEvent(stored);
      if (event.type === "SessionForked") state = await forkBase(start.session, event.data);
      state = evolve(state, event);
    }
    return state;
  }

  async function forkBase(session: string, { parent }: EventData<"SessionForked">): Promise<SessionState> {
    const state = await loadAt(parent.session, parent.revision);
    const family = state.family ?? state.session;
    return { ...state, session, family, parent: undefined, revision: -1, base: state.base + parent.revision + 1 };
  }

  async function loadAt(session: string, revision: number): Promise<SessionState> {
    const start = await startOf(session, revision);
    const state = await fold(start, revision - start.revision);
    if (state.revision === revision) return state;
    throw state.revision === -1 ? sessionNotFound(session) : revisionNotFound(session, revision, state.revision);
  }

  return {
    async load(session) {
      const state = await fold(remembered.get(session) ?? (await startOf(session)));
      if (state.revision === -1) return undefined;
      keep(state);
      return state;
    },
    loadAt,
    forkBase,
    keep,
  };
}

/** The error for a session that the log does not have. */
export function sessionNotFound(session: string): AgentKitError {
  return new AgentKitError("session_not_found", `The log has no session '${session}'.`, { param: "session" });
}

function revisionNotFound(session: string, revision: number, last: number): AgentKitError {
  const message = `Session '${session}' has no revision ${revision}; its revisions are 0 to ${last}.`;
  return new AgentKitError("revision_not_found", message, { param: "revision" });
}
