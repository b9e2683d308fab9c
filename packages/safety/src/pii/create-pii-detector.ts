import type { Detector } from "../detectors/detector.ts";
import type { Finding } from "../detectors/finding.ts";
import { cardMatcher } from "./card.ts";
import { createContextReader } from "./context-words.ts";
import { documentNumberMatcher } from "./document-number.ts";
import { emailMatcher } from "./email.ts";
import { ibanMatcher } from "./iban.ts";
import { ipAddressMatcher } from "./ip-address.ts";
import { nationalIdMatcher } from "./national-id.ts";
import { phoneMatcher } from "./phone.ts";
import type { PiiMatch, PiiMatcher, Range } from "./pii-matcher.ts";

/** The surest first: of two that claim the same digits, the one with a checksum is right. */
const matchers: readonly PiiMatcher[] = [
  emailMatcher,
  ibanMatcher,
  ipAddressMatcher,
  cardMatcher,
  nationalIdMatcher,
  documentNumberMatcher,
  phoneMatcher,
];

/** Options of {@link createPiiDetector}. */
export interface PiiDetectorOptions {
  /** The categories to look for. Default all: `pii.email`, `pii.phone`, `pii.card`, … */
  readonly categories?: readonly string[];
}

/**
 * Finds personal data that has a form of its own: e-mail addresses, phone numbers, payment cards, bank accounts, national
 * ids, numbers of passports and driving licences, and IP addresses. A number counts by its form, its check digits and the words beside it,
 * so that order numbers, versions and hashes are left alone. Names and addresses have no such form: see `EntityRecognizer`.
 *
 * @example
 * ```ts
 * import { createPiiDetector, scanText } from "@agentkit/safety";
 *
 * const pii = createPiiDetector();
 * const [finding] = pii.detect(scanText("Write to ada@example.org"), { source: "user" });
 * console.log(finding?.category, finding?.start, finding?.end); // pii.email 9 24
 * ```
 */
export function createPiiDetector(options: PiiDetectorOptions = {}): Detector {
  const chosen = matchers.filter(({ category }) => options.categories?.includes(category) ?? true);
  return {
    id: "pii",
    version: "1",
    categories: chosen.map(({ category }) => category),
    detect: (text) => {
      if (!/[\d@]/.test(text.normalized)) return [];
      const context = createContextReader(text.normalized);
      let taken: readonly Claim[] = [];
      for (const matcher of chosen) {
        const claims = taken;
        const isFree = (range: Range): boolean => touchesNone(claims, range);
        taken = addFree(taken, matcher.category, matcher.find(text.normalized, context, isFree));
      }
      return taken.map(({ category, match }): Finding => {
        const [start, end] = text.toOriginal(match.start, match.end);
        return { category, rule: match.rule, start, end, score: match.score };
      });
    },
  };
}

interface Claim {
  readonly category: string;
  readonly match: PiiMatch;
}

/** Whether a range touches no claim. They are in order, and apart from each other. */
function touchesNone(claims: readonly Claim[], [start, end]: Range): boolean {
  let low = 0;
  let high = claims.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((claims[middle]?.match.end ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  const next = claims[low];
  return next === undefined || next.match.start >= end;
}

/** Adds the matches that touch none that is there, in one pass over both, which are in order. */
function addFree(taken: readonly Claim[], category: string, matches: readonly PiiMatch[]): readonly Claim[] {
  if (matches.length === 0) return taken;
  const all: Claim[] = [];
  let next = 0;
  for (const match of matches) {
    for (let claim = taken[next]; claim !== undefined && claim.match.start < match.end; claim = taken[next]) {
      all.push(claim);
      next += 1;
    }
    if ((all.at(-1)?.match.end ?? 0) <= match.start) all.push({ category, match });
  }
  return [...all, ...taken.slice(next)];
}
