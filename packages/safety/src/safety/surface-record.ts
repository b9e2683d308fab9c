import { hitsToEnforce } from "../policy/decide.ts";
import type { Evaluation, EvaluationContext, RuleFindings } from "../policy/evaluation.ts";
import { type Examination, joinFindings } from "./examination.ts";

/** Collects what is found at a surface in the course of time, for one decision about all of it. */
export interface SurfaceRecord {
  readonly context: EvaluationContext;
  /** Whether anything was looked at. */
  readonly isBegun: boolean;
  /** Takes what was found, and says whether it blocks. */
  add(findings: RuleFindings): boolean;
  /** Does something, and counts its time. */
  measure<Result>(look: () => Result): Result;
  /** Waits for something, and counts its time. */
  wait<Result>(look: () => Promise<Result>): Promise<Result>;
  conclude(): Evaluation;
  /** The rules, by id, that block what they found. */
  blockers(): readonly string[];
}

/** Begins a record. */
export function createSurfaceRecord(examination: Examination, context: EvaluationContext): SurfaceRecord {
  const { timer } = examination;
  const all: RuleFindings[] = [];
  let latencyMs = 0;
  const count = (started: number): void => {
    latencyMs += Math.max(timer() - started, 0);
  };
  return {
    context,
    get isBegun() {
      return all.length > 0;
    },
    add(findings) {
      all.push(findings);
      return examination.decide(findings, context, 0).verdict === "block";
    },
    measure(look) {
      const started = timer();
      const result = look();
      count(started);
      return result;
    },
    async wait(look) {
      const started = timer();
      const result = await look();
      count(started);
      return result;
    },
    conclude: () => examination.decide(joinFindings(all), context, latencyMs),
    blockers() {
      const blocking = hitsToEnforce(joinFindings(all).hits, ["require_approval", "block"], context);
      return [...new Set(blocking.map(({ rule }) => rule.id))];
    },
  };
}
