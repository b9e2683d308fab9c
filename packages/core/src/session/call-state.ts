import type { WaitsFor } from "../agent/tool-context.ts";
import type { UnknownOutcomePolicy } from "../agent/tool.ts";
import type { EventData } from "../events/catalogue.ts";
import type { FunctionCallItem } from "../model/items.ts";

/**
 * How a tool call stands. `announced`: the model asked for it, and nothing was decided yet. `waiting`: it was started and
 * cannot go on before something else is there.
 */
export type CallStatus =
  | "announced"
  | "requested"
  | "awaiting_approval"
  | "started"
  | "unknown"
  | "waiting"
  | "settled";

/** The approval of a call: asked for, or given and bound to the call's arguments. */
export interface ApprovalState {
  readonly id: string;
  readonly requested: EventData<"ApprovalRequested">;
  /** When it was asked for, as the event says. Carried for whoever decides; the fold decides nothing by it. */
  readonly requestedAt: string;
  readonly given?: NonNullable<EventData<"ToolCallApproved">["approval"]>;
}

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
  /** The arguments, where an approver changed what the model wrote. */
  readonly editedArguments?: string;
  readonly approval?: ApprovalState | undefined;
  /** What was decided about its arguments, where they must not go on by themselves. */
  readonly verdict?: "block" | "require_approval";
  /** How many approvals were asked for. */
  readonly approvals?: number;
  /** Milliseconds before the next attempt. */
  readonly retryAfterMs?: number | undefined;
  readonly waitsFor?: WaitsFor | undefined;
  /** How many of its starts ended in waiting. */
  readonly suspensions?: number;
}

/** JSON text of the arguments that the tool gets. */
export function argumentsOf(call: CallState): string {
  return call.editedArguments ?? call.item.arguments;
}
