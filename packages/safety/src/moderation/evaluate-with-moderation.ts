import { decide } from "../policy/decide.ts";
import { askDetectors, defaultTimer } from "../policy/evaluate.ts";
import type { Evaluation, EvaluationContext, RuleFindings } from "../policy/evaluation.ts";
import type { SafetyPolicy } from "../policy/safety-policy.ts";
import { moderateText } from "./moderate-text.ts";
import type { ModerationService } from "./moderation-service.ts";

/** Where a text comes from, and what scores it, for {@link evaluateWithModeration}. */
export interface ModeratedContext extends EvaluationContext {
  readonly moderation: ModerationService;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a policy about a text, rules of moderation included. The detectors come first: a text that they block is not sent
 * anywhere. The shortest time limit of the rules that ask for moderation counts.
 *
 * When moderation cannot answer, each rule takes its declared path: closed blocks, queue holds the text for a person, open
 * lets it through with a mark; a request or credentials that the service refuses are closed whatever the rule says. Each is in
 * the decision, as `degraded`. Throws `aborted` when the signal is, and nothing else.
 *
 * @example
 * ```ts
 * import { createModerationService, defineSafetyPolicy, evaluateWithModeration } from "@agentkit/safety";
 *
 * const policy = defineSafetyPolicy(
 *   {
 *     id: "p",
 *     version: "1",
 *     rules: [
 *       {
 *         id: "harm",
 *         detector: "moderation",
 *         bands: { violence: { review: 0.4, block: 0.8 } },
 *         surfaces: ["user_input"],
 *         action: "require_approval",
 *         onFailure: "closed",
 *         timeoutMs: 2_000,
 *       },
 *     ],
 *   },
 *   { detectors: [] },
 * );
 * const moderation = createModerationService({
 *   moderator: { moderate: async (texts) => texts.map(() => ({ scores: { violence: 0.5 }, flagged: true, model: "m" })) },
 * });
 * const { verdict } = await evaluateWithModeration(policy, "…", { surface: "user_input", moderation });
 * console.log(verdict); // require_approval
 * ```
 */
export async function evaluateWithModeration(
  policy: SafetyPolicy,
  text: string,
  context: ModeratedContext,
): Promise<Evaluation> {
  const timer = context.timer ?? defaultTimer;
  const started = timer();
  const toEvaluation = (findings: RuleFindings): Evaluation =>
    decide(policy, findings, { ...context, latencyMs: Math.max(timer() - started, 0) });
  const local = askDetectors(policy, text, context);
  const first = toEvaluation(local);
  if (first.verdict === "block") return first;
  const { hits, failures } = await moderateText(policy, text, context);
  return toEvaluation({ hits: [...local.hits, ...hits], failures: [...local.failures, ...failures] });
}
