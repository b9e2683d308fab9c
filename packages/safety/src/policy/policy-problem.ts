import { matchesName } from "@agentkit/core";
import type { z } from "zod";
import { moderationCategories, moderationDetector } from "../moderation/moderation-categories.ts";
import { compilePattern } from "../custom/linear-pattern.ts";
import type { Detector } from "../detectors/detector.ts";
import type { RestoreRule, SafetyPolicyDefinition, SafetyRule } from "./safety-policy.ts";

/** What is wrong with a policy, and where. */
export interface PolicyProblem {
  readonly path: readonly PropertyKey[];
  readonly reason: string;
}

/** A problem of a policy's shape: first an unknown field, for which another one is missing; it is named itself, not its object. */
export function toShapeProblem(error: z.ZodError): PolicyProblem {
  const issue = error.issues.find(({ code }) => code === "unrecognized_keys") ?? error.issues[0];
  if (issue === undefined) return { path: [], reason: "it has an unknown fault" };
  const path = issue.code === "unrecognized_keys" ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  return { path, reason: issue.message };
}

/** The first problem of a policy whose shape is right: names nobody knows, patterns and scores that cannot work. */
export function findPolicyProblem(
  policy: SafetyPolicyDefinition,
  detectors: readonly Detector[],
): PolicyProblem | undefined {
  const known = new Map(detectors.map(({ id, categories }) => [id, categories]));
  known.set(moderationDetector, moderationCategories);
  const seen = new Set<string>();
  for (const [index, rule] of policy.rules.entries()) {
    const problem = seen.has(rule.id)
      ? at("id", `two rules are named '${rule.id}'`)
      : findRuleProblem(rule, known.get(rule.detector), [...known.keys()]);
    if (problem !== undefined) return { ...problem, path: ["rules", index, ...problem.path] };
    seen.add(rule.id);
  }
  const categories = [...known.values()].flat();
  for (const [index, rule] of (policy.restore ?? []).entries()) {
    const problem = findRestoreProblem(rule, categories);
    if (problem !== undefined) return { ...problem, path: ["restore", index, ...problem.path] };
  }
  return undefined;
}

function at(path: string | readonly PropertyKey[], reason: string): PolicyProblem {
  return { path: typeof path === "string" ? [path] : path, reason };
}

function findRuleProblem(
  rule: SafetyRule,
  categories: readonly string[] | undefined,
  detectors: readonly string[],
): PolicyProblem | undefined {
  if (categories === undefined) {
    return at("detector", `no detector is named '${rule.detector}'; there are ${detectors.join(", ")}`);
  }
  if (rule.detector === moderationDetector && rule.timeoutMs === undefined) {
    return at("detector", "a rule of moderation has to state its timeoutMs");
  }
  if (rule.detector === moderationDetector && rule.action === "redact") {
    return at("action", "moderation points at no place in a text, so there is nothing to redact");
  }
  return findBandProblem(rule, categories) ?? findCategoryProblem(rule, categories) ?? findAllowProblem(rule);
}

function findCategoryProblem(rule: SafetyRule, categories: readonly string[]): PolicyProblem | undefined {
  const index = rule.categories?.findIndex((pattern) => !categories.some(matchesName(pattern))) ?? -1;
  if (index < 0) return undefined;
  const reason = `the detector '${rule.detector}' has no category '${rule.categories?.[index]}'; it has ${categories.join(", ")}`;
  return at(["categories", index], reason);
}

function findBandProblem(rule: SafetyRule, categories: readonly string[]): PolicyProblem | undefined {
  if (rule.bands === undefined) return undefined;
  if (rule.threshold !== undefined) return at("threshold", "a rule has a threshold or bands, not both");
  if (rule.categories !== undefined) return at("categories", "the bands of a rule name its categories themselves");
  if (rule.action === "block")
    return at("action", "the bands of a rule that always blocks contradict it: use a threshold");
  if (Object.keys(rule.bands).length === 0) return at("bands", "there is no band");
  for (const [pattern, { review, block }] of Object.entries(rule.bands)) {
    if (!categories.some(matchesName(pattern))) {
      return at(["bands", pattern], `the detector '${rule.detector}' has no category '${pattern}'`);
    }
    if (review >= block) {
      return at(["bands", pattern], `review (${review}) has to be below block (${block})`);
    }
  }
  return undefined;
}

function findAllowProblem({ allow = [] }: SafetyRule): PolicyProblem | undefined {
  for (const [index, pattern] of allow.entries()) {
    try {
      compilePattern(pattern);
    } catch (error) {
      return at(["allow", index], error instanceof Error ? error.message.replace(/\.$/, "") : String(error));
    }
  }
  return undefined;
}

function findRestoreProblem(rule: RestoreRule, categories: readonly string[]): PolicyProblem | undefined {
  const index = rule.categories.findIndex((pattern) => !categories.some(matchesName(pattern)));
  if (index >= 0) return at(["categories", index], `no detector has a category '${rule.categories[index]}'`);
  if (rule.tools === undefined && rule.answer !== true) return at([], "it names no tools and not the answer");
  if (rule.tools === undefined && rule.fields !== undefined)
    return at("fields", "fields are those of tools: name them");
  return undefined;
}
