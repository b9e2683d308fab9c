import { countDigits } from "./checksums.ts";
import { type ContextReader, wordSet } from "./context-words.ts";
import type { PiiMatch, PiiMatcher } from "./pii-matcher.ts";

interface Document {
  readonly rule: string;
  /** All of these groups have to be named: a driver is also somebody who drives a bus. */
  readonly names: readonly ReadonlySet<string>[];
}

/** Numbers without a check: nothing but the words before them tells what they are. */
const documents: readonly Document[] = [
  {
    rule: "passport",
    names: [wordSet("passport reisepass passnummer passeport pasaporte passaporto passaporte paspoort паспорт")],
  },
  {
    rule: "driver-license",
    names: [
      wordSet("driver drivers driving permis licencia patente"),
      wordSet("license licence conduire conducir guida"),
    ],
  },
  { rule: "driver-license", names: [wordSet("führerschein führerscheinnummer rijbewijs")] },
];

/** How many words may stand between the name of a document and its number. */
const near = 6;

const token = /(?<![\w-])(?=[A-Za-z-]{0,5}\d)[A-Za-z0-9][A-Za-z0-9-]{5,17}(?![\w-])/g;

/** Finds the numbers of passports and driving licences by the words before them. */
export const documentNumberMatcher: PiiMatcher = {
  category: "pii.document",
  find: (text, context) => {
    if (!anyName.test(text)) return [];
    return Array.from(text.matchAll(token), ({ 0: found, index }) => matchToken(context, index, found)).flat();
  },
};

/** The stems of all names; most texts have none, and their numbers are not looked at. */
const anyName = /pass|pasap|paspo|паспорт|driv|licen[cs]|permis|patente|führersch|rijbew/i;

const allNames = new Set(documents.flatMap(({ names }) => names.flatMap((group) => [...group])));

/** The words near before a number that are in the name of a document. */
function namesBefore(start: number, context: ContextReader): readonly string[] {
  const found: string[] = [];
  for (let index = 0; index < near; index += 1) {
    const word = context.wordBefore(start, index);
    if (word === undefined) break;
    if (allNames.has(word)) found.push(word);
  }
  return found;
}

function matchToken(context: ContextReader, start: number, found: string): readonly PiiMatch[] {
  // A date is the other number that stands after the name of a document.
  if (countDigits(found) < 5 || /^(?:\d{4}-\d\d-\d\d|\d\d-\d\d-\d{4})$/.test(found)) return [];
  const words = namesBefore(start, context);
  if (words.length === 0) return [];
  const document = documents.find(({ names }) => names.every((group) => words.some((word) => group.has(word))));
  return document === undefined ? [] : [{ start, end: start + found.length, rule: document.rule, score: 0.75 }];
}
