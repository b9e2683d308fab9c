import type { ContentHash, UntrustedPolicy } from "@agentkit/core";
import type { Detector } from "../detectors/detector.ts";
import type { FailureMode, Surface, Verdict } from "./verdict.ts";

/** The two scores at which a category is looked at and at which it is blocked. */
export interface Band {
  /** From this score on the rule's action is taken. */
  readonly review: number;
  /** From this score on the text is blocked, whatever the rule's action. Above `review`. */
  readonly block: number;
}

/** One rule of a safety policy. */
export interface SafetyRule {
  /** Unique in its policy; decisions and overrides name it. */
  readonly id: string;
  /** The detector it listens to; `moderation` for the service that scores categories of harm. */
  readonly detector: string;
  /** Categories of the detector, in which `*` stands for any characters. Default all. Not together with `bands`. */
  readonly categories?: readonly string[] | undefined;
  readonly surfaces: readonly Surface[];
  /** Agents that it is about, `*` as above. Default all. */
  readonly agents?: readonly string[] | undefined;
  /** Tenants that it is about, `*` as above. Default all, and texts of no tenant. */
  readonly tenants?: readonly string[] | undefined;
  readonly action: Verdict;
  /** The score from which a finding counts. Default 0.5. Not together with `bands`. */
  readonly threshold?: number | undefined;
  /** Two scores for each category, `*` as above; the first pattern that fits a category is the one that counts. */
  readonly bands?: Readonly<Record<string, Band>> | undefined;
  /** `observe` records what the rule would do, and does nothing. Default `enforce`. */
  readonly mode?: "observe" | "enforce" | undefined;
  /** What happens when the detector fails: block, hold for a person, or let through with a mark. */
  readonly onFailure: FailureMode;
  /** How long the detector may take, in milliseconds; later is a failure. Moderation has to state it. */
  readonly timeoutMs?: number | undefined;
  /** Patterns (RE2) of texts that are no finding. A pattern has to match the whole of what was found. */
  readonly allow?: readonly string[] | undefined;
}

/** Where values that were redacted are put back. */
export interface RestoreRule {
  /** Categories of what may be put back, in which `*` stands for any characters. */
  readonly categories: readonly string[];
  /** Tools that get the real values, `*` as above. */
  readonly tools?: readonly string[] | undefined;
  /** Paths of arguments that get them, such as `to` or `customer.*`, members of arrays by number. Default all. */
  readonly fields?: readonly string[] | undefined;
  /** Whether the answer that the user reads gets them. */
  readonly answer?: boolean | undefined;
}

/** A safety policy as it is written. */
export interface SafetyPolicyDefinition {
  readonly id: string;
  readonly version: string;
  readonly rules: readonly SafetyRule[];
  readonly restore?: readonly RestoreRule[] | undefined;
  /** What a run may still do with side effects once its session holds content that nobody vouches for. Default `allow`. */
  readonly untrusted?: UntrustedPolicy | undefined;
}

/** A rule with its defaults. */
export interface ResolvedRule extends SafetyRule {
  readonly mode: "observe" | "enforce";
  readonly threshold: number;
}

/** Where a text comes from, as far as rules ask. */
export interface RuleScope {
  readonly surface: Surface;
  readonly agent?: string | undefined;
  readonly tenant?: string | undefined;
}

/** A rule that is ready to be asked. */
export interface ActiveRule {
  readonly rule: ResolvedRule;
  /** Absent for moderation, which is asked for separately. */
  readonly detector: Detector | undefined;
  concerns(scope: RuleScope): boolean;
  /** What a score of a category comes to, and the score from which it does; nothing below it. */
  judge(category: string, score: number): { readonly verdict: Verdict; readonly threshold: number } | undefined;
  /** Whether the rule's patterns allow what was found. */
  allows(span: string): boolean;
}

/** A safety policy that was checked and is ready for `evaluate`. */
export interface SafetyPolicy {
  readonly id: string;
  readonly version: string;
  /** SHA-256 of everything in the definition but its id and version, defaults written out. */
  readonly hash: ContentHash;
  readonly rules: readonly ActiveRule[];
  readonly restore: readonly RestoreRule[];
  readonly untrusted: UntrustedPolicy;
}
