import type { WaitsFor } from "../agent/tool-context.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { isFunctionCall, isMessage, messageText } from "../model/items.ts";
import type { FunctionCallItem, Item } from "../model/items.ts";
import type { Usage } from "../model/model.ts";
import { argumentsOf } from "../session/call-state.ts";
import type { CallStatus } from "../session/call-state.ts";
import type { SessionState, Turn, TurnEnding } from "../session/session-state.ts";

/** How a run stands after it was driven. */
export type RunOutcome = "completed" | "client_tools" | "incomplete" | "failed" | "cancelled" | "suspended" | "running";

/** What a run came to. */
export interface RunResult {
  readonly session: string;
  readonly run: string;
  readonly outcome: RunOutcome;
  /** The text of the assistant's last message; empty when there is none. */
  readonly text: string;
  /** Everything the run added to the conversation, its prompt included. */
  readonly items: readonly Item[];
  readonly usage: Usage;
  /** What went wrong, for `failed`; why it stopped, for `incomplete` and `cancelled`. */
  readonly reason?: { readonly code: string; readonly message: string };
  /** The calls a person has to decide on, for `suspended`. */
  readonly waiting: readonly WaitingCall[];
  /** The functions the caller has to run, for `client_tools`. */
  readonly calls: readonly FunctionCallItem[];
}

/** A tool call that a suspended run waits for. */
export interface WaitingCall {
  readonly callId: string;
  readonly tool: string;
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
  readonly attempts: number;
  /** A person has to say what became of it, a person has to approve it, or it waits for something else. */
  readonly reason: "outcome_unknown" | "approval_required" | "waiting";
  readonly waitsFor?: WaitsFor;
}

/** Reads a run's result off the session. Throws `response_not_found` for a run that the session does not have. */
export function toRunResult(state: SessionState, run: string): RunResult {
  const turn = findTurn(state, run);
  if (turn === undefined) {
    throw new AgentKitError("response_not_found", `Session '${state.session}' has no run '${run}'.`);
  }
  const items = [...turn.items];
  const reason = toReason(turn.ending);
  return {
    session: state.session,
    run,
    outcome: toOutcome(turn),
    text: lastAssistantText(items),
    items,
    usage: turn.usage,
    ...(reason && { reason }),
    waiting: toWaiting(state, turn),
    calls: items.filter(isFunctionCall).filter((call) => isPending(state, turn, call)),
  };
}

/** The turn of a run, finished or under way. */
export function findTurn(state: SessionState, run: string): Turn | undefined {
  if (state.active?.turn.run === run) return state.active.turn;
  for (let index = state.turns.length - 1; index >= 0; index -= 1) {
    const turn = state.turns.at(index);
    if (turn?.run === run) return turn;
  }
  return undefined;
}

function toOutcome(turn: Turn): RunOutcome {
  if (turn.status === "running" || turn.status === "suspended") return turn.status;
  const outcome = turn.ending?.outcome;
  return outcome === "answered" || outcome === undefined ? "completed" : outcome;
}

/** What went wrong, or why a run stopped early. */
export function toReason(ending: TurnEnding | undefined): RunResult["reason"] {
  switch (ending?.outcome) {
    case "failed":
      return { code: ending.code, message: ending.message };
    case "incomplete":
      return { code: ending.reason, message: incompleteMessage(ending.reason) };
    case "cancelled":
      return { code: "aborted", message: ending.reason };
    default:
      return undefined;
  }
}

function incompleteMessage(reason: string): string {
  return reason === "content_filter"
    ? "What was said was filtered; the decision is in the log."
    : `The model stopped early: ${reason}.`;
}

/** The text of the assistant's last message; empty when there is none. */
export function lastAssistantText(items: readonly Item[]): string {
  const message = items.filter(isMessage).findLast((item) => item.role === "assistant");
  return message === undefined ? "" : messageText(message);
}

function toWaiting(state: SessionState, turn: Turn): readonly WaitingCall[] {
  const { active } = state;
  if (active?.turn.run !== turn.run || turn.status !== "suspended") return [];
  return [...active.calls.values()].flatMap((call): readonly WaitingCall[] => {
    const reason = reasonToWait(call.status);
    if (reason === undefined) return [];
    const { callId, item, attempts, waitsFor } = call;
    return [{ callId, tool: item.name, arguments: argumentsOf(call), attempts, reason, ...(waitsFor && { waitsFor }) }];
  });
}

function reasonToWait(status: CallStatus): WaitingCall["reason"] | undefined {
  switch (status) {
    case "unknown":
      return "outcome_unknown";
    case "awaiting_approval":
      return "approval_required";
    case "waiting":
      return "waiting";
    default:
      return undefined;
  }
}

function isPending(state: SessionState, turn: Turn, call: FunctionCallItem): boolean {
  return state.turns.last() === turn && state.pendingClientCalls.has(call.call_id);
}
