import { findWith } from "../detectors/ask-detector.ts";
import type { DetectionContext, Detector } from "../detectors/detector.ts";
import type { Finding } from "../detectors/finding.ts";
import { scanText } from "../text/scan-text.ts";
import { createHeldText, type HeldTextRelease } from "./held-text.ts";
import { openFrom } from "./open-from.ts";

/** What is done about findings of a {@link TextStream}. */
export type TextStreamAction =
  | {
      readonly kind: "redact";
      /** What stands in the place of what was found. */
      placeholder(finding: Finding, matched: string): string;
    }
  | { readonly kind: "block" };

/** Options of {@link createTextStream}. */
export interface TextStreamOptions {
  readonly detectors: readonly Detector[];
  readonly context: DetectionContext;
  readonly action: TextStreamAction;
  /** How many UTF-16 units are held back at most, 65,536 unless told. What is longer goes out without its last half. */
  readonly maxHeld?: number;
}

/** What a {@link TextStream} lets go. */
export interface TextRelease {
  /** May go out now; findings in it are replaced. */
  readonly text: string;
  /** What was found in it. Offsets are those of the whole text that was pushed. */
  readonly findings: readonly Finding[];
  /** Whether the stream has ended by a finding. No text comes any more. */
  readonly blocked: boolean;
}

/** Lets a text through as it comes in pieces, without anything that a detector finds. */
export interface TextStream {
  /** Takes the next piece and gives what can no longer be a part of a match. */
  push(chunk: string): TextRelease;
  /** Gives the rest. Nothing is pushed after it. */
  end(): TextRelease;
  /** How many UTF-16 units are held back. */
  readonly held: number;
}

/**
 * Makes a guard for a text that comes in pieces. It holds back only what can still be a part of a match: the last word; groups
 * of digits before it; what a detector says may still grow (a key whose value is to come, a private key until its end). A match
 * that touches the end is never cut. It goes out replaced, or ends the stream.
 *
 * Memory is bounded by `maxHeld` and the longest match. What a detector throws, `push` and `end` throw.
 *
 * @throws AgentKitError `definition_invalid`, from `push` and `end`, when a detector gives something else than findings.
 *
 * @example
 * ```ts
 * import { createSecretsDetector, createTextStream } from "@agentkit/safety";
 *
 * const stream = createTextStream({
 *   detectors: [createSecretsDetector()],
 *   context: { source: "model" },
 *   action: { kind: "redact", placeholder: ({ category }) => `[[${category}]]` },
 * });
 * for (const chunk of ["The pass", "word: hun", "ter2, keep it"]) process.stdout.write(stream.push(chunk).text);
 * console.log(stream.end().text); // The password: [[secret.assigned_secret]], keep it
 * ```
 */
export function createTextStream({ detectors, context, action, maxHeld }: TextStreamOptions): TextStream {
  const held = createHeldText<Finding>({
    find: (text) => detect(text, detectors, context),
    openFrom: (text) => openFrom(text, detectors),
    replace: (finding, matched) => (action.kind === "redact" ? action.placeholder(finding, matched) : undefined),
    maxHeld,
  });
  return {
    push: (chunk) => toRelease(held.push(chunk)),
    end: () => toRelease(held.end()),
    get held() {
      return held.held;
    },
  };
}

function toRelease({ text, found, ended }: HeldTextRelease<Finding>): TextRelease {
  return { text, findings: found, blocked: ended };
}

function detect(text: string, detectors: readonly Detector[], context: DetectionContext): readonly Finding[] {
  const scanned = scanText(text);
  return detectors
    .flatMap((detector) => findWith(detector, scanned, context))
    .toSorted((a, b) => a.start - b.start || b.end - a.end);
}
