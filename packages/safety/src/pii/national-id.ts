import { createKeywordAutomaton } from "../secrets/keyword-automaton.ts";
import type { ContextReader } from "./context-words.ts";
import type { NationalIdRule } from "./national-id-rule.ts";
import { americanIds } from "./national-ids-americas.ts";
import { asianIds } from "./national-ids-asia.ts";
import { easternIds } from "./national-ids-europe-east.ts";
import { europeanIds } from "./national-ids-europe.ts";
import type { PiiMatch, PiiMatcher } from "./pii-matcher.ts";

const ids = [...americanIds, ...europeanIds, ...easternIds, ...asianIds];
const names = [...new Set(ids.flatMap((id) => [...id.names]))];
const automaton = createKeywordAutomaton(names);

/** No number has fewer digits in a row, with one character between two of them at most; most texts end here. */
const anyNumber = /\d(?:[ .\-/+A-Za-z]{0,2}\d){5}/;

/** Finds the numbers by which states know people: by form, by check digits, and by the words beside them. */
export const nationalIdMatcher: PiiMatcher = {
  category: "pii.national_id",
  find: (text, context) => {
    if (!anyNumber.test(text)) return [];
    const candidates = rulesFor(text).flatMap((id) =>
      Array.from(text.matchAll(id.pattern), ({ 0: number, index }) => ({ id, number, index })),
    );
    // By their places, so that the words beside a number are read once for all countries.
    const inOrder = candidates.toSorted((a, b) => a.index - b.index || b.number.length - a.number.length);
    return inOrder.flatMap((candidate) => judge(candidate, context));
  },
};

/** Without its name nothing is a number that looks like others: most rules need not look at most texts. */
function rulesFor(text: string): readonly NationalIdRule[] {
  const found = new Set<string>();
  automaton.visit(text, (index) => found.add(names[index] ?? ""));
  return ids.filter((id) => id.form === "distinct" || [...id.names].some((name) => found.has(name)));
}

interface Candidate {
  readonly id: NationalIdRule;
  readonly number: string;
  readonly index: number;
}

/** The words first: a checksum of each number for each country is what takes time. */
function judge({ id, number, index }: Candidate, context: ContextReader): readonly PiiMatch[] {
  const end = index + number.length;
  const meaning = context.read([index, end], id.names);
  const enough = meaning === "named" || (meaning === "none" && id.form === "distinct");
  if (!enough || id.isValid?.(number) === false) return [];
  return [{ start: index, end, rule: id.rule, score: meaning === "named" ? 0.95 : 0.7 }];
}
