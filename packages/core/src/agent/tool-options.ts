import type { Principal } from "../access/principal.ts";
import type { ApprovalRule } from "../approvals/approval-rule.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { JsonObject } from "../json/json.ts";
import type { RetryPolicy, SideEffects, Tool, UnknownOutcomePolicy } from "./tool.ts";

/** What a tool declares beside what it does. Every kind of tool takes the same options. */
export interface ToolOptions<Input = unknown> {
  /** Default `unsafe`: nothing is repeated in silence unless the tool says that it may be. */
  readonly sideEffects?: SideEffects;
  /** Default: `retry` without side effects or with idempotent ones, otherwise `ask`. */
  readonly onUnknownOutcome?: UnknownOutcomePolicy;
  /** Milliseconds one attempt may take. Default 60,000. */
  readonly timeoutMs?: number;
  /** When a failed attempt is repeated. Default: never. Refused for `unsafe` side effects. */
  readonly retry?: RetryOption;
  /** Bytes of UTF-8 of the output that the model gets; what is longer goes to the blob store. Default 65,536. */
  readonly maxOutputBytes?: number;
  /** Which calls wait for an approval. Default: none. */
  readonly approval?: ApprovalOption<Input>;
  /** Roles of which the run's principal needs one, whatever the access policy says. Default: none is needed. */
  readonly roles?: readonly string[];
  /** Labels that rules of an access policy can name, for instance `admin`. */
  readonly tags?: readonly string[];
  /** Paths of arguments that are not shown where a call is displayed: `card.number`, `items.*.secret`. */
  readonly redact?: readonly string[];
  /** `untrusted` for results that hold what somebody outside wrote. Default `trusted`. */
  readonly trust?: "trusted" | "untrusted";
  /** Calls to learn from; the model reads them in the description. */
  readonly examples?: readonly ToolExample[];
}

/** A {@link RetryPolicy} with what may be left out. */
export interface RetryOption {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Milliseconds before the second attempt, doubled each time. Default 500. */
  readonly delayMs?: number;
  /** The longest delay, in milliseconds. Default 30,000. */
  readonly maxDelayMs?: number;
}

/** `"never"`, `"always"`, a pure function of the accepted arguments and the principal, or one of them with the rest of a rule. */
export type ApprovalOption<Input = unknown> =
  | ApprovalCondition<Input>
  | {
      readonly when: ApprovalCondition<Input>;
      /** Roles of which an approver needs one. Default: none, whoever may decide on the session. */
      readonly roles?: readonly string[];
      /** For how long a request may be decided on, and an approval used, in milliseconds. Default 24 hours. */
      readonly validForMs?: number;
    };

type ApprovalCondition<Input> = "never" | "always" | ((input: Input, principal: Principal) => boolean);

/** A call that shows a model how a tool is meant. */
export interface ToolExample {
  readonly arguments: JsonObject;
  /** What the call is for, or what it gives. */
  readonly note?: string;
}

/** The part of a {@link Tool} that {@link toToolDeclaration} makes. */
export type ToolDeclaration = Pick<
  Tool,
  | "name"
  | "description"
  | "sideEffects"
  | "onUnknownOutcome"
  | "timeoutMs"
  | "retry"
  | "maxOutputBytes"
  | "approval"
  | "roles"
  | "tags"
  | "redact"
  | "trust"
>;

/** What {@link toToolDeclaration} works on. */
export interface ToolDeclarationInput<Input> extends ToolOptions<Input> {
  readonly name: string;
  readonly description: string;
  /** The tool's own, where it has one; only its presence counts. */
  readonly reconcile?: unknown;
}

/**
 * Checks what a tool declares and fills in the defaults, the same for every kind of tool. A factory spreads the result into the
 * tool that it makes.
 *
 * @throws AgentKitError `definition_invalid`, which names the value that cannot work.
 *
 * @example
 * ```ts
 * import { type Tool, toToolDeclaration } from "@agentkit/core";
 *
 * const ping: Tool = {
 *   ...toToolDeclaration({ name: "ping", description: "Answers pong.", sideEffects: "none" }),
 *   parameters: { type: "object", properties: {} },
 *   strict: false,
 *   parse: (value) => ({ ok: true, value }),
 *   execute: async () => "pong",
 * };
 * ```
 */
export function toToolDeclaration<Input>(input: ToolDeclarationInput<Input>): ToolDeclaration {
  checkDeclaration(input);
  const { name, description, examples, retry, maxOutputBytes, approval } = input;
  const sideEffects = input.sideEffects ?? "unsafe";
  return {
    name,
    description: withExamples(description, examples ?? []),
    sideEffects,
    onUnknownOutcome: input.onUnknownOutcome ?? (sideEffects === "unsafe" ? "ask" : "retry"),
    timeoutMs: input.timeoutMs ?? 60_000,
    ...(retry && { retry: toRetryPolicy(retry) }),
    ...(maxOutputBytes !== undefined && { maxOutputBytes }),
    ...(approval && { approval: toApprovalRule(approval) }),
    ...toLabels(input),
  };
}

function toLabels<Input>({ roles, tags, redact, trust }: ToolOptions<Input>) {
  return { ...(roles && { roles }), ...(tags && { tags }), ...(redact && { redact }), ...(trust && { trust }) };
}

/** The error of a tool that cannot be defined. */
export function toolDefinitionInvalid(name: string, reason: string, cause?: unknown): AgentKitError {
  return new AgentKitError("definition_invalid", `Tool '${name}' cannot be defined: ${reason}.`, { cause });
}

const dayMs = 86_400_000;

function toRetryPolicy({ attempts, delayMs = 500, maxDelayMs = 30_000 }: RetryOption): RetryPolicy {
  return { attempts, delayMs, maxDelayMs };
}

function toApprovalRule<Input>(option: ApprovalOption<Input>): ApprovalRule {
  const rule = typeof option === "object" ? option : { when: option };
  return { when: toCondition(rule.when), roles: rule.roles ?? [], validForMs: rule.validForMs ?? dayMs };
}

function toCondition<Input>(condition: ApprovalCondition<Input>): ApprovalRule["when"] {
  if (typeof condition === "string") return condition;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine hands over what the tool's own `parse` returned
  return (input, principal) => condition(input as Input, principal);
}

function withExamples(description: string, examples: readonly ToolExample[]): string {
  const lines = examples.map(({ arguments: values, note }) => {
    return `- ${JSON.stringify(values)}${note === undefined ? "" : ` (${note})`}`;
  });
  return lines.length === 0 ? description : [description, "Examples of arguments:", ...lines].join("\n");
}

function checkDeclaration<Input>(input: ToolDeclarationInput<Input>): void {
  const { name } = input;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw toolDefinitionInvalid(name, "a name has 1 to 64 characters of A-Z a-z 0-9 _ -");
  }
  const policies = [input.sideEffects ?? "unsafe", input.onUnknownOutcome ?? "ask"];
  const strange = policies.find((policy) => !knownPolicies.has(policy));
  if (strange !== undefined) throw toolDefinitionInvalid(name, `'${strange}' is no side effect and no policy`);
  if (input.onUnknownOutcome === "reconcile" && input.reconcile === undefined) {
    throw toolDefinitionInvalid(name, "onUnknownOutcome 'reconcile' needs a reconcile function");
  }
  for (const [option, value] of limitsOf(input)) {
    if (value !== undefined && !(value > 0)) throw toolDefinitionInvalid(name, `${option} must be a positive number`);
  }
  checkNames(input);
  checkRetry(input);
}

const knownPolicies: ReadonlySet<string> = new Set<SideEffects | UnknownOutcomePolicy>([
  "none",
  "idempotent",
  "unsafe",
  "retry",
  "reconcile",
  "ask",
  "fail",
]);

function limitsOf<Input>({ timeoutMs, maxOutputBytes, retry, approval }: ToolOptions<Input>) {
  return Object.entries({
    timeoutMs,
    maxOutputBytes,
    "retry.delayMs": retry?.delayMs,
    "retry.maxDelayMs": retry?.maxDelayMs,
    "approval.validForMs": typeof approval === "object" ? approval.validForMs : undefined,
  });
}

function checkNames<Input>({ name, roles, tags, redact }: ToolDeclarationInput<Input>): void {
  for (const [option, list] of Object.entries({ roles, tags, redact })) {
    // An empty list of roles would let everybody in where its author may have meant nobody.
    if (list?.length === 0) throw toolDefinitionInvalid(name, `${option} is an empty list; leave it out`);
    if (list?.includes("") === true) throw toolDefinitionInvalid(name, `${option} has an empty name`);
  }
}

function checkRetry<Input>({ name, retry, sideEffects = "unsafe" }: ToolDeclarationInput<Input>): void {
  if (retry === undefined) return;
  if (!(Number.isInteger(retry.attempts) && retry.attempts >= 1)) {
    throw toolDefinitionInvalid(name, "retry.attempts must be a whole number from 1");
  }
  if (retry.attempts > 1 && sideEffects === "unsafe") {
    throw toolDefinitionInvalid(name, "retry needs sideEffects 'none' or 'idempotent'; say which is true");
  }
}
