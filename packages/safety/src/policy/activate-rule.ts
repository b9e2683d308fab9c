import { matchesName } from "@agentkit/core";
import { compilePattern } from "../custom/linear-pattern.ts";
import type { Detector } from "../detectors/detector.ts";
import { matchesNames } from "./name-pattern.ts";
import type { ActiveRule, ResolvedRule, SafetyRule } from "./safety-policy.ts";

const defaultThreshold = 0.5;

/** Writes out a rule's defaults. */
export function resolveRule(rule: SafetyRule): ResolvedRule {
  return { ...rule, mode: rule.mode ?? "enforce", threshold: rule.threshold ?? defaultThreshold };
}

/** Makes a checked rule ready to be asked. */
export function activateRule(rule: ResolvedRule, detectors: readonly Detector[]): ActiveRule {
  const matchesAgent = matchesNames(rule.agents);
  const matchesTenant = matchesNames(rule.tenants);
  const allowed = (rule.allow ?? []).map((pattern) => compilePattern(pattern));
  return {
    rule,
    detector: detectors.find(({ id }) => id === rule.detector),
    concerns: ({ surface, agent, tenant }) =>
      rule.surfaces.includes(surface) && matchesAgent(agent) && matchesTenant(tenant),
    judge: rule.bands === undefined ? toThresholdJudge(rule) : toBandJudge(rule, rule.bands),
    allows: (span) => allowed.some((pattern) => pattern.matchesWhole(span)),
  };
}

function toThresholdJudge({ categories, threshold, action }: ResolvedRule): ActiveRule["judge"] {
  const matchesCategory = matchesNames(categories);
  return (category, score) =>
    score >= threshold && matchesCategory(category) ? { verdict: action, threshold } : undefined;
}

function toBandJudge({ action }: ResolvedRule, bands: NonNullable<ResolvedRule["bands"]>): ActiveRule["judge"] {
  const tests = Object.entries(bands).map(([pattern, band]) => ({ matches: matchesName(pattern), band }));
  return (category, score) => {
    const band = tests.find(({ matches }) => matches(category))?.band;
    if (band === undefined || score < band.review) return undefined;
    return score >= band.block
      ? { verdict: "block", threshold: band.block }
      : { verdict: action, threshold: band.review };
  };
}
