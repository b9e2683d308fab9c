import { AgentKitError, canonicalJson, contentHash } from "@agentkit/core";
import type { Detector } from "../detectors/detector.ts";
import { activateRule, resolveRule } from "./activate-rule.ts";
import { findPolicyProblem, type PolicyProblem, toShapeProblem } from "./policy-problem.ts";
import { policySchema } from "./policy-schema.ts";
import type { SafetyPolicy, SafetyPolicyDefinition } from "./safety-policy.ts";

/** What the rules of a policy may name. */
export interface PolicyOptions {
  /** The detectors there are. `moderation` is known beside them. */
  readonly detectors: readonly Detector[];
}

/**
 * Makes a safety policy of rules. Every rule that concerns a text is asked, and the most restrictive answer wins.
 *
 * @throws AgentKitError `safety_policy_invalid`, with the place in `param`: an unknown field, detector, category or surface, a
 * bad threshold, bands that contradict each other, an id that stands twice, a pattern that cannot run in linear time.
 *
 * @example
 * ```ts
 * import { createPiiDetector, defineSafetyPolicy } from "@agentkit/safety";
 *
 * const policy = defineSafetyPolicy(
 *   {
 *     id: "shop",
 *     version: "1",
 *     rules: [
 *       {
 *         id: "no-cards",
 *         detector: "pii",
 *         categories: ["pii.card"],
 *         surfaces: ["user_input", "append"],
 *         action: "redact",
 *         onFailure: "closed",
 *       },
 *     ],
 *   },
 *   { detectors: [createPiiDetector()] },
 * );
 * console.log(policy.hash);
 * ```
 */
export function defineSafetyPolicy(definition: SafetyPolicyDefinition, options: PolicyOptions): SafetyPolicy {
  const result = checkPolicy(definition, options.detectors);
  if (!("problem" in result)) return activatePolicy(result.policy, options.detectors);
  throw toPolicyError(result.problem);
}

/** A policy whose shape and names are right, or what is wrong with it. */
export type CheckedPolicy = { readonly policy: SafetyPolicyDefinition } | { readonly problem: PolicyProblem };

/** Checks a policy and copies it. */
export function checkPolicy(value: unknown, detectors: readonly Detector[]): CheckedPolicy {
  const { success, data, error } = policySchema.safeParse(value);
  if (!success) return { problem: toShapeProblem(error) };
  const problem = findPolicyProblem(data, detectors);
  return problem === undefined ? { policy: data } : { problem };
}

/** Makes a checked policy ready to be asked. */
export function activatePolicy(policy: SafetyPolicyDefinition, detectors: readonly Detector[]): SafetyPolicy {
  const rules = policy.rules.map(resolveRule);
  const { restore = [], untrusted } = policy;
  return {
    id: policy.id,
    version: policy.version,
    // What a policy does not say is not hashed, so that its hash stays the same when there is more to say.
    hash: contentHash(canonicalJson({ rules, restore, ...(untrusted !== undefined && { untrusted }) })),
    rules: rules.map((rule) => activateRule(rule, detectors)),
    restore,
    untrusted: untrusted ?? "allow",
  };
}

/** The error of a problem, with the line where there is one. */
export function toPolicyError({ path, reason }: PolicyProblem, line?: number): AgentKitError {
  const param = toParam(path);
  const place = [line !== undefined && `line ${line}`, param === "" ? "the top" : param].filter(Boolean).join(", ");
  return new AgentKitError("safety_policy_invalid", `The safety policy cannot be used: ${place}: ${reason}.`, {
    ...(param !== "" && { param }),
  });
}

function toParam(path: readonly PropertyKey[]): string {
  const steps = path.map((step, index) => {
    if (typeof step === "number") return `[${step}]`;
    return index === 0 ? String(step) : `.${String(step)}`;
  });
  return steps.join("");
}
