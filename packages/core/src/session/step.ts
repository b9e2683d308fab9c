import type { ContextRange } from "./model-request.ts";
import type { CallState } from "./session-state.ts";
import type { ModelRequest } from "../model/model.ts";
import type { ContentHash } from "../json/content-hash.ts";
import type { Tool } from "../agent/tool.ts";

/** A tool call that is going to be started: the accepted arguments are for the tool, and never in the log. */
export interface PlannedCall {
  readonly call: CallState;
  readonly tool: Tool;
  readonly input: unknown;
  readonly attempt: number;
  readonly idempotencyKey: string;
}

/** A tool call that is refused before it starts. */
export interface DeniedCall {
  readonly call: CallState;
  readonly code: "tool_not_found" | "arguments_invalid";
  readonly message: string;
}

/** What comes next in a session, decided by `nextStep` and carried out by the engine. */
export type Step =
  /** Nothing, until somebody appends a prompt or a decision. */
  | { readonly type: "rest" }
  /** Effects are under way; their outcome comes first. */
  | { readonly type: "wait" }
  | {
      readonly type: "callModel";
      readonly attempt: number;
      readonly delayMs: number;
      readonly request: ModelRequest;
      readonly requestHash: ContentHash;
      readonly context: ContextRange;
    }
  | { readonly type: "requestTools"; readonly calls: readonly CallState[] }
  | { readonly type: "callTools"; readonly calls: readonly PlannedCall[]; readonly denied: readonly DeniedCall[] }
  | { readonly type: "reconcileTools"; readonly calls: readonly PlannedCall[] }
  | { readonly type: "suspend"; readonly calls: readonly CallState[] }
  | { readonly type: "finish"; readonly outcome: "answered" | "client_tools" | "incomplete"; readonly reason?: string }
  | { readonly type: "fail"; readonly code: string; readonly message: string };
