import type { Clock, SafetyScope } from "@agentkit/core";
import { moderateText } from "../moderation/moderate-text.ts";
import type { ModerationService } from "../moderation/moderation-service.ts";
import type { ActiveOverride } from "../overrides/active-override.ts";
import type { OverrideSource } from "../overrides/override-source.ts";
import { decide } from "../policy/decide.ts";
import { askDetectors } from "../policy/evaluate.ts";
import type { Evaluation, EvaluationContext, RuleFindings, RuleHit } from "../policy/evaluation.ts";
import type { ActiveRule, SafetyPolicy } from "../policy/safety-policy.ts";
import type { Surface, Verdict } from "../policy/verdict.ts";
import { matchesNames } from "../policy/name-pattern.ts";
import { createPlaceholderBook } from "../redaction/placeholder-book.ts";
import type { Placeholders } from "../redaction/placeholder.ts";
import type { Vault } from "../vault/vault.ts";
import { toPlaceholderSession } from "./placeholder-session.ts";

/** What an {@link Examiner} is made of. */
export interface ExaminerOptions {
  readonly policy: SafetyPolicy;
  readonly key: Uint8Array;
  readonly vault?: Vault | undefined;
  readonly moderation?: ModerationService | undefined;
  readonly overrides?: OverrideSource | undefined;
  readonly clock: Clock;
  readonly timer: () => number;
}

/** Looks at what passes through the sessions of a deployment. */
export interface Examiner {
  readonly policy: SafetyPolicy;
  /** Begins to look at something, with the overrides that hold now. */
  open(scope: SafetyScope): Promise<Examination>;
}

/** A look at something within a scope: what every step of it goes by. */
export interface Examination {
  readonly policy: SafetyPolicy;
  readonly scope: SafetyScope;
  readonly placeholders: Placeholders;
  readonly timer: () => number;
  context(surface: Surface, source?: EvaluationContext["source"]): EvaluationContext;
  /** Whether any rule has something to say at a surface. */
  concerns(surface: Surface): boolean;
  /** What the detectors find in a text, but for the placeholders in it. By the given rules, where not by all. */
  ask(text: string, context: EvaluationContext, rules?: readonly ActiveRule[]): RuleFindings;
  /** What the detectors of size and shape alone find: they run first. */
  askShape(text: string, context: EvaluationContext): RuleFindings;
  /** What the rules of moderation have to say of a text; nothing where none concerns it. */
  moderate(text: string, context: EvaluationContext): Promise<RuleFindings>;
  /** Comes to a decision. What cannot be done at a surface counts as `block`, also for the record. */
  decide(findings: RuleFindings, context: EvaluationContext, latencyMs: number): Evaluation;
  /** Blocks what could not be looked at. */
  refuse(reason: string, context: EvaluationContext): Evaluation;
  /** Has the vault keep what a placeholder stands for, where it may be put back. */
  keep(placeholder: string, category: string, value: string): void;
  /** The placeholder of a value, which the vault keeps where it may be put back. */
  replace(category: string, value: string): string;
}

/** Makes an examiner. */
export function createExaminer(options: ExaminerOptions): Examiner {
  const { policy, overrides } = options;
  const shape = { ...policy, rules: policy.rules.filter(({ detector }) => detector?.id === shapeDetector) };
  const placeholdersOf = createPlaceholderBook(options.key);
  const isRestorable = matchesNames(policy.restore.flatMap(({ categories }) => categories));
  return {
    policy,
    async open(scope) {
      const granted = (await overrides?.current()) ?? [];
      const placeholders = placeholdersOf(toPlaceholderSession(scope));
      return toExamination(options, { scope, granted, placeholders, isRestorable, shape });
    },
  };
}

interface Opening {
  readonly scope: SafetyScope;
  readonly granted: readonly ActiveOverride[];
  readonly placeholders: Placeholders;
  readonly isRestorable: (category: string) => boolean;
  readonly shape: SafetyPolicy;
}

function toExamination(
  { policy, vault, moderation, clock, timer }: ExaminerOptions,
  { scope, granted, placeholders, isRestorable, shape }: Opening,
): Examination {
  const { session, agent, tenant } = scope;
  const time = clock.now();
  const kept = toPlaceholderSession(scope);
  const subject = `session:${kept}`;
  const keep: Examination["keep"] = (placeholder, category, value) => {
    if (isRestorable(category)) vault?.keep({ session: kept, subject, placeholder, category, value });
  };
  return {
    policy,
    scope,
    placeholders,
    timer,
    context: (surface, source) => ({ surface, source, session, agent, tenant, overrides: granted, time, timer }),
    concerns: (surface) => policy.rules.some((rule) => rule.concerns({ surface, agent, tenant })),
    ask: (text, context, rules = policy.rules) => askAround({ ...policy, rules }, text, { context, placeholders }),
    askShape: (text, context) => askDetectors(shape, text, context),
    moderate: (text, context) => moderateText(policy, text, { ...context, moderation, signal: scope.signal }),
    decide: (findings, context, latencyMs) => strictly(decide(policy, findings, { ...context, latencyMs })),
    refuse(reason, context) {
      const { decisions } = decide(policy, { hits: [], failures: [] }, { ...context, latencyMs: 0 });
      const degraded = { provider: "guard", reason, failMode: "closed" } as const;
      return {
        verdict: "block",
        decisions: decisions.map((decision) => ({ ...decision, verdict: "block", degraded })),
        redactions: [],
      };
    },
    keep,
    replace(category, value) {
      const placeholder = placeholders.of(category, value);
      keep(placeholder, category, value);
      return placeholder;
    },
  };
}

interface Around {
  readonly context: EvaluationContext;
  readonly placeholders: Placeholders;
}

/** A placeholder stands for something that was looked at: what is found in one is nothing, and around one it is a word. */
function askAround(policy: SafetyPolicy, text: string, { context, placeholders }: Around): RuleFindings {
  if (!text.includes("[[")) return askDetectors(policy, text, context);
  const own: Place[] = [];
  let masked = "";
  for (const { type, text: piece } of placeholders.split(text)) {
    const isOwn = type === "placeholder" || type === "escaped";
    if (isOwn) own.push({ start: masked.length, end: masked.length + piece.length });
    masked += isOwn ? toFiller(piece.length) : piece;
  }
  const { hits, failures } = askDetectors(policy, masked, context);
  const isWithin = ({ span }: RuleHit): boolean =>
    span !== undefined && (lastFrom(own, span.start)?.end ?? 0) >= span.end;
  return { hits: hits.filter((hit) => !isWithin(hit)), failures };
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** The last of places in order that begins no later than an offset. A text may have as many as it has findings. */
function lastFrom(places: readonly Place[], offset: number): Place | undefined {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle]?.start ?? offset) <= offset) low = middle + 1;
    else high = middle;
  }
  return places[low - 1];
}

/** Brackets, so that what stands beside them begins or ends there, and within a word that is none. */
function toFiller(length: number): string {
  return `[[${"n".repeat(length - 4)}]]`;
}

/** What was found in several texts, as of one. */
export function joinFindings(findings: readonly RuleFindings[]): RuleFindings {
  return { hits: findings.flatMap(({ hits }) => hits), failures: findings.flatMap(({ failures }) => failures) };
}

const shapeDetector = "shape";

/** Surfaces at which a person can be asked: the rest of a run waits for the answer. */
const askable: readonly Surface[] = ["user_input", "tool_arguments"];

function strictly(evaluation: Evaluation): Evaluation {
  const decisions = evaluation.decisions.map((decision) =>
    decision.mode === "enforce" ? { ...decision, verdict: effective(decision.verdict, decision.surface) } : decision,
  );
  return { ...evaluation, verdict: decisions[0]?.verdict ?? evaluation.verdict, decisions };
}

/** What a verdict comes to at a surface. */
function effective(verdict: Verdict, surface: Surface): Verdict {
  if (verdict === "require_approval" && !askable.includes(surface)) return "block";
  return verdict === "redact" && surface === "outgoing_http" ? "block" : verdict;
}
