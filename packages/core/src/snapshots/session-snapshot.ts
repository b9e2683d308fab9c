import { contentHash } from "../json/content-hash.ts";
import type { ContentHash } from "../json/content-hash.ts";
import type { Item } from "../model/items.ts";
import { AppendOnlyList } from "../session/append-only-list.ts";
import type { CallState } from "../session/call-state.ts";
import type { ActiveRun, SessionState, Turn } from "../session/session-state.ts";
import { foldVersion } from "./fold-version.ts";
import type { Snapshot } from "./snapshot-store.ts";

/** Writes a session's state down. `eventId` is that of the newest event in it. */
export function toSnapshot(state: SessionState, eventId: string): Snapshot {
  const { session, revision } = state;
  const fields = { session, revision, eventId, codeVersion: foldVersion, state: JSON.stringify(toPlain(state)) };
  return { ...fields, checksum: checksumOf(fields) };
}

/** Reads a session's state back; `undefined` when the snapshot is not one that this version of the code has written. */
export function fromSnapshot(snapshot: Snapshot, session: string): SessionState | undefined {
  if (snapshot.codeVersion !== foldVersion || snapshot.session !== session) return undefined;
  if (snapshot.checksum !== checksumOf(snapshot)) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- version and checksum say that toSnapshot has written it
  const state = fromPlain(JSON.parse(snapshot.state) as PlainState);
  return state.session === session && state.revision === snapshot.revision ? state : undefined;
}

/** What a snapshot's other fields amount to. */
export function checksumOf({
  session,
  revision,
  eventId,
  codeVersion,
  state,
}: Omit<Snapshot, "checksum">): ContentHash {
  return contentHash(JSON.stringify([session, revision, eventId, codeVersion, state]));
}

interface PlainTurn extends Omit<Turn, "items"> {
  readonly items: readonly Item[];
}

interface PlainRun extends Omit<ActiveRun, "turn" | "calls"> {
  readonly turn: PlainTurn;
  readonly calls: readonly CallState[];
}

/** A session's state as JSON carries it. */
interface PlainState extends Omit<SessionState, "turns" | "active" | "pendingClientCalls"> {
  readonly turns: readonly PlainTurn[];
  readonly active?: PlainRun;
  readonly pendingClientCalls: readonly string[];
}

function toPlain(state: SessionState): PlainState {
  const { active, ...rest } = state;
  return {
    ...rest,
    turns: state.turns.toArray().map(toPlainTurn),
    ...(active !== undefined && {
      active: { ...active, turn: toPlainTurn(active.turn), calls: [...active.calls.values()] },
    }),
    pendingClientCalls: [...state.pendingClientCalls],
  };
}

function fromPlain({ active, ...state }: PlainState): SessionState {
  return {
    ...state,
    turns: AppendOnlyList.of(state.turns.map(fromPlainTurn)),
    active: active && {
      ...active,
      turn: fromPlainTurn(active.turn),
      calls: new Map(active.calls.map((call) => [call.callId, call])),
    },
    pendingClientCalls: new Set(state.pendingClientCalls),
  };
}

function toPlainTurn(turn: Turn): PlainTurn {
  return { ...turn, items: turn.items.toArray() };
}

function fromPlainTurn(turn: PlainTurn): Turn {
  return { ...turn, items: AppendOnlyList.of(turn.items) };
}
