import { createKeywordAutomaton } from "../secrets/keyword-automaton.ts";
import { type ContextReader, reach, reachBehind } from "./context-words.ts";
import type { NationalIdRule } from "./national-id-rule.ts";
import { americanIds } from "./national-ids-americas.ts";
import { asianIds } from "./national-ids-asia.ts";
import { easternIds } from "./national-ids-europe-east.ts";
import { europeanIds } from "./national-ids-europe.ts";
import type { PiiMatch, PiiMatcher } from "./pii-matcher.ts";

const ids = [...americanIds, ...europeanIds, ...easternIds, ...asianIds];
const names = [...new Set(ids.flatMap((id) => [...id.names]))];
const automaton = createKeywordAutomaton(names);
const rulesByName = names.map((name) => ids.filter((id) => id.form === "common" && id.names.has(name)));

/** No number has fewer digits in a row, with one character between two of them at most; most texts end here. */
const anyNumber = /\d(?:[ .\-/+A-Za-z]{0,2}\d){5}/;

/** Finds the numbers by which states know people: by form, by check digits, and by the words beside them. */
export const nationalIdMatcher: PiiMatcher = {
  category: "pii.national_id",
  find: (text, context) => {
    if (!anyNumber.test(text)) return [];
    const nameEnds = findNames(text);
    const candidates = ids.flatMap((id) => findCandidates(text, id, nameEnds.get(id)));
    // By their places, so that the words beside a number are read once for all countries.
    const inOrder = candidates.toSorted((a, b) => a.index - b.index || b.number.length - a.number.length);
    return inOrder.flatMap((candidate) => judge(candidate, context));
  },
};

/** Where the names of rules end that look at a number only beside one. */
function findNames(text: string): ReadonlyMap<NationalIdRule, readonly number[]> {
  const ends = new Map<NationalIdRule, number[]>();
  automaton.visit(text, (index, { end }) => {
    for (const id of rulesByName[index] ?? []) {
      const known = ends.get(id);
      if (known === undefined) ends.set(id, [end]);
      else known.push(end);
    }
  });
  return ends;
}

/** A number that looks like others is none without its name: most are passed over without a look at the words beside them. */
function findCandidates(text: string, id: NationalIdRule, nameEnds: readonly number[] = []): readonly Candidate[] {
  const isCommon = id.form === "common";
  if (isCommon && nameEnds.length === 0) return [];
  const candidates: Candidate[] = [];
  let next = 0;
  for (const { 0: number, index } of text.matchAll(id.pattern)) {
    while ((nameEnds[next] ?? text.length) < index - reach) next += 1;
    const isNear = (nameEnds[next] ?? Number.POSITIVE_INFINITY) <= index + number.length + reachBehind;
    if (!isCommon || isNear) candidates.push({ id, number, index });
  }
  return candidates;
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
