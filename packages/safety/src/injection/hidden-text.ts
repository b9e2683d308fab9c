import type { Finding } from "../detectors/finding.ts";

/** Tag characters, which show nothing and spell ASCII, but not the three to six of them that make a flag of a region. */
const tags =
  /(?<![\u{e0020}-\u{e007e}])(?!(?<=\u{1f3f4})[\u{e0030}-\u{e007a}]{3,6}\u{e007f}(?![\u{e0020}-\u{e007f}]))[\u{e0020}-\u{e007f}]{5,}/gu;
/** Variation selectors: one belongs to a character, a row of them is bytes. */
const selectors = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{5,}/gu;
/** Zero-width characters: writing needs one at a time, a row of them is bits. */
const invisible = /[\u200b-\u200f\u2060-\u2064\ufeff]{8,}/g;

const patterns = [
  { rule: "tag-characters", pattern: tags, score: 0.95 },
  { rule: "variation-selectors", pattern: selectors, score: 0.8 },
  { rule: "zero-width", pattern: invisible, score: 0.7 },
] as const;

/** Finds text that a model reads and a person does not see. It looks at the original: the normalised text has lost it. */
export function findHiddenText(original: string): readonly Finding[] {
  if (/^[\0-\x7f]*$/.test(original)) return [];
  return patterns.flatMap(({ rule, pattern, score }) =>
    Array.from(original.matchAll(pattern), ({ 0: found, index }) => ({
      category: "injection.hidden",
      rule,
      start: index,
      end: index + found.length,
      score,
    })),
  );
}
