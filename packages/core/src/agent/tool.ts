import type { JsonObject, JsonValue } from "../json/json.ts";

/** What a tool does to the world: nothing, something that may be repeated under one key, or something else. */
export type SideEffects = "none" | "idempotent" | "unsafe";

/**
 * What to do about a call that was started and whose outcome nobody knows: run it again under the same idempotency key,
 * ask the tool what became of it, ask a person, or give it up.
 */
export type UnknownOutcomePolicy = "retry" | "reconcile" | "ask" | "fail";

/** What a tool is told about the call it serves. */
export interface ToolContext {
  readonly session: string;
  readonly run: string;
  readonly callId: string;
  /** The same for every attempt at this call, for ever. Hand it to the service that the tool calls. */
  readonly idempotencyKey: string;
  readonly attempt: number;
  /** Aborts when the run is cancelled or the tool's time is up. */
  readonly signal: AbortSignal;
}

/** What became of a call, as a tool's `reconcile` finds it. */
export type Reconciliation =
  | { readonly status: "succeeded"; readonly output: string }
  | { readonly status: "failed"; readonly message: string }
  | { readonly status: "not_executed" }
  | { readonly status: "unknown" };

/** Arguments a tool accepts, or why it does not. */
export type ParsedArguments =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** A tool as the engine sees it. `defineTool` makes one from a function and a zod schema. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, as the model gets it. */
  readonly parameters: JsonObject;
  /** Whether the model must keep to the schema strictly. */
  readonly strict: boolean;
  readonly sideEffects: SideEffects;
  readonly onUnknownOutcome: UnknownOutcomePolicy;
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Pure: JSON value in, accepted value or the reason for the model out. */
  parse(input: JsonValue): ParsedArguments;
  /** Runs with a value that `parse` accepted and returns the text for the model. */
  execute(input: unknown, context: ToolContext): Promise<string>;
  /** Looks up what became of a call; present when `onUnknownOutcome` is `reconcile`. */
  readonly reconcile?: (input: unknown, context: ToolContext) => Promise<Reconciliation>;
}
