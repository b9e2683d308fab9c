import { AgentKitError, decodeEvent, toSessionStream } from "@agentkit/core";
import type { AgentEvent, EventLog, SessionState, Turn } from "@agentkit/core";
import type { GatewayContext } from "../gateway-context.ts";

/** Where a session was forked from. */
export interface Parent {
  readonly session: string;
  readonly revision: number;
}

/** The first event of a session; `undefined` when the log has no such session. */
export async function readFirstEvent(log: EventLog, session: string): Promise<AgentEvent | undefined> {
  for await (const stored of log.readStream(toSessionStream(session), { limit: 1 })) return decodeEvent(stored);
  return undefined;
}

/** The session's parent; `undefined` for a session that is no fork. */
async function readParent(log: EventLog, session: string): Promise<Parent | undefined> {
  const first = await readFirstEvent(log, session);
  return first?.type === "SessionForked" ? first.data.parent : undefined;
}

type Sources = Pick<GatewayContext, "kit" | "log">;

/** A session of a history, and the sequence number of its revision 0. */
export interface Segment {
  readonly session: string;
  readonly base: number;
}

/** The sessions a history runs through: the session itself, then those it was forked from. */
export async function readSegments({ kit, log }: Sources, state: SessionState): Promise<readonly Segment[]> {
  const segments: Segment[] = [];
  let current: SessionState | undefined = state;
  while (current !== undefined) {
    segments.push({ session: current.session, base: current.base });
    const parent: Parent | undefined = current.base === 0 ? undefined : await readParent(log, current.session);
    current = parent && (await kit.load(parent.session));
  }
  return segments;
}

/** The segment in which a turn ended: its response is named after that session. */
export function segmentOfTurn(segments: readonly Segment[], turn: Turn): Segment {
  const found = segments.find(({ base }) => turn.to >= base) ?? segments.at(-1);
  if (found !== undefined) return found;
  throw new AgentKitError("internal", "A history has no sessions.");
}

/** Events of a history by their sequence numbers, both inclusive, whichever ancestors' streams they are in. */
export async function readHistory(
  { kit, log }: Sources,
  state: SessionState,
  range: { readonly from: number; readonly to: number },
): Promise<readonly AgentEvent[]> {
  const { base, session } = state;
  const inherited = range.from < base ? await readInherited({ kit, log }, state, range) : [];
  const first = Math.max(range.from, base) - base;
  const count = range.to - base - first + 1;
  const own: AgentEvent[] = [];
  if (count <= 0) return inherited;
  for await (const stored of log.readStream(toSessionStream(session), { from: first, limit: count })) {
    own.push(decodeEvent(stored));
  }
  return [...inherited, ...own];
}

async function readInherited(
  sources: Sources,
  { base, session }: SessionState,
  range: { readonly from: number; readonly to: number },
): Promise<readonly AgentEvent[]> {
  const parent = await readParent(sources.log, session);
  if (parent === undefined) return [];
  const state = await sources.kit.load(parent.session);
  return readHistory(sources, state, { from: range.from, to: Math.min(range.to, base - 1) });
}
