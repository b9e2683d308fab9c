import { decide } from "../policy/decide.ts";
import { askDetectors } from "../policy/evaluate.ts";
import type { EvaluationContext, Redaction, RuleHit } from "../policy/evaluation.ts";
import { toRedactions } from "../policy/redactions.ts";
import type { RuleScope, SafetyPolicy } from "../policy/safety-policy.ts";
import { isAtLeast, type Surface, type Verdict } from "../policy/verdict.ts";
import { type FoundPlaceholder, findPlaceholders } from "../redaction/placeholder.ts";

/** What a policy does with a text. */
export interface Judgement {
  /** What becomes of the text, as {@link toOutcome} has it. */
  readonly verdict: Verdict;
  /** What its rules find, those that only observe included. */
  readonly hits: readonly RuleHit[];
  /** What it takes out of the text. */
  readonly redactions: readonly Redaction[];
}

/** Where a text passed, and whom it came from; default by the surface. */
export type TextScope = RuleScope & Pick<EvaluationContext, "source">;

/** Asks the detectors of a policy about a text of the log. What was taken out of it before is no finding. */
export function judgeText(policy: SafetyPolicy, text: string, scope: TextScope): Judgement {
  // Without a timer: a limit that a busy machine exceeds says nothing about the policy.
  const context = { ...scope, timer: () => 0 };
  const { hits: found, failures } = askDetectors(policy, text, context);
  const placeholders = found.length === 0 ? [] : findPlaceholders(text);
  const hits = found.filter((hit) => !placeholders.some((placeholder) => isTakenOut(hit, placeholder)));
  const { verdict, redactions } = decide(policy, { hits, failures }, { ...context, latencyMs: 0 });
  if (scope.surface !== "append") return { verdict: toOutcome(scope.surface, verdict), hits, redactions };
  const kept = hits.filter((hit) => hit.rule.mode === "enforce" && isAtLeast(hit.verdict, "redact"));
  return { verdict: toOutcome("append", verdict), hits, redactions: toRedactions(kept) };
}

/** The surfaces at which a text can wait for a person. */
const waiting: readonly Surface[] = ["user_input", "tool_arguments"];

/**
 * What a verdict comes to at a surface: where nobody can be asked a text is blocked, and so is a request that would have to be
 * sent in part; from the log everything is taken out that is not let through.
 */
export function toOutcome(surface: Surface, verdict: Verdict): Verdict {
  if (surface === "append") return isAtLeast(verdict, "redact") ? "redact" : verdict;
  if (surface === "outgoing_http") return isAtLeast(verdict, "redact") ? "block" : verdict;
  return verdict === "require_approval" && !waiting.includes(surface) ? "block" : verdict;
}

/** Within a placeholder nothing is found, and around one not what stands behind it. */
function isTakenOut({ span, category }: RuleHit, { start, end, kind }: FoundPlaceholder): boolean {
  if (span === undefined || span.start >= end || start >= span.end) return false;
  const isWithin = start <= span.start && span.end <= end;
  return isWithin || category.split(".")[0]?.toUpperCase() === kind;
}
