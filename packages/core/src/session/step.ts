import type { AccessDecision } from "../access/access-policy.ts";
import type { DefinitionContents } from "../agent/call-definition.ts";
import type { Tool } from "../agent/tool.ts";
import type { EventData } from "../events/catalogue.ts";
import type { ContentHash } from "../json/content-hash.ts";
import type { ModelRequest } from "../model/model.ts";
import type { CallState } from "./call-state.ts";
import type { ContextRange } from "./model-request.ts";

/** A tool call that is going to be started: the accepted arguments are for the tool, and never in the log. */
export interface PlannedCall {
  readonly call: CallState;
  readonly tool: Tool;
  /** Nothing where `isRestored`: what the tool gets is put together in memory, just before it runs. */
  readonly input: unknown;
  /** Whether its arguments hold placeholders of values that its tool may have. */
  readonly isRestored?: boolean;
  readonly attempt: number;
  readonly idempotencyKey: string;
  /** What was decided about it, where there was something to decide. */
  readonly access?: AccessDecision | undefined;
}

/** A tool call that is refused before it starts. */
export interface DeniedCall {
  readonly call: CallState;
  readonly code: Extract<
    EventData<"ToolCallDenied">["code"],
    | "tool_not_found"
    | "arguments_invalid"
    | "access_denied"
    | "handoff_refused"
    | "content_blocked"
    | "untrusted_content"
  >;
  readonly message: string;
  readonly access?: AccessDecision | undefined;
}

/** A handoff that is going to be carried out. */
export interface PlannedHandoff {
  readonly call: CallState;
  readonly handoff: EventData<"HandoffDecided">;
  readonly access?: AccessDecision | undefined;
}

/** A tool call that waits for an approval before it starts. */
export interface CallToApprove {
  readonly call: CallState;
  readonly request: EventData<"ApprovalRequested">;
  readonly access?: AccessDecision | undefined;
}

/** What comes next in a session, decided by `nextStep` and carried out by the engine. */
export type Step =
  /** Nothing, until somebody appends a prompt or a decision. */
  | { readonly type: "rest" }
  /** Effects are under way; their outcome comes first. */
  | { readonly type: "wait" }
  /** Says which tools the model is shown, and which not. */
  | { readonly type: "offerTools" }
  | {
      readonly type: "callModel";
      readonly attempt: number;
      readonly delayMs: number;
      readonly request: ModelRequest;
      readonly requestHash: ContentHash;
      readonly contents: DefinitionContents;
      readonly context: ContextRange;
    }
  | { readonly type: "requestTools"; readonly calls: readonly CallState[] }
  | {
      readonly type: "callTools";
      readonly calls: readonly PlannedCall[];
      readonly denied: readonly DeniedCall[];
      readonly toApprove: readonly CallToApprove[];
    }
  | { readonly type: "reconcileTools"; readonly calls: readonly PlannedCall[] }
  | { readonly type: "handOff"; readonly planned: PlannedHandoff; readonly denied: readonly DeniedCall[] }
  | { readonly type: "suspend"; readonly reason: SuspensionReason; readonly calls: readonly CallState[] }
  | { readonly type: "finish"; readonly outcome: "answered" | "client_tools" | "incomplete"; readonly reason?: string }
  | { readonly type: "fail"; readonly code: string; readonly message: string };

/** Why a run is suspended. */
export type SuspensionReason = EventData<"RunSuspended">["reason"];
