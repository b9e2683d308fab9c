import { AgentKitError } from "@agentkit/core";
import type { DetectionContext, Detector } from "./detector.ts";
import type { Finding } from "./finding.ts";
import type { ScannedText } from "./scanned-text.ts";

/**
 * What a detector finds in a text; nothing where its answer is no list of findings: a promise, an offset outside the text, a
 * score that is none, a category that the detector did not declare. A rule would take such an answer for a harmless text.
 */
export function askDetector(
  detector: Detector,
  text: ScannedText,
  context: DetectionContext,
): readonly Finding[] | undefined {
  const answer: unknown = detector.detect(text, context);
  const { length } = text.original;
  const isAnswer = (finding: unknown): finding is Finding => isFinding(finding, detector, length);
  if (Array.isArray(answer) && answer.every(isAnswer)) return answer;
  ignoreRejections(Array.isArray(answer) ? answer : [answer]);
  return undefined;
}

/** What a detector finds in a text, where there is no policy that says what else to do. */
export function findWith(detector: Detector, text: ScannedText, context: DetectionContext): readonly Finding[] {
  const findings = askDetector(detector, text, context);
  if (findings !== undefined) return findings;
  throw new AgentKitError(
    "definition_invalid",
    `The detector '${detector.id}' gave something else than findings. Have it return an array at once, with offsets within the text, scores from 0 to 1 and categories that it declares.`,
  );
}

function isFinding(value: unknown, { categories }: Detector, length: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { category, start, end, score }: Partial<Record<keyof Finding, unknown>> = value;
  if (!isWithin(score, 0, 1) || !isWithin(start, 0, length) || !isWithin(end, 0, length)) return false;
  if (!Number.isInteger(start) || !Number.isInteger(end) || start >= end) return false;
  return typeof category === "string" && isDeclared(category, categories);
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && value >= least && value <= most;
}

function isDeclared(category: string, categories: readonly string[]): boolean {
  return categories.includes(category) || categories.some((own) => category.startsWith(`${own}.`));
}

/** Nobody waits for the promises of a detector; what they come to must not end the process. */
function ignoreRejections(answers: readonly unknown[]): void {
  void Promise.allSettled(answers);
}
