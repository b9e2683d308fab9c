import type { EventData } from "../events/catalogue.ts";
import type { Revision } from "../events/envelope.ts";
import type { FunctionCallItem, Item } from "../model/items.ts";
import type { Usage } from "../model/model.ts";
import { AppendOnlyList } from "./append-only-list.ts";
import type { UnknownOutcomePolicy } from "../agent/tool.ts";

/** What a fork changed for the runs in it. */
export type ForkOverrides = NonNullable<EventData<"SessionForked">["overrides"]>;

/** What a run was asked for beyond its agent's definition. */
export type RunRequest = NonNullable<EventData<"RunStarted">["request"]>;

/** How a run stands. */
export type RunStatus = "running" | "suspended" | "completed" | "failed" | "cancelled";

/** How a tool call stands. `announced`: the model asked for it, and nothing was decided yet. */
export type CallStatus = "announced" | "requested" | "started" | "unknown" | "settled";

/** One tool call of the model's last answer. */
export interface CallState {
  readonly callId: string;
  readonly item: FunctionCallItem;
  readonly status: CallStatus;
  /** How often it was started. */
  readonly attempts: number;
  /** What its tool declared when it was requested. */
  readonly declaredPolicy: UnknownOutcomePolicy;
  /** What its tool declared, or what was decided about the attempt whose outcome is unknown. */
  readonly onUnknownOutcome: UnknownOutcomePolicy;
}

/** How the model call of a run stands. */
export type ModelCallState =
  | { readonly status: "idle" }
  | { readonly status: "started"; readonly attempt: number }
  | { readonly status: "completed"; readonly incompleteReason?: string | undefined }
  | { readonly status: "failed"; readonly attempt: number; readonly failure: EventData<"ModelCallFailed"> };

/** A run and what it added to the conversation. Sequence numbers count a history's events, parents' included. */
export interface Turn {
  readonly run: string;
  readonly agent: string;
  readonly status: RunStatus;
  /** The sequence number of its `RunStarted` and of its newest event. */
  readonly from: number;
  readonly to: number;
  /** The items that requests may carry, in order; of a run that broke off, only what is complete. */
  readonly items: AppendOnlyList<Item>;
  /** Whether its prompt answers function calls of the turn before, so that the two are kept or dropped together. */
  readonly continues: boolean;
  /** Tokens of the run's model calls so far. */
  readonly usage: Usage;
  /** How it ended: the outcome of a completed run, or what went wrong. */
  readonly ending?: TurnEnding;
}

/** How a run ended, beyond its status. */
export type TurnEnding =
  | { readonly outcome: "answered" | "client_tools" }
  | { readonly outcome: "incomplete"; readonly reason: string }
  | { readonly outcome: "failed"; readonly code: string; readonly message: string }
  | { readonly outcome: "cancelled"; readonly reason: string };

/** A run while it is not over. */
export interface ActiveRun {
  readonly turn: Turn;
  readonly request: RunRequest;
  /** The number of the newest step, which is part of the events' ids. */
  readonly step: number;
  readonly modelCall: ModelCallState;
  /** Answers the model has given in this run. */
  readonly answers: number;
  /** The calls of the newest answer, by call id, in the model's order. */
  readonly calls: ReadonlyMap<string, CallState>;
}

/** The session as its events make it: the value of the fold. */
export interface SessionState {
  readonly session: string;
  /** The stream's newest revision that is folded in; -1 before the first. */
  readonly revision: Revision;
  /** The sequence number of this stream's revision 0: the number of events shared with the sessions it was forked from. */
  readonly base: number;
  readonly overrides: ForkOverrides;
  /** Turns that are over. */
  readonly turns: AppendOnlyList<Turn>;
  readonly active: ActiveRun | undefined;
  /** Function calls that the caller has to answer next, by call id. */
  readonly pendingClientCalls: ReadonlySet<string>;
}

/** No tokens. */
export const noUsage: Usage = {
  uncachedInputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** The state before a session's first event, or a fork's: then the parent's state at the shared revision goes on. */
export function initialState(session: string): SessionState {
  return {
    session,
    revision: -1,
    base: 0,
    overrides: {},
    turns: AppendOnlyList.of<Turn>(),
    active: undefined,
    pendingClientCalls: new Set(),
  };
}

/** Whether the run has its prompt; only a fork can be taken between the two. */
export function hasPrompt({ turn }: ActiveRun): boolean {
  return turn.items.length > 0;
}

/** The sequence number of an event of the session's own stream. */
export function sequenceOf(state: SessionState, revision: Revision): number {
  return state.base + revision;
}
