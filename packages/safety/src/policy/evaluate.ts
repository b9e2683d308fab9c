import { AgentKitError } from "@agentkit/core";
import { askDetector } from "../detectors/ask-detector.ts";
import type { DetectionContext, Detector } from "../detectors/detector.ts";
import type { Finding } from "../detectors/finding.ts";
import type { ScannedText } from "../detectors/scanned-text.ts";
import { scanText } from "../text/scan-text.ts";
import { decide } from "./decide.ts";
import type { Evaluation, EvaluationContext, RuleFailure, RuleFindings, RuleHit } from "./evaluation.ts";
import type { ActiveRule, SafetyPolicy } from "./safety-policy.ts";
import type { Surface } from "./verdict.ts";

/**
 * Asks a policy about a text that stands at a surface. Rules of moderation are not asked: see `evaluateWithModeration`.
 * A detector that throws, answers with something else than findings or takes longer than a rule allows takes the path that the
 * rule declares.
 *
 * @example
 * ```ts
 * import { createPiiDetector, defineSafetyPolicy, evaluate } from "@agentkit/safety";
 *
 * const rule = { id: "mail", detector: "pii", surfaces: ["user_input"], action: "redact", onFailure: "closed" } as const;
 * const policy = defineSafetyPolicy({ id: "p", version: "1", rules: [rule] }, { detectors: [createPiiDetector()] });
 * const { verdict, redactions } = evaluate(policy, "I am ada@example.org", { surface: "user_input" });
 * console.log(verdict, redactions[0]?.start); // redact 5
 * ```
 */
export function evaluate(policy: SafetyPolicy, text: string, context: EvaluationContext): Evaluation {
  const timer = context.timer ?? defaultTimer;
  const started = timer();
  const findings = askDetectors(policy, text, context);
  return decide(policy, findings, { ...context, latencyMs: Math.max(timer() - started, 0) });
}

/** A timer in milliseconds with fractions. */
export const defaultTimer = (): number => performance.now();

/** What the rules with a detector have to say of a text. Each detector is asked once. */
export function askDetectors(policy: SafetyPolicy, text: string, context: EvaluationContext): RuleFindings {
  const asked = policy.rules.filter((rule) => rule.detector !== undefined && rule.concerns(context));
  const hits: RuleHit[] = [];
  const failures: RuleFailure[] = [];
  if (asked.length === 0) return { hits, failures };
  const source = context.source ?? sources[context.surface];
  const answers = new AnswerBook(scanText(text), { source }, context.timer ?? defaultTimer);
  for (const rule of asked) {
    if (rule.detector === undefined) continue;
    const { findings, failure, tookMs } = answers.ask(rule.detector);
    const late = tookMs > (rule.rule.timeoutMs ?? Number.POSITIVE_INFINITY) ? "timeout" : undefined;
    const reason = failure ?? late;
    if (reason !== undefined) failures.push({ rule: rule.rule, reason });
    for (const finding of findings) {
      const hit = toHit(rule, finding, text);
      if (hit !== undefined) hits.push(hit);
    }
  }
  return { hits, failures };
}

const sources: Readonly<Record<Surface, DetectionContext["source"]>> = {
  user_input: "user",
  assembled_prompt: "system",
  model_output: "model",
  tool_arguments: "model",
  tool_result: "tool",
  memory_write: "tool",
  outgoing_http: "model",
  append: "user",
};

interface Answer {
  readonly findings: readonly Finding[];
  readonly failure?: string;
  readonly tookMs: number;
}

class AnswerBook {
  readonly #text: ScannedText;
  readonly #context: DetectionContext;
  readonly #timer: () => number;
  readonly #answers = new Map<Detector, Answer>();

  constructor(text: ScannedText, context: DetectionContext, timer: () => number) {
    this.#text = text;
    this.#context = context;
    this.#timer = timer;
  }

  ask(detector: Detector): Answer {
    const known = this.#answers.get(detector);
    if (known !== undefined) return known;
    const started = this.#timer();
    const found = this.#detect(detector);
    const answer = { ...found, tookMs: this.#timer() - started };
    this.#answers.set(detector, answer);
    return answer;
  }

  #detect(detector: Detector): Omit<Answer, "tookMs"> {
    try {
      const findings = askDetector(detector, this.#text, this.#context);
      return findings === undefined ? { findings: [], failure: "invalid_findings" } : { findings };
    } catch (error) {
      return { findings: [], failure: AgentKitError.is(error) ? error.code : "threw" };
    }
  }
}

function toHit(rule: ActiveRule, finding: Finding, text: string): RuleHit | undefined {
  const judged = rule.judge(finding.category, finding.score);
  if (judged === undefined) return undefined;
  const { category, score, start, end } = finding;
  if (rule.allows(text.slice(start, end))) return undefined;
  const detector = `${rule.rule.detector}@${rule.detector?.version}`;
  return { rule: rule.rule, detector, category, score, ...judged, span: { start, end } };
}
