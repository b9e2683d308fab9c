import { decodeEvent, toSessionStream } from "@agentkit/core";
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
export async function readParent(log: EventLog, session: string): Promise<Parent | undefined> {
  const first = await readFirstEvent(log, session);
  return first?.type === "SessionForked" ? first.data.parent : undefined;
}

type Sources = Pick<GatewayContext, "kit" | "log">;

/** The session in which a turn of a history ended: the session itself, or the one of its ancestors that it inherits it from. */
export async function sessionOfTurn({ kit, log }: Sources, state: SessionState, turn: Turn): Promise<string> {
  let current = state;
  while (turn.to < current.base) {
    const parent = await readParent(log, current.session);
    if (parent === undefined) break;
    current = await kit.load(parent.session);
  }
  return current.session;
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
