import type { EventData } from "@agentkit/core";
import type { DetectionContext } from "../detectors/detector.ts";
import type { ActiveOverride } from "../overrides/active-override.ts";
import type { ResolvedRule, RuleScope } from "./safety-policy.ts";
import type { Verdict } from "./verdict.ts";

/** Where a text comes from, for {@link evaluate}. */
export interface EvaluationContext extends RuleScope {
  /** Whom the text comes from. Default by the surface. */
  readonly source?: DetectionContext["source"] | undefined;
  /** The session that an override may be limited to. */
  readonly session?: string | undefined;
  /** Overrides that were granted. Those that have expired by `time` are not used. */
  readonly overrides?: readonly ActiveOverride[] | undefined;
  /** The time by which overrides expire, in milliseconds since 1970. Needed with `overrides`. */
  readonly time?: number | undefined;
  /** A timer in milliseconds, for limits and latency. Default `performance.now`. */
  readonly timer?: (() => number) | undefined;
}

/** Something a rule acts on. It never holds the text. */
export interface RuleHit {
  readonly rule: ResolvedRule;
  /** The detector and its version, or the model that scored: `pii@1`. */
  readonly detector: string;
  readonly category: string;
  readonly score: number;
  readonly threshold: number;
  /** What the rule asks for, before any override. */
  readonly verdict: Verdict;
  /** Where it is, as UTF-16 offsets into the text; absent for what is about the text as a whole. */
  readonly span?: { readonly start: number; readonly end: number };
}

/** A detector that could not answer a rule. */
export interface RuleFailure {
  readonly rule: ResolvedRule;
  /** A word for what happened, never the text of an error. */
  readonly reason: string;
  /** Whether it fails closed, whatever the rule says: a fault of the configuration is nobody's outage. */
  readonly alwaysClosed?: boolean;
}

/** What the rules of a policy have to say of one text. */
export interface RuleFindings {
  readonly hits: readonly RuleHit[];
  readonly failures: readonly RuleFailure[];
}

/** The outcome of asking a policy about one text. */
export interface Evaluation {
  /** What has to be done: rules that only observe do not count. */
  readonly verdict: Verdict;
  /** Data of the events to record: what is enforced first, then what rules that only observe would do, where they would. */
  readonly decisions: readonly EventData<"ModerationDecided">[];
  /** What is to be redacted: in order, apart from each other, by UTF-16 offsets into the text. */
  readonly redactions: readonly Redaction[];
}

/** A range of a text that must not be kept as it is. */
export interface Redaction {
  readonly start: number;
  readonly end: number;
  readonly category: string;
}
