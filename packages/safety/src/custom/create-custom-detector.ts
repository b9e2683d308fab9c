import { AgentKitError } from "@agentkit/core";
import type { DetectionContext, Detector } from "../detectors/detector.ts";
import type { Finding } from "../detectors/finding.ts";
import type { ScannedText } from "../detectors/scanned-text.ts";
import { compilePattern } from "./linear-pattern.ts";

/** A rule of a custom detector that is a pattern. */
export interface PatternRule {
  /** Names the rule in findings. */
  readonly rule: string;
  /** What a match is, in dotted words: `company.project_code`. */
  readonly category: string;
  /** In the syntax of RE2, at most 512 characters; it is matched against the normalised text. */
  readonly pattern: string;
  readonly ignoreCase?: boolean;
  /** Default 1. */
  readonly score?: number;
}

/** Options of {@link createCustomDetector}. */
export interface CustomDetectorOptions {
  /** The detector's id is `custom:` and this. */
  readonly id: string;
  readonly version: string;
  readonly patterns?: readonly PatternRule[];
  /** What no pattern can say. It has to keep what a detector promises: pure, synchronous, linear in the length of the text. */
  readonly find?: {
    readonly categories: readonly string[];
    readonly detect: (text: ScannedText, context: DetectionContext) => readonly Finding[];
  };
}

/**
 * Makes a detector of a deployment's own rules: patterns, and a function.
 *
 * @throws AgentKitError `definition_invalid` when a pattern cannot run in linear time, a score is not between 0 and 1, or there is no rule.
 *
 * @example
 * ```ts
 * import { createCustomDetector, scanText } from "@agentkit/safety";
 *
 * const projects = createCustomDetector({
 *   id: "projects",
 *   version: "1",
 *   patterns: [{ rule: "code", category: "company.project_code", pattern: "PRJ-[0-9]{4}" }],
 * });
 * console.log(projects.detect(scanText("about PRJ-1234"), { source: "user" }).length); // 1
 * ```
 */
export function createCustomDetector(options: CustomDetectorOptions): Detector {
  const patterns = (options.patterns ?? []).map((rule) => {
    assertScore(rule);
    const { pattern, ignoreCase = false } = rule;
    return { ...rule, score: rule.score ?? 1, compiled: compilePattern(pattern, { ignoreCase }) };
  });
  const own = options.find;
  if (patterns.length === 0 && own === undefined) {
    throw new AgentKitError(
      "definition_invalid",
      `The detector 'custom:${options.id}' has no rule. Give it patterns or a function.`,
    );
  }
  return {
    id: `custom:${options.id}`,
    version: options.version,
    categories: [...new Set([...patterns.map(({ category }) => category), ...(own?.categories ?? [])])],
    detect: (text, context) => {
      const matched = patterns.flatMap(({ rule, category, score, compiled }) =>
        compiled.findAll(text.normalized).map((range): Finding => {
          const [start, end] = text.toOriginal(...range);
          return { category, rule, start, end, score };
        }),
      );
      if (own === undefined) return matched;
      const found = own.detect(text, context);
      // What is no list of findings is for whoever asks to refuse, and must not look like one.
      return Array.isArray(found) ? matched.concat(found) : found;
    },
  };
}

function assertScore({ rule, score }: PatternRule): void {
  if (score === undefined || (score >= 0 && score <= 1)) return;
  throw new AgentKitError("definition_invalid", `The rule '${rule}' has the score ${score}. Give one from 0 to 1.`, {
    param: "score",
  });
}
