import { isLuhn } from "./checksums.ts";
import { type ContextReader, wordSet } from "./context-words.ts";
import type { PiiMatch, PiiMatcher } from "./pii-matcher.ts";

const names = wordSet(
  `card cards credit debit visa mastercard amex maestro discover diners jcb unionpay cc ccn pan payment pay charge cvv cvc
  expiry expires expiration cardholder kreditkarte kreditkartennummer karte kartennummer bankkarte carte bancaire tarjeta
  crédito débito carta credito carte cartão kaart creditcard kaartnummer karta karty kort kredit カード 信用卡 카드`,
);

interface Brand {
  readonly rule: string;
  /** What its numbers begin with, first by one digit. */
  readonly digits: string;
  readonly prefix: RegExp;
  readonly lengths: readonly number[];
}

/** Networks whose numbers have a length and a prefix of their own; a number of these counts without a word beside it. */
const brands: readonly Brand[] = [
  { rule: "visa", digits: "4", prefix: /^4/, lengths: [16] },
  { rule: "mastercard", digits: "25", prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { rule: "amex", digits: "3", prefix: /^3[47]/, lengths: [15] },
  { rule: "discover", digits: "6", prefix: /^(?:6011|64[4-9]|65)/, lengths: [16] },
  { rule: "jcb", digits: "3", prefix: /^35(?:2[89]|[3-8])/, lengths: [16] },
];

/** Forms that are rare, or that many other numbers have by chance: they need a word that says so. */
const rareBrands: readonly Brand[] = [
  { rule: "visa", digits: "4", prefix: /^4/, lengths: [13, 19] },
  { rule: "diners", digits: "3", prefix: /^3(?:0[0-59]|[689])/, lengths: [14, 16, 19] },
  { rule: "jcb", digits: "12", prefix: /^(?:1800|2131)/, lengths: [15] },
  { rule: "jcb", digits: "3", prefix: /^35/, lengths: [16] },
  { rule: "discover", digits: "6", prefix: /^(?:6011|64[4-9]|65)/, lengths: [17, 18, 19] },
  { rule: "unionpay", digits: "68", prefix: /^(?:62|81)/, lengths: [16, 17, 18, 19] },
  { rule: "mir", digits: "2", prefix: /^220[0-4]/, lengths: [16, 17, 18, 19] },
  { rule: "rupay", digits: "568", prefix: /^(?:508|60|65|8[12])/, lengths: [16] },
  { rule: "maestro", digits: "056", prefix: /^(?:0604|5[06-9]|6)/, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
];

/**
 * At least 12 digits, single spaces or hyphens between them. It ends where the digits do, so that nothing is read twice. A comma
 * may follow, as in a table: nothing that is counted has so many digits before one.
 */
const runs = /(?<![\w.+]|\d-)\d(?:[ -]?\d){11,}(?!\w|\.\d)/g;
/** As cards are printed, in one piece, or digit by digit; two phone numbers in a row are neither. */
const grouping = /^(?:\d+|\d{4}([ -])\d{6}\1\d{4,5}|\d{4}([ -])(?:\d{4}\2){1,3}\d{1,4}|\d(?:[ -]\d)+)$/;
const zero = 48;
const longest = 19;
const longestPrefix = 4;

/** Finds card numbers by brand, length, Luhn's check and the words beside them. */
export const cardMatcher: PiiMatcher = {
  category: "pii.card",
  find: (text, context) =>
    Array.from(text.matchAll(runs), ({ 0: found, index }) => findInRun(found, index, context)).flat(),
};

/** A number begins where a group of digits begins and ends where one ends; of several that begin together the longest counts. */
function findInRun(found: string, offset: number, context: ContextReader): readonly PiiMatch[] {
  if (found.length > longest && !/[ -]/.test(found)) return [];
  const places: number[] = [];
  const values: number[] = [];
  const groups: number[] = [];
  for (let index = 0; index < found.length; index += 1) {
    const value = found.charCodeAt(index) - zero;
    // A space or a hyphen comes before the digits.
    if (value < 0) continue;
    if (places.at(-1) !== offset + index - 1) groups.push(values.length);
    places.push(offset + index);
    values.push(value);
  }
  const run = { text: found, offset, values, places };
  const matches: PiiMatch[] = [];
  for (const first of groups) {
    if ((places[first] ?? 0) < (matches.at(-1)?.end ?? 0)) continue;
    const match = findAt(run, first, context);
    if (match !== undefined) matches.push(match);
  }
  return matches;
}

interface Run {
  readonly text: string;
  /** Where the run begins in the whole text. */
  readonly offset: number;
  readonly values: readonly number[];
  /** The offset of each digit in the text. */
  readonly places: readonly number[];
}

/** Whether a group of digits ends after the first `count`. */
function endsGroup({ places }: Run, count: number): boolean {
  return places[count] !== (places[count - 1] ?? 0) + 1;
}

function findAt(run: Run, first: number, context: ContextReader): PiiMatch | undefined {
  const start = run.places[first] ?? 0;
  const head = run.values.slice(first, first + longestPrefix).join("");
  for (const brand of brandsByDigit[run.values[first] ?? 0] ?? []) {
    if (!brand.prefix.test(head) || !isNumberOf(brand, run, first)) continue;
    const end = (run.places[first + brand.length - 1] ?? start) + 1;
    const meaning = context.read([start, end], names);
    if (meaning === "reference" || (brand.rare && meaning === "none")) continue;
    return { start, end, rule: brand.rule, score: meaning === "named" ? 0.95 : 0.75 };
  }
  return undefined;
}

interface BrandLength extends Pick<Brand, "rule" | "prefix"> {
  readonly length: number;
  readonly rare: boolean;
}

/** The cheap tests first: a text that is nothing but digits has a candidate at each of them. */
function isNumberOf({ length }: BrandLength, run: Run, first: number): boolean {
  const end = first + length;
  if (end > run.values.length || !endsGroup(run, end)) return false;
  const values = run.values.slice(first, end);
  if (!isLuhn(values) || values.every((value) => value === values[0])) return false;
  return grouping.test(written(run, first, end));
}

/** The digits of a candidate with what stands between them. */
function written({ text, offset, places }: Run, first: number, end: number): string {
  return text.slice((places[first] ?? offset) - offset, (places[end - 1] ?? offset) - offset + 1);
}

/** One entry a brand and length, by the first digit, the longest and then the commonest first. */
const brandsByDigit: readonly (readonly BrandLength[])[] = Array.from({ length: 10 }, (_value, digit) =>
  [...brands.map((brand) => ({ ...brand, rare: false })), ...rareBrands.map((brand) => ({ ...brand, rare: true }))]
    .filter(({ digits }) => digits.includes(String(digit)))
    .flatMap(({ rule, prefix, lengths, rare }) => lengths.map((length) => ({ rule, prefix, length, rare })))
    .toSorted((left, right) => right.length - left.length),
);
