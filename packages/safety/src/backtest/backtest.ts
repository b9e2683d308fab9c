import { AgentKitError, type EventOf, type RecordedEvent } from "@agentkit/core";
import { createDefaultDetectors } from "../default-detectors.ts";
import type { Detector } from "../detectors/detector.ts";
import type { ModerationService } from "../moderation/moderation-service.ts";
import type { Redaction, RuleHit } from "../policy/evaluation.ts";
import type { RuleScope, SafetyPolicy } from "../policy/safety-policy.ts";
import { isAtLeast, type Surface, type Verdict } from "../policy/verdict.ts";
import type { BacktestReport, PolicyName } from "./backtest-report.ts";
import { BacktestTally } from "./backtest-tally.ts";
import { type Change, compareJudgements } from "./change.ts";
import { excerptAtPlaceholder, toExcerpt } from "./excerpt.ts";
import { judgeTakenOut } from "./judge-taken-out.ts";
import { judgeDecision } from "./judge-decision.ts";
import { type Judgement, judgeText, toOutcome } from "./judge-text.ts";
import { createModerationJudge, type ModerationJudge, type PassedText } from "./moderation-judge.ts";
import { type RecordedText, textsOf } from "./recorded-texts.ts";

/** Options of {@link backtest}. */
export interface BacktestOptions {
  /** The policy that the other one is compared with: the one in force. */
  readonly baseline: SafetyPolicy;
  /** Answers rules of moderation. Default: they are not asked, and the report names them. */
  readonly moderation?: ModerationService;
  /** How many examples are kept of each change at each surface. Default 3. */
  readonly examples?: number;
  readonly signal?: AbortSignal;
}

/**
 * Tries a policy on the events of a log: what it would newly block, hold, redact, flag or let through, beside the policy in
 * force. Nothing is written, and nothing but `moderation` is asked. The memory it takes does not grow with the log.
 *
 * Texts are judged as the log has them. What was taken out of them before stays out, and what was blocked is not in the log at all:
 * there the policy is judged by the scores that the decisions have recorded, which tell what it would let through, or stop at the
 * surface that the text had passed, save for its `allow` patterns. Overrides do not count.
 *
 * @throws AgentKitError `aborted` when the signal is.
 *
 * @example
 * ```ts
 * import type { RecordedEvent } from "@agentkit/core";
 * import { backtest, createDefaultDetectors, defaultSafetyPolicy, defineSafetyPolicy } from "@agentkit/safety";
 *
 * const detectors = createDefaultDetectors();
 * const baseline = defineSafetyPolicy(defaultSafetyPolicy, { detectors });
 * const stricter = defineSafetyPolicy({ ...defaultSafetyPolicy, version: "next" }, { detectors });
 * const events: readonly RecordedEvent[] = [];
 * const { surfaces } = await backtest(stricter, events, { baseline });
 * console.log(surfaces.map(({ surface, newly }) => `${surface}: ${newly.blocked} newly blocked`));
 * ```
 */
export async function backtest(
  policy: SafetyPolicy,
  events: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>,
  options: BacktestOptions,
): Promise<BacktestReport> {
  const { baseline, moderation, examples = 3, signal } = options;
  const judge = createModerationJudge({ moderation, signal });
  // An example must not show what neither policy asks for.
  const detectors = [...new Set([...detectorsOf([policy, baseline]), ...createDefaultDetectors()])];
  const context: Context = { policy, baseline, judge, detectors, tally: new BacktestTally(examples) };
  let count = 0;
  let recorded: RecordedEvent | undefined;
  for await (const event of events) {
    if (signal?.aborted === true) throw new AgentKitError("aborted", "The back-test was stopped.");
    count += 1;
    if (event.type === "ModerationDecided") {
      tallyDecision(context, event);
      tallyTakenOut(context, event, recorded);
      continue;
    }
    recorded = event;
    for (const text of textsOf(event)) await tallyText(context, event, text);
  }
  return {
    policy: toName(policy),
    baseline: toName(baseline),
    events: count,
    ...context.tally.report(),
    notAsked: judge.notAsked(),
  };
}

interface Context {
  readonly policy: SafetyPolicy;
  readonly baseline: SafetyPolicy;
  readonly judge: ModerationJudge;
  readonly detectors: readonly Detector[];
  readonly tally: BacktestTally;
}

function detectorsOf(policies: readonly SafetyPolicy[]): readonly Detector[] {
  const detectors = policies.flatMap(({ rules }) => rules.map(({ detector }) => detector));
  return detectors.filter((detector) => detector !== undefined);
}

function toName({ id, version, hash }: SafetyPolicy): PolicyName {
  return { id, version, hash };
}

function toScope({ meta }: RecordedEvent, surface: RuleScope["surface"]): RuleScope {
  return { surface, agent: meta.agent, tenant: meta.tenant };
}

function tallyDecision({ policy, baseline, tally }: Context, event: EventOf<"ModerationDecided">): void {
  const { surface } = event.data;
  const judged = judgeDecision(policy, event.data, { scope: toScope(event, surface), baseline });
  if (judged === undefined) return;
  if (judged.isWithheld) tally.countWithheld(surface);
  tally.countActing(surface, judged.before, "before");
  tally.countActing(surface, judged.after, "after");
  for (const change of judged.changes) tally.countChange({ change, surface, rules: judged.rules, event });
}

/** What was taken out of an event is decided on right behind it. */
function tallyTakenOut(
  { policy, baseline, tally, detectors }: Context,
  decision: EventOf<"ModerationDecided">,
  event: RecordedEvent | undefined,
): void {
  const { surface: decided, mode } = decision.data;
  if (decided !== "append" || mode !== "enforce" || event?.stream !== decision.stream) return;
  const texts = textsOf(event);
  for (const surface of new Set(texts.map((text) => text.surface))) {
    const judged = judgeTakenOut({ policy, baseline }, decision.data, toScope(event, surface));
    tally.countActing(surface, judged.before, "before");
    tally.countActing(surface, judged.after, "after");
    const excerpt = (): string | undefined => {
      const own = texts.filter((text) => text.surface === surface).map(({ text }) => text);
      return excerptAtPlaceholder(own, { categories: decision.data.rules.map(({ category }) => category), detectors });
    };
    for (const change of judged.changes) {
      tally.countChange({ change, surface, rules: judged.after, event, toExcerpt: excerpt });
    }
  }
}

async function tallyText(
  context: Context,
  event: RecordedEvent,
  { surface, text, source }: RecordedText,
): Promise<void> {
  // Whatever passes a surface is also appended.
  for (const at of [surface, "append"] as const) {
    const scope = { ...toScope(event, at), ...(at === surface && { source }) };
    context.tally.countText(at);
    const before = await judgeBy(context, { text, scope, policy: context.baseline, role: "before" });
    const after = await judgeBy(context, { text, scope, policy: context.policy, role: "after" });
    context.tally.countActing(at, rulesOf(before.hits), "before");
    context.tally.countActing(at, rulesOf(after.hits), "after");
    const spans = [...after.hits, ...before.hits].flatMap(toSpans);
    for (const change of compareJudgements(before, after)) {
      const causes = causesOf(change, at, { before, after });
      const shown = [...causes.flatMap(toSpans), ...spans];
      const excerpt = (): string | undefined => toExcerpt(text, { spans: shown, detectors: context.detectors });
      context.tally.countChange({ change, surface: at, rules: rulesOf(causes), event, toExcerpt: excerpt });
    }
  }
}

async function judgeBy({ judge }: Context, passed: PassedText): Promise<Judgement> {
  const local = judgeText(passed.policy, passed.text, passed.scope);
  // As in a run, what is blocked already is sent nowhere.
  return local.verdict === "block" ? local : judge.add(local, passed);
}

function rulesOf(hits: readonly Pick<RuleHit, "rule">[]): readonly string[] {
  return [...new Set(hits.map(({ rule }) => rule.id))];
}

function toSpans({ span, category }: RuleHit): readonly Redaction[] {
  return span === undefined ? [] : [{ ...span, category }];
}

interface Compared {
  readonly before: Judgement;
  readonly after: Judgement;
}

/** The findings because of which something changes: those that newly ask for it, or no longer do. */
function causesOf(change: Change, surface: Surface, { before, after }: Compared): readonly RuleHit[] {
  const isGone = change === "letThrough" || change === "unflagged";
  const [those, others] = isGone ? [before.hits, after.hits] : [after.hits, before.hits];
  const asking = those.filter(
    ({ rule, verdict }) => rule.mode === "enforce" && isAtLeast(toOutcome(surface, verdict), leastVerdict[change]),
  );
  const fresh = asking.filter((hit) => !others.some((other) => isSame(hit, other)));
  return fresh.length > 0 ? fresh : asking;
}

function isSame(hit: RuleHit, other: RuleHit): boolean {
  if (hit.rule.id !== other.rule.id || hit.verdict !== other.verdict || hit.rule.mode !== other.rule.mode) return false;
  return hit.category === other.category && hit.span?.start === other.span?.start && hit.span?.end === other.span?.end;
}

const leastVerdict: Readonly<Record<Change, Verdict>> = {
  blocked: "block",
  held: "require_approval",
  redacted: "redact",
  flagged: "flag",
  letThrough: "redact",
  unflagged: "flag",
};
