import type { EventLog } from "../event-log/event-log.ts";
import { isFunctionCall, isMessage, messageText } from "../model/items.ts";
import type { Usage } from "../model/model.ts";
import type { ContentStore } from "../run/content-store.ts";
import { lastAssistantText } from "../run/run-result.ts";
import { sessionNotFound } from "../run/session-store.ts";
import type { SessionStore } from "../run/session-store.ts";
import type { RunStatus, SessionState, Turn } from "../session/session-state.ts";
import { readLineage } from "./lineage.ts";
import type { Segment } from "./lineage.ts";

/** One turn as a diff shows it. */
export interface DiffTurn {
  readonly run: string;
  readonly agent: string;
  readonly status: RunStatus;
  /** What the user said, and the assistant's last message; empty when there is none. */
  readonly prompt: string;
  readonly answer: string;
  /** The names of the functions called, in order. */
  readonly calls: readonly string[];
  readonly usage: Usage;
}

/** One of two sessions, from where they part. */
export interface Branch {
  readonly session: string;
  readonly agent: string | undefined;
  readonly model: string | undefined;
  /** The instructions a fork laid over the agent's. */
  readonly instructions: string | undefined;
  /** The turns that are not shared as a whole. */
  readonly turns: readonly DiffTurn[];
}

/** Where two sessions part and what each did after. */
export interface SessionDiff {
  /** The last event both share; `undefined` for sessions that have no history in common. */
  readonly common: { readonly session: string; readonly revision: number } | undefined;
  /** Whether the first turns that are not shared were asked the same. */
  readonly samePrompt: boolean;
  readonly left: Branch;
  readonly right: Branch;
}

/** What a diff reads. */
export interface DiffPorts {
  readonly log: EventLog;
  readonly sessions: SessionStore;
  readonly contents: ContentStore;
}

/**
 * Compares two sessions by their histories: forks of one session share its events, which is known and not guessed.
 *
 * @throws AgentKitError `session_not_found`
 */
export async function diffSessions(ports: DiffPorts, left: string, right: string): Promise<SessionDiff> {
  const lineages = [await readLineage(ports.log, left), await readLineage(ports.log, right)] as const;
  const common = lastCommon(...lineages);
  const shared = common === undefined ? nothingShared : await readShared(ports.sessions, common);
  const branches = [await readBranch(ports, left, shared), await readBranch(ports, right, shared)] as const;
  return {
    common: common && { session: common.session, revision: common.until },
    samePrompt: branches[0].turns[0]?.prompt === branches[1].turns[0]?.prompt,
    left: branches[0],
    right: branches[1],
  };
}

function lastCommon(left: readonly Segment[], right: readonly Segment[]): Segment | undefined {
  let common: Segment | undefined;
  for (const [index, segment] of left.entries()) {
    const other = right[index];
    if (other?.session !== segment.session) break;
    common = { session: segment.session, until: Math.min(segment.until, other.until) };
    if (segment.until !== other.until) break;
  }
  return common;
}

/** What two histories have in common. */
interface Shared {
  /** How many events of the whole history. */
  readonly length: number;
  /** The run that was under way where they part: each branch has its own end of it. */
  readonly openRun: string | undefined;
}

const nothingShared: Shared = { length: 0, openRun: undefined };

async function readShared(sessions: SessionStore, { session, until }: Segment): Promise<Shared> {
  const state = await sessions.loadAt(session, until);
  return { length: state.base + until + 1, openRun: state.active?.turn.run };
}

async function readBranch(ports: DiffPorts, session: string, shared: Shared): Promise<Branch> {
  const state = await ports.sessions.load(session);
  if (state === undefined) throw sessionNotFound(session);
  const turns = toTurns(state).filter((turn) => turn.to >= shared.length || turn.run === shared.openRun);
  const { agent, model, instructions } = state.overrides;
  return {
    session,
    agent: agent ?? turns[0]?.agent,
    model,
    instructions: instructions && (await ports.contents.load(instructions)),
    turns: turns.map(toDiffTurn),
  };
}

function toTurns(state: SessionState): readonly Turn[] {
  return [...state.turns, ...(state.active === undefined ? [] : [state.active.turn])];
}

function toDiffTurn(turn: Turn): DiffTurn {
  const items = [...turn.items];
  const prompts = items.filter(isMessage).filter((item) => item.role === "user");
  return {
    run: turn.run,
    agent: turn.agent,
    status: turn.status,
    prompt: prompts.map(messageText).join("\n"),
    answer: lastAssistantText(items),
    calls: items.filter(isFunctionCall).map((item) => item.name),
    usage: turn.usage,
  };
}
