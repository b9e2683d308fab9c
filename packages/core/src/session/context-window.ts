import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { AppendOnlyList } from "./append-only-list.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import type { Turn } from "./session-state.ts";

/**
 * Chooses which earlier turns a request carries besides the current one. Pure, so that a replay chooses the same.
 */
export interface ContextWindow {
  /** The window and its settings; part of the agent's version and of `ContextAssembled`. */
  readonly name: string;
  /** The index of the first of `turns` to carry; `turns.length` for none. All later ones are carried too. */
  firstTurn(turns: AppendOnlyList<Turn>, current: Turn): number;
}

/** Options of {@link recentTurns}. */
export interface RecentTurnsOptions {
  /** At most so many earlier turns. Default 24. */
  readonly maxTurns?: number;
  /** At most so many estimated tokens in all, the current turn included. Default 16,000. */
  readonly maxTokens?: number;
}

/**
 * The default window: the newest turns within a number of turns and an estimate of tokens. The current turn is always
 * whole, and turns that share a function call and its output are kept or left together. What a request costs does not
 * depend on how long the session is.
 *
 * @throws AgentKitError `definition_invalid` for limits that are negative or no numbers.
 */
export function recentTurns(options: RecentTurnsOptions = {}): ContextWindow {
  const { maxTurns = 24, maxTokens = 16_000 } = options;
  if (!(maxTurns >= 0) || !(maxTokens >= 0)) {
    throw new AgentKitError("definition_invalid", "The limits of a window must be numbers from 0.");
  }
  return {
    name: `recent-turns(${maxTurns},${maxTokens})`,
    firstTurn: (turns, current) => firstWithin({ turns, current, maxTurns, maxTokens }),
  };
}

/** The whole conversation, each time. Simple, and dearer with each turn. */
export function allTurns(): ContextWindow {
  return { name: "all-turns", firstTurn: () => 0 };
}

interface Search {
  readonly turns: AppendOnlyList<Turn>;
  readonly current: Turn;
  readonly maxTurns: number;
  readonly maxTokens: number;
}

function firstWithin({ turns, current, maxTurns, maxTokens }: Search): number {
  let first = current.continues ? groupStart(turns, turns.length - 1) : turns.length;
  let tokens = tokensOf(current) + tokensBetween(turns, first, turns.length);
  while (first > 0) {
    const start = groupStart(turns, first - 1);
    tokens += tokensBetween(turns, start, first);
    if (turns.length - start > maxTurns || tokens > maxTokens) break;
    first = start;
  }
  return first;
}

// A turn that answers the calls of the one before it cannot be carried without it.
function groupStart(turns: AppendOnlyList<Turn>, end: number): number {
  let start = end;
  while (start > 0 && turns.at(start)?.continues === true) start -= 1;
  return start;
}

function tokensBetween(turns: AppendOnlyList<Turn>, start: number, end: number): number {
  let tokens = 0;
  for (let index = start; index < end; index += 1) {
    const turn = turns.at(index);
    if (turn !== undefined) tokens += tokensOf(turn);
  }
  return tokens;
}

function tokensOf(turn: Turn): number {
  let tokens = 0;
  for (const item of turn.items) tokens += estimateTokens(item);
  return tokens;
}
