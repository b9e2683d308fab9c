import type { EventData } from "@agentkit/core";
import { type ActiveOverride, findOverride } from "../overrides/active-override.ts";
import type { Evaluation, EvaluationContext, RuleFailure, RuleFindings, RuleHit } from "./evaluation.ts";
import { toRedactions } from "./redactions.ts";
import type { SafetyPolicy } from "./safety-policy.ts";
import { isAtLeast, mostRestrictive, type Verdict, verdictOfFailure } from "./verdict.ts";

type Decision = EventData<"ModerationDecided">;

/** Makes one evaluation of what the rules had to say: the most restrictive wins, overrides applied. */
export function decide(
  policy: SafetyPolicy,
  findings: RuleFindings,
  context: EvaluationContext & { readonly latencyMs: number },
): Evaluation {
  const hits = findings.hits.map((hit) => ({ hit, override: findOverride(hit.rule.id, context) }));
  const decideFor = (mode: Decision["mode"]): Decision =>
    toDecision(policy, {
      context,
      mode,
      hits: hits.filter(({ hit }) => hit.rule.mode === mode),
      failures: findings.failures.filter(({ rule }) => rule.mode === mode),
    });
  const enforced = decideFor("enforce");
  const observed = decideFor("observe");
  const speaks = observed.rules.length > 0 || observed.degraded !== undefined;
  return {
    verdict: enforced.verdict,
    decisions: speaks ? [enforced, observed] : [enforced],
    redactions: toRedactions(hitsToEnforce(findings.hits, ["redact"], context)),
  };
}

/** The hits that come to one of the verdicts, and not only for the record: overrides are applied. */
export function hitsToEnforce(
  hits: readonly RuleHit[],
  verdicts: readonly Verdict[],
  context: EvaluationContext,
): readonly RuleHit[] {
  return hits.filter(
    (hit) =>
      hit.rule.mode === "enforce" && verdicts.includes(hit.verdict) && findOverride(hit.rule.id, context) === undefined,
  );
}

interface JudgedHit {
  readonly hit: RuleHit;
  readonly override: ActiveOverride | undefined;
}

function verdictOf({ hit, override }: JudgedHit): Verdict {
  return override === undefined ? hit.verdict : "allow";
}

interface DecisionParts {
  readonly context: EvaluationContext & { readonly latencyMs: number };
  readonly mode: Decision["mode"];
  readonly hits: readonly JudgedHit[];
  readonly failures: readonly RuleFailure[];
}

function toDecision({ id, version, hash }: SafetyPolicy, { context, mode, hits, failures }: DecisionParts): Decision {
  const override = hits.find((hit) => hit.override !== undefined)?.override;
  const degraded = toDegraded(failures);
  return {
    surface: context.surface,
    verdict: mostRestrictive([...hits.map(verdictOf), ...failures.map((failure) => verdictOfFailure(modeOf(failure)))]),
    mode,
    rules: toRuleHits(hits),
    policy: { id, version, hash },
    ...(override !== undefined && { override: override.id }),
    latencyMs: context.latencyMs,
    ...(degraded !== undefined && { degraded }),
  };
}

function modeOf({ rule, alwaysClosed = false }: RuleFailure): NonNullable<Decision["degraded"]>["failMode"] {
  return alwaysClosed ? "closed" : rule.onFailure;
}

/** The failure that restricts most: a decision has room for one. */
function toDegraded(failures: readonly RuleFailure[]): Decision["degraded"] {
  let worst = failures[0];
  for (const failure of failures) {
    if (worst === undefined || !isAtLeast(verdictOfFailure(modeOf(worst)), verdictOfFailure(modeOf(failure)))) {
      worst = failure;
    }
  }
  if (worst === undefined) return undefined;
  return { provider: worst.rule.detector, reason: worst.reason, failMode: modeOf(worst) };
}

function toRuleHits(hits: readonly JudgedHit[]): Decision["rules"] {
  const groups = new Map<string, Decision["rules"][number]>();
  for (const { hit } of hits) {
    const { rule, detector, category, score, threshold } = hit;
    const key = JSON.stringify([rule.id, category]);
    const known = groups.get(key);
    groups.set(key, {
      id: rule.id,
      detector,
      category,
      score: Math.max(score, known?.score ?? 0),
      threshold: Math.max(threshold, known?.threshold ?? 0),
      count: (known?.count ?? 0) + 1,
    });
  }
  return [...groups.values()];
}
