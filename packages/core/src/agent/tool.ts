import type { ApprovalRule } from "../approvals/approval-rule.ts";
import type { JsonObject, JsonValue } from "../json/json.ts";
import type { ToolContext, ToolSuspension } from "./tool-context.ts";

/** What a tool does to the world: nothing, something that may be repeated under one key, or something else. */
export type SideEffects = "none" | "idempotent" | "unsafe";

/**
 * What to do about a call that was started and whose outcome nobody knows: run it again under the same idempotency key,
 * ask the tool what became of it, ask a person, or give it up.
 */
export type UnknownOutcomePolicy = "retry" | "reconcile" | "ask" | "fail";

/** When a call that failed is tried again, with the same idempotency key. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Milliseconds before the second attempt, doubled each time; half of each delay is random. */
  readonly delayMs: number;
  /** The longest delay, in milliseconds. */
  readonly maxDelayMs: number;
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
  /** When a failed attempt is repeated. Ignored for `unsafe` side effects. Default: never. */
  readonly retry?: RetryPolicy;
  /** Bytes of UTF-8 of the output that the model gets; what is longer goes to the blob store. Default 65,536. */
  readonly maxOutputBytes?: number;
  /** Which calls wait for an approval. Default: none. */
  readonly approval?: ApprovalRule;
  /** Roles of which the run's principal needs one, whatever the access policy says. Default: none is needed. */
  readonly roles?: readonly string[];
  /** Labels that rules of an access policy can name, for instance `admin`. */
  readonly tags?: readonly string[];
  /** Paths of arguments that are not shown where a call is displayed: `card.number`, `items.*.secret`. */
  readonly redact?: readonly string[];
  /**
   * `untrusted`: its results hold what somebody outside wrote (a web page, a mail, another server's answer), for which nobody here
   * vouches. Default `trusted`.
   */
  readonly trust?: "trusted" | "untrusted";
  /** JSON Schema of the result, where it is declared. */
  readonly outputSchema?: JsonObject;
  /** Pure: JSON value in, accepted value or the reason for the model out. */
  parse(input: JsonValue): ParsedArguments;
  /**
   * Runs with a value that `parse` accepted and returns the text for the model. An error says that the call failed; an
   * `AgentKitError` also gives the outcome its code, and one that is not `retryable` is not tried again.
   */
  execute(input: unknown, context: ToolContext): Promise<string | ToolSuspension>;
  /** Looks up what became of a call; present when `onUnknownOutcome` is `reconcile`. */
  readonly reconcile?: (input: unknown, context: ToolContext) => Promise<Reconciliation>;
}
