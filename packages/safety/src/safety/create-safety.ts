import { type Clock, type Safety, systemClock } from "@agentkit/core";
import type { ModerationService } from "../moderation/moderation-service.ts";
import type { OverrideSource } from "../overrides/override-source.ts";
import { defaultTimer } from "../policy/evaluate.ts";
import type { ActiveRule, SafetyPolicy } from "../policy/safety-policy.ts";
import { createRedactor } from "../redaction/redactor.ts";
import { createRestorer } from "../redaction/restorer.ts";
import type { Vault } from "../vault/vault.ts";
import { toEventRedactor } from "./event-redactor.ts";
import { createExaminer } from "./examination.ts";
import { createGuard } from "./guard.ts";
import { toSafetyRestorer } from "./safety-restorer.ts";

/** What {@link createSafety} puts together. */
export interface SafetyOptions {
  readonly policy: SafetyPolicy;
  /** At least 32 secret bytes, the same in every process of a deployment: see `RedactorOptions.key`. */
  readonly key: Uint8Array;
  /** Keeps the values that the policy's `restore` rules put back. Without it, nothing can be. */
  readonly vault?: Vault | undefined;
  /** Scores texts for rules of moderation. Without it they fail closed, but where a response brings its own scores. */
  readonly moderation?: ModerationService | undefined;
  /** Where overrides come from: `createOverrideBook(log)`. Without it there are none. */
  readonly overrides?: OverrideSource | undefined;
  /** Tells when overrides expire. */
  readonly clock?: Clock;
  /** A timer in milliseconds, for limits and latency. Default `performance.now`. */
  readonly timer?: () => number;
}

/**
 * Makes what keeps an agent safe, for `createAgentKit({ safety })`: a policy at every surface. What blocks, holds and redacts is
 * the policy's to say; each decision is recorded as `ModerationDecided` by whoever asks.
 *
 * - A text that is blocked goes no further. Where a person can be asked (what a user says, a call's arguments),
 *   `require_approval` holds it for one; elsewhere it blocks. On `outgoing_http` so does `redact`: a request cannot go in part.
 * - The text of an answer goes on as soon as it can be no part of a match; with rules of moderation, once its window was scored.
 * - What is redacted has the same placeholder in the stream, in the log and in the next request.
 *
 * @throws AgentKitError `definition_invalid` when the key is too short.
 *
 * @example
 * ```ts
 * import { createAgentKit, createInMemoryEventLog, defineAgent, type Model } from "@agentkit/core";
 * import { createPiiDetector, createSafety, defineSafetyPolicy } from "@agentkit/safety";
 *
 * declare const model: Model;
 * const rule = { id: "mail", detector: "pii", surfaces: ["append"], action: "redact", onFailure: "closed" } as const;
 * const policy = defineSafetyPolicy({ id: "p", version: "1", rules: [rule] }, { detectors: [createPiiDetector()] });
 * const safety = createSafety({ policy, key: crypto.getRandomValues(new Uint8Array(32)) });
 * const agents = [defineAgent({ name: "desk", model: "m", instructions: "Help." })];
 * const kit = createAgentKit({ log: createInMemoryEventLog(), model, agents, safety });
 * ```
 */
export function createSafety(options: SafetyOptions): Safety {
  const { policy, key, vault, clock = systemClock, timer = defaultTimer } = options;
  const kept = { policy, key, ...(vault !== undefined && { vault }) };
  const restorer = createRestorer(kept);
  const examiner = createExaminer({ ...options, clock, timer });
  return {
    policy: { id: policy.id, version: policy.version, hash: policy.hash },
    guard: createGuard(examiner, restorer),
    redactor: toEventRedactor(createRedactor({ ...kept, timer }), policy, timer),
    restorer: toSafetyRestorer(restorer),
    untrusted: policy.untrusted,
    asksForApproval: policy.untrusted === "require_approval" || policy.rules.some(mayHoldCalls),
  };
}

/** Whether a rule may have a call wait for a person. */
function mayHoldCalls({ rule }: ActiveRule): boolean {
  const holds = rule.action === "require_approval" || rule.onFailure === "queue";
  return holds && rule.mode === "enforce" && rule.surfaces.includes("tool_arguments");
}
