import type { EvaluationContext, RuleFindings, RuleHit } from "../policy/evaluation.ts";
import type { ActiveRule, SafetyPolicy } from "../policy/safety-policy.ts";
import { moderationCategories, moderationDetector } from "./moderation-categories.ts";
import type { ModerationOutcome, ModerationService } from "./moderation-service.ts";

/** Where a text comes from, and what scores it, for {@link moderateText}. */
export interface ModerationContext extends EvaluationContext {
  readonly moderation: ModerationService | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Nobody's outage: rules that ask for moderation where there is none never let anything through. */
const notConfigured: ModerationOutcome = { type: "failed", reason: "not_configured", isConfiguration: true };

const nothing: RuleFindings = { hits: [], failures: [] };

/**
 * What the rules of moderation have to say of a text. The shortest time limit of those that concern it counts. Throws `aborted`
 * when the signal is, and nothing else.
 */
export async function moderateText(
  policy: SafetyPolicy,
  text: string,
  context: ModerationContext,
): Promise<RuleFindings> {
  const rules = moderationRules(policy, context);
  if (rules.length === 0 || text.trim() === "") return nothing;
  const timeoutMs = Math.min(...rules.map(({ rule }) => rule.timeoutMs ?? Number.POSITIVE_INFINITY));
  const outcome = await (context.moderation?.moderate(text, { timeoutMs, signal: context.signal }) ?? notConfigured);
  return judgeModeration(rules, outcome);
}

/** The rules of moderation that have something to say of texts that come from there. */
export function moderationRules(policy: SafetyPolicy, context: EvaluationContext): readonly ActiveRule[] {
  return policy.rules.filter((rule) => rule.rule.detector === moderationDetector && rule.concerns(context));
}

/** What the scores of a text come to by each rule, or the lack of them. */
export function judgeModeration(rules: readonly ActiveRule[], outcome: ModerationOutcome): RuleFindings {
  const findings = rules.map((rule) => toFindings(rule, outcome));
  return { hits: findings.flatMap(({ hits }) => hits), failures: findings.flatMap(({ failures }) => failures) };
}

function toFindings(active: ActiveRule, outcome: ModerationOutcome): RuleFindings {
  const { rule } = active;
  if (outcome.type === "failed") {
    return { hits: [], failures: [{ rule, reason: outcome.reason, alwaysClosed: outcome.isConfiguration }] };
  }
  const detector = `${moderationDetector}@${outcome.model}`;
  const hits = Object.entries(outcome.scores).flatMap(([category, score]): readonly RuleHit[] => {
    const judged = active.judge(category, score);
    return judged === undefined ? [] : [{ rule, detector, category, score, ...judged }];
  });
  // A category that the rule asks for and nobody scored would otherwise pass for harmless.
  const unscored = moderationCategories.filter(
    (category) => active.judge(category, 1) !== undefined && outcome.scores[category] === undefined,
  );
  return { hits, failures: unscored.length === 0 ? [] : [{ rule, reason: "category_not_scored" }] };
}
