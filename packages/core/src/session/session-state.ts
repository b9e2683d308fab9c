import type { EventData } from "../events/catalogue.ts";
import type { Revision } from "../events/envelope.ts";
import type { Item } from "../model/items.ts";
import type { Usage } from "../model/model.ts";
import { AppendOnlyList } from "./append-only-list.ts";
import type { CallState } from "./call-state.ts";
import type { Spent } from "./spent.ts";

/** What a fork changed for the runs in it. */
export type ForkOverrides = NonNullable<EventData<"SessionForked">["overrides"]>;

/** What a run was asked for beyond its agent's definition. */
export type RunRequest = NonNullable<EventData<"RunStarted">["request"]>;

/** How a run stands. */
export type RunStatus = "running" | "suspended" | "completed" | "failed" | "cancelled";

/** How the model call of a run stands. */
export type ModelCallState =
  | { readonly status: "idle" }
  | { readonly status: "started"; readonly attempt: number }
  | { readonly status: "completed"; readonly incompleteReason?: string | undefined }
  | { readonly status: "failed"; readonly attempt: number; readonly failure: EventData<"ModelCallFailed"> };

/** A run and what it added to the conversation. Sequence numbers count a history's events, parents' included. */
export interface Turn {
  readonly run: string;
  /** The agent it began with; once it is over, the one it ended with. */
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
  /** What it and its sub-runs used up, once it is over. */
  readonly spent?: Spent;
  /** How it ended: the outcome of a completed run, or what went wrong. */
  readonly ending?: TurnEnding;
}

/** How a run ended, beyond its status. */
export type TurnEnding =
  | { readonly outcome: "answered" | "client_tools" }
  | { readonly outcome: "incomplete"; readonly reason: string }
  | { readonly outcome: "failed"; readonly code: string; readonly message: string }
  | { readonly outcome: "cancelled"; readonly reason: string };

/** The part of a run's own items that an agent sees after a handoff: the prompt, what was passed on, and what came after. */
export interface ConversationView {
  /** How many items the prompt has. */
  readonly prompt: number;
  /** What the agent before passed on, as messages. */
  readonly passedOn: readonly Item[];
  /** The first item after the handoff. */
  readonly from: number;
}

/** A run while it is not over. */
export interface ActiveRun {
  readonly turn: Turn;
  readonly request: RunRequest;
  /** The number of the newest step, which is part of the events' ids. */
  readonly step: number;
  readonly modelCall: ModelCallState;
  /** Answers the model has given in this run. */
  readonly answers: number;
  /** The agent that has the run now; another than the turn began with after a handoff. */
  readonly agent: string;
  /** The agent that the caller's and a fork's changes are laid over: the one the run began with, or that a fork took up. */
  readonly definedBy: string;
  readonly handoffs: number;
  /** How many items the prompt has. */
  readonly promptLength: number;
  /** What of the conversation the agent sees after a handoff that did not pass it all on. */
  readonly view?: ConversationView | undefined;
  /** The agent for which it was decided which tools the model is shown. */
  readonly offeredTo?: string;
  readonly toolCalls: number;
  /** Calls of tools that do not exist, or with arguments that do not fit. */
  readonly invalidCalls: number;
  readonly costMicroUsd: number;
  /** Whether an answer came whose price is not known. */
  readonly unpriced: boolean;
  /** What its finished sub-runs used up. */
  readonly subRuns: Spent;
  /** What was decided about its prompt, where it must not go on: for good, or for now. */
  readonly prompt?: "blocked" | "held" | undefined;
  /** The decision that holds it. What it found may be in the prompt no more: the log has it redacted. */
  readonly heldBy?: EventData<"ModerationDecided"> | undefined;
  /** The sub-runs that were begun for its calls, by session. */
  readonly linked: Readonly<Record<string, "started" | "completed">>;
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
  /** The session that this one was forked from, at the root of all forks. */
  readonly family?: string | undefined;
  readonly overrides: ForkOverrides;
  /** The call of another session that this one was begun for. */
  readonly parent?: EventData<"SessionStarted">["parent"] | undefined;
  /** Turns that are over. */
  readonly turns: AppendOnlyList<Turn>;
  readonly active: ActiveRun | undefined;
  /** Whether the conversation holds what somebody outside wrote, for which nobody here vouches. It never becomes clean again. */
  readonly untrusted?: true;
  /** Function calls that the caller has to answer next, by call id. */
  readonly pendingClientCalls: ReadonlySet<string>;
}

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
