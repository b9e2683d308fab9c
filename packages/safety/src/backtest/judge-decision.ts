import type { EventData } from "@agentkit/core";
import type { RuleScope, SafetyPolicy } from "../policy/safety-policy.ts";
import { isAtLeast, mostRestrictive, type Verdict } from "../policy/verdict.ts";
import { type Change, compareStops } from "./change.ts";
import { toOutcome } from "./judge-text.ts";

type Decision = EventData<"ModerationDecided">;
type RecordedHit = Decision["rules"][number];

/** What another policy would make of a decision of the log, by the scores in it. */
export interface JudgedDecision {
  /** Whether the text that it is about is not in the log. */
  readonly isWithheld: boolean;
  readonly changes: readonly Change[];
  /** The rules that no longer act, or now do. */
  readonly rules: readonly string[];
  /** The rules that acted, and those that would. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Judges a recorded decision by another policy, for what it kept out of the log: a text that was blocked, a value that was taken
 * out. `undefined` where the log has the whole text, or the decision says nothing about the policy: rules that only observed, a detector that
 * failed, an override.
 */
export function judgeDecision(
  policy: SafetyPolicy,
  decision: Decision,
  context: { readonly scope: RuleScope; readonly baseline: SafetyPolicy },
): JudgedDecision | undefined {
  const { surface, verdict, rules, mode, override, degraded } = decision;
  if (mode === "observe" || override !== undefined || degraded !== undefined || rules.length === 0) return undefined;
  const before = toOutcome(surface, verdict);
  const isRedacted = before === "redact";
  if (!isRedacted && !isWithheld(surface, before)) return undefined;
  const { scope, baseline } = context;
  const hits = rules.map((hit) => {
    const own = baseline.rules.find(({ rule }) => rule.id === hit.id);
    return {
      hit,
      was: verdictOf(own === undefined ? [] : [own], hit) ?? verdict,
      now: actingRules(policy, hit, scope),
    };
  });
  const after = toOutcome(surface, mostRestrictive(hits.flatMap(({ now }) => now.map((rule) => rule.verdict))));
  const lost = hits.filter(({ was, now }) => isAtLeast(was, "redact") && !now.some(restricts)).map(({ hit }) => hit.id);
  const stopped = compareStops(before, after);
  const changed = stopped ?? (lost.length > 0 ? ["letThrough" as const] : []);
  const acts = hits.flatMap(({ now }) => now.filter(restricts).map(({ rule }) => rule));
  const gone = lost.length > 0 ? lost : rules.map(({ id }) => id);
  return {
    isWithheld: !isRedacted,
    changes: changed,
    rules: [...new Set(changed.includes("letThrough") ? gone : acts)],
    before: [...new Set(rules.map(({ id }) => id))],
    after: [...new Set(acts)],
  };
}

/** Whether what a decision keeps from going on is not in the log either. The arguments of a call are, and a prompt that waits. */
function isWithheld(surface: Decision["surface"], outcome: Verdict): boolean {
  return outcome === "block" && surface !== "tool_arguments";
}

/** A rule that acts on a finding, and how. */
export interface ActingRule {
  readonly rule: string;
  readonly verdict: Verdict;
}

function restricts({ verdict }: ActingRule): boolean {
  return isAtLeast(verdict, "redact");
}

/** The rules of a policy that act on a recorded finding. What their patterns allow cannot be told without the text. */
export function actingRules(policy: SafetyPolicy, hit: RecordedHit, scope: RuleScope): readonly ActingRule[] {
  return policy.rules
    .filter(
      (active) => active.rule.mode === "enforce" && active.concerns(scope) && listensTo(active.rule.detector, hit),
    )
    .flatMap((active) => {
      const verdict = verdictOf([active], hit);
      return verdict === undefined ? [] : [{ rule: active.rule.id, verdict }];
    });
}

/** A hit names a detector with its version: `pii@1`, or `moderation@` and a model. */
function listensTo(detector: string, hit: RecordedHit): boolean {
  return hit.detector === detector || hit.detector.startsWith(`${detector}@`);
}

function verdictOf(rules: SafetyPolicy["rules"], { category, score = 1 }: RecordedHit): Verdict | undefined {
  return rules.map((active) => active.judge(category, score)?.verdict).find((verdict) => verdict !== undefined);
}
