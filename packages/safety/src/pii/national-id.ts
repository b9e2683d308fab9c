import { americanIds } from "./national-ids-americas.ts";
import { asianIds } from "./national-ids-asia.ts";
import { europeanIds } from "./national-ids-europe.ts";
import type { PiiMatch, PiiMatcher } from "./pii-matcher.ts";

const ids = [...americanIds, ...europeanIds, ...asianIds];

/** No number has fewer digits in a row, with one character between two of them at most; most texts end here. */
const anyNumber = /\d(?:[ .\-/+A-Za-z]{0,2}\d){5}/;

/** Finds the numbers by which states know people: by form, by check digits, and by the words beside them. */
export const nationalIdMatcher: PiiMatcher = {
  category: "pii.national_id",
  find: (text, context) => {
    if (!anyNumber.test(text)) return [];
    const found = ids.flatMap(({ rule, pattern, isValid, names, form }) =>
      Array.from(text.matchAll(pattern), ({ 0: candidate, index }): readonly PiiMatch[] => {
        const end = index + candidate.length;
        // The words first: they are read once for all rules, and a checksum of each number for each country is what takes time.
        const meaning = context.read([index, end], names);
        const enough = meaning === "named" || (meaning === "none" && form === "distinct");
        return enough && isValid?.(candidate) !== false
          ? [{ start: index, end, rule, score: meaning === "named" ? 0.95 : 0.7 }]
          : [];
      }),
    );
    return found.flat().toSorted((left, right) => left.start - right.start || right.end - left.end);
  },
};
