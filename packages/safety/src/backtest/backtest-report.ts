import type { ContentHash } from "@agentkit/core";
import type { Surface } from "../policy/verdict.ts";
import type { Change, ChangeCounts } from "./change.ts";

/** What names a policy in a report. */
export interface PolicyName {
  readonly id: string;
  readonly version: string;
  readonly hash: ContentHash;
}

/** What would change at a surface. */
export interface SurfaceChanges {
  readonly surface: Surface;
  /** Texts of the log that passed it. */
  readonly texts: number;
  /** Decisions on texts that were kept out of the log, which are judged by their scores. */
  readonly withheld: number;
  /** How many of them would newly be blocked, and so on. */
  readonly newly: ChangeCounts;
  /** The part of both together that these are, from 0 to 1. */
  readonly rates: ChangeCounts;
}

/** What would change because of one rule. */
export interface RuleChanges {
  readonly surface: Surface;
  /** Its id. A rule of one id counts as the same one in both policies. */
  readonly rule: string;
  /** Texts of the log on which it acts, or would if it did not only observe, under the baseline and under the policy. */
  readonly before: number;
  readonly after: number;
  readonly newly: ChangeCounts;
  readonly rates: ChangeCounts;
}

/** A place in the log where something would change. */
export interface BacktestExample {
  readonly change: Change;
  readonly surface: Surface;
  /** The rules because of which it would. */
  readonly rules: readonly string[];
  readonly session: string | undefined;
  readonly stream: string;
  readonly revision: number;
  /** The text around what was found, with every finding masked. Absent where the log has none. */
  readonly excerpt?: string;
}

/** What a policy would have done with the texts of a log, beside another one. */
export interface BacktestReport {
  readonly policy: PolicyName;
  readonly baseline: PolicyName;
  /** The events that were read. */
  readonly events: number;
  readonly surfaces: readonly SurfaceChanges[];
  readonly rules: readonly RuleChanges[];
  readonly examples: readonly BacktestExample[];
  /** Rules of moderation that were not asked, because there is no service or it did not answer, and for how many texts. */
  readonly notAsked: readonly { readonly rule: string; readonly texts: number }[];
}
