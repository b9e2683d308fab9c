import { evaluateWithModeration } from "../moderation/evaluate-with-moderation.ts";
import { moderationDetector } from "../moderation/moderation-categories.ts";
import type { ModerationService } from "../moderation/moderation-service.ts";
import type { Evaluation, RuleHit } from "../policy/evaluation.ts";
import type { SafetyPolicy } from "../policy/safety-policy.ts";
import { mostRestrictive } from "../policy/verdict.ts";
import type { BacktestReport } from "./backtest-report.ts";
import { type Judgement, type TextScope, toOutcome } from "./judge-text.ts";

/** A text, where it passed, and the policy that is asked about it. */
export interface PassedText {
  readonly text: string;
  readonly scope: TextScope;
  readonly policy: SafetyPolicy;
  /** Which of the two it is. */
  readonly role: "before" | "after";
}

/** Asks the rules of moderation, and keeps count of those that nobody answers. */
export interface ModerationJudge {
  /** Adds to what a policy's detectors make of a text what its rules of moderation do. */
  add(local: Judgement, passed: PassedText): Promise<Judgement>;
  notAsked(): BacktestReport["notAsked"];
}

/** Makes a judge. Without a service no rule is asked. */
export function createModerationJudge({
  moderation,
  signal,
}: {
  readonly moderation: ModerationService | undefined;
  readonly signal: AbortSignal | undefined;
}): ModerationJudge {
  const silent = { before: new Map<string, number>(), after: new Map<string, number>() };

  return {
    async add(local, { text, scope, policy, role }) {
      const rules = policy.rules.filter(
        (active) => active.rule.detector === moderationDetector && active.concerns(scope),
      );
      if (rules.length === 0) return local;
      const context = { ...scope, signal, timer: () => 0 };
      const answer =
        moderation && (await evaluateWithModeration({ ...policy, rules }, text, { ...context, moderation }));
      // An outage says nothing about the policy.
      if (answer === undefined || answer.decisions.some(({ degraded }) => degraded !== undefined)) {
        for (const { rule } of rules) silent[role].set(rule.id, (silent[role].get(rule.id) ?? 0) + 1);
        return local;
      }
      const verdict = mostRestrictive([local.verdict, toOutcome(scope.surface, answer.verdict)]);
      return { ...local, verdict, hits: [...local.hits, ...toHits(rules, answer)] };
    },
    notAsked() {
      const most = new Map<string, number>();
      for (const [rule, texts] of [...silent.before, ...silent.after]) {
        most.set(rule, Math.max(texts, most.get(rule) ?? 0));
      }
      return Array.from(most, ([rule, texts]) => ({ rule, texts }));
    },
  };
}

function toHits(rules: SafetyPolicy["rules"], { decisions }: Evaluation): readonly RuleHit[] {
  return decisions.flatMap((decision) =>
    decision.rules.flatMap(({ id, detector, category, score = 1 }): readonly RuleHit[] => {
      const active = rules.find(({ rule }) => rule.id === id);
      const judged = active?.judge(category, score);
      if (active === undefined || judged === undefined) return [];
      return [{ rule: active.rule, detector, category, score, ...judged }];
    }),
  );
}
