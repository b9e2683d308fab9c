import type { DetectionContext, Detector } from "../detectors/detector.ts";
import type { Finding } from "../detectors/finding.ts";
import { scanText } from "../text/scan-text.ts";
import { hasWordEnd, openFrom } from "./open-from.ts";

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

/** So much of what has gone out is still looked at, for detectors that go by the words before. */
const rememberedLength = 512;
const defaultMaxHeld = 65_536;
/** Above this, what is held is looked at again only when it has grown by an eighth: many small pieces stay linear. */
const alwaysLookedAt = 2_048;

const nothing: TextRelease = { text: "", findings: [], blocked: false };

/**
 * Makes a guard for a text that comes in pieces. It holds back only what can still be a part of a match: the last word; groups
 * of digits before it; what a detector says may still grow (a key whose value is to come, a private key until its end). A match
 * that touches the end is never cut. It goes out replaced, or ends the stream.
 *
 * Memory is bounded by `maxHeld` and the longest match.
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
export function createTextStream(options: TextStreamOptions): TextStream {
  const maxHeld = options.maxHeld ?? defaultMaxHeld;
  let remembered = "";
  let held = "";
  let released = 0;
  let lookAt = 0;
  let blocked = false;

  const release = (final: boolean): TextRelease => {
    const text = remembered + held;
    const findings = detect(text, options).filter(({ end }) => end > remembered.length);
    const limit = final ? text.length : releaseLimit(text, findings, options);
    // A stream that has become too long goes on without its last half, so that what begins there is still whole.
    const forced = held.length > maxHeld ? beforeMatch(text.length - Math.floor(maxHeld / 2), findings) : 0;
    const cut = Math.max(limit, forced, remembered.length);
    const found = findings.filter(({ end }) => end <= cut);
    const offset = released - remembered.length;
    const absolute = found.map((finding) => ({ ...finding, start: finding.start + offset, end: finding.end + offset }));
    if (options.action.kind === "block" && found.length > 0) {
      blocked = true;
      held = "";
      const first = Math.max(remembered.length, Math.min(...found.map(({ start }) => start)));
      return { text: text.slice(remembered.length, first), findings: absolute, blocked };
    }
    const out = replaceFindings(text.slice(0, cut), {
      from: remembered.length,
      findings: found,
      action: options.action,
    });
    released += cut - remembered.length;
    held = text.slice(cut);
    remembered = rememberedPart(text.slice(0, cut));
    lookAt = held.length > alwaysLookedAt ? held.length + Math.floor(held.length / 8) : 0;
    return { text: out, findings: absolute, blocked };
  };

  return {
    push: (chunk) => {
      if (blocked) return { ...nothing, blocked };
      held += chunk;
      const mayGo = held.length > maxHeld || (held.length >= lookAt && hasWordEnd(chunk));
      return mayGo ? release(false) : nothing;
    },
    end: () => (blocked ? { ...nothing, blocked } : release(true)),
    get held() {
      return held.length;
    },
  };
}

function detect(text: string, { detectors, context }: TextStreamOptions): readonly Finding[] {
  const scanned = scanText(text);
  return detectors
    .flatMap((detector) => detector.detect(scanned, context))
    .toSorted((a, b) => a.start - b.start || b.end - a.end);
}

function releaseLimit(text: string, findings: readonly Finding[], { detectors }: TextStreamOptions): number {
  return beforeMatch(openFrom(text, detectors), findings);
}

/** The last place up to an offset that lies in no match; a match that ends where the text ends may still grow. */
function beforeMatch(offset: number, findings: readonly Finding[]): number {
  return findings.toReversed().reduce((cut, { start, end }) => (start < cut && end > cut ? start : cut), offset);
}

interface Replacement {
  readonly from: number;
  readonly findings: readonly Finding[];
  readonly action: TextStreamAction;
}

/** Findings come in the order of their starts; of those that overlap, the later one's rest goes with the first. */
function replaceFindings(text: string, { from, findings, action }: Replacement): string {
  let out = "";
  let copied = from;
  for (const finding of findings) {
    const start = Math.max(finding.start, from);
    if (start >= copied) {
      out += text.slice(copied, start);
      if (action.kind === "redact") out += action.placeholder(finding, text.slice(finding.start, finding.end));
    }
    copied = Math.max(copied, finding.end);
  }
  return out + text.slice(copied);
}

/** Whole words: half a word could be a keyword that was none. */
function rememberedPart(text: string): string {
  if (text.length <= rememberedLength) return text;
  return text.slice(-rememberedLength).replace(/^\S+/, "");
}
