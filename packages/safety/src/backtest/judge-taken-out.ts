import type { EventData } from "@agentkit/core";
import type { RuleScope, SafetyPolicy } from "../policy/safety-policy.ts";
import { mostRestrictive, type Verdict } from "../policy/verdict.ts";
import { type Change, compareStops } from "./change.ts";
import { actingRules, type ActingRule } from "./judge-decision.ts";
import { toOutcome } from "./judge-text.ts";

/** What policies make of what was taken out of a text. */
export interface JudgedTakenOut {
  readonly changes: readonly Change[];
  /** The rules that act on it, under the one policy and the other. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Judges what was taken out of a text before it was recorded, at the surface that the text had passed with it: a policy may block
 * there what the log knows by its category and score alone.
 */
export function judgeTakenOut(
  policies: { readonly policy: SafetyPolicy; readonly baseline: SafetyPolicy },
  { rules }: Pick<EventData<"ModerationDecided">, "rules">,
  scope: RuleScope,
): JudgedTakenOut {
  const actingIn = (policy: SafetyPolicy): readonly ActingRule[] =>
    rules.flatMap((hit) => actingRules(policy, hit, scope));
  const acting = actingIn(policies.policy);
  const before = actingIn(policies.baseline);
  const outcome = (found: readonly ActingRule[]): Verdict =>
    toOutcome(scope.surface, mostRestrictive(found.map(({ verdict }) => verdict)));
  const changes = compareOutcomes(outcome(before), outcome(acting));
  return { changes, before: namesOf(before), after: namesOf(acting) };
}

function namesOf(acting: readonly ActingRule[]): readonly string[] {
  return [...new Set(acting.map(({ rule }) => rule))];
}

function compareOutcomes(before: Verdict, after: Verdict): readonly Change[] {
  const stopped = compareStops(before, after);
  if (stopped !== undefined || before === after) return stopped ?? [];
  if (after === "redact") return ["redacted"];
  return after === "flag" && before === "allow" ? ["flagged"] : [];
}
