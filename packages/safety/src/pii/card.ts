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
  /** The first four digits that its numbers may begin with, as ranges from and to. */
  readonly heads: readonly (readonly [from: number, to: number])[];
  readonly lengths: readonly number[];
}

/** Networks whose numbers have a length and a prefix of their own; a number of these counts without a word beside it. */
const brands: readonly Brand[] = [
  { rule: "visa", heads: [[4000, 4999]], lengths: [16] },
  {
    rule: "mastercard",
    heads: [
      [2221, 2720],
      [5100, 5599],
    ],
    lengths: [16],
  },
  {
    rule: "amex",
    heads: [
      [3400, 3499],
      [3700, 3799],
    ],
    lengths: [15],
  },
  {
    rule: "discover",
    heads: [
      [6011, 6011],
      [6440, 6599],
    ],
    lengths: [16],
  },
  { rule: "jcb", heads: [[3528, 3589]], lengths: [16] },
];

/** Forms that are rare, or that many other numbers have by chance: they need a word that says so. */
const rareBrands: readonly Brand[] = [
  { rule: "visa", heads: [[4000, 4999]], lengths: [13, 19] },
  {
    rule: "diners",
    heads: [
      [3000, 3059],
      [3090, 3099],
      [3600, 3699],
      [3800, 3999],
    ],
    lengths: [14, 16, 19],
  },
  {
    rule: "jcb",
    heads: [
      [1800, 1800],
      [2131, 2131],
    ],
    lengths: [15],
  },
  { rule: "jcb", heads: [[3500, 3599]], lengths: [16] },
  {
    rule: "discover",
    heads: [
      [6011, 6011],
      [6440, 6599],
    ],
    lengths: [17, 18, 19],
  },
  {
    rule: "unionpay",
    heads: [
      [6200, 6299],
      [8100, 8199],
    ],
    lengths: [16, 17, 18, 19],
  },
  { rule: "mir", heads: [[2200, 2204]], lengths: [16, 17, 18, 19] },
  {
    rule: "rupay",
    heads: [
      [5080, 5089],
      [6000, 6099],
      [6500, 6599],
      [8100, 8299],
    ],
    lengths: [16],
  },
  {
    rule: "maestro",
    heads: [
      [604, 604],
      [5000, 5099],
      [5600, 5999],
      [6000, 6999],
    ],
    lengths: [12, 13, 14, 15, 16, 17, 18, 19],
  },
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

/** Finds card numbers by brand, length, Luhn's check and the words beside them. */
export const cardMatcher: PiiMatcher = {
  category: "pii.card",
  find: (text, context) =>
    Array.from(text.matchAll(runs), ({ 0: found, index }) => findInRun(found, index, context)).flat(),
};

/** A number begins where a group of digits begins and ends where one ends; of several that begin together the longest counts. */
function findInRun(found: string, offset: number, context: ContextReader): readonly PiiMatch[] {
  if (found.length > longest && !/[ -]/.test(found)) return [];
  const run = readRun(found, offset);
  const matches: PiiMatch[] = [];
  let end = 0;
  for (let first = 0; first < run.length; first += 1) {
    if (!isBoundary(run, first) || (run.places[first] ?? 0) < end) continue;
    const match = findAt(run, first, context);
    if (match === undefined) continue;
    matches.push(match);
    end = match.end - offset;
  }
  return matches;
}

interface Run {
  readonly text: string;
  /** Where the run begins in the whole text. */
  readonly offset: number;
  /** How many digits there are. */
  readonly length: number;
  readonly values: Uint8Array;
  /** The offset of each digit in the run. */
  readonly places: Uint32Array;
}

// Numbers in a row, and no objects: a text may be nothing but digits.
function readRun(text: string, offset: number): Run {
  const values = new Uint8Array(text.length);
  const places = new Uint32Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const value = text.charCodeAt(index) - zero;
    // A space or a hyphen comes before the digits.
    if (value < 0) continue;
    values[length] = value;
    places[length] = index;
    length += 1;
  }
  return { text, offset, length, values, places };
}

/** Whether a group of digits ends, or the next one begins, after the first `count`. */
function isBoundary({ places, length }: Run, count: number): boolean {
  return count === 0 || count === length || places[count] !== (places[count - 1] ?? 0) + 1;
}

function findAt(run: Run, first: number, context: ContextReader): PiiMatch | undefined {
  const head = headOf(run.values, first);
  for (const brand of brandsByDigit[run.values[first] ?? 0] ?? []) {
    if (!isNumberOf(brand, run, { first, head })) continue;
    const start = run.offset + (run.places[first] ?? 0);
    const end = run.offset + (run.places[first + brand.length - 1] ?? 0) + 1;
    const meaning = context.read([start, end], names);
    if (meaning === "reference" || (brand.rare && meaning === "none")) continue;
    return { start, end, rule: brand.rule, score: meaning === "named" ? 0.95 : 0.75 };
  }
  return undefined;
}

/** The number that the first four digits make. */
function headOf(values: Uint8Array, first: number): number {
  let head = 0;
  for (let index = first; index < first + 4; index += 1) head = head * 10 + (values[index] ?? 0);
  return head;
}

interface BrandLength extends Pick<Brand, "rule" | "heads"> {
  readonly length: number;
  readonly rare: boolean;
}

/** The cheap tests first: a text that is nothing but digits has a candidate at each of them. */
function isNumberOf(
  { length, heads }: BrandLength,
  run: Run,
  { first, head }: { readonly first: number; readonly head: number },
): boolean {
  const end = first + length;
  if (end > run.length || !isBoundary(run, end)) return false;
  if (!heads.some(([from, to]) => from <= head && head <= to)) return false;
  if (!hasGroupOfCards(run, first)) return false;
  if (!grouping.test(run.text.slice(run.places[first], (run.places[end - 1] ?? 0) + 1))) return false;
  const values = Array.from(run.values.subarray(first, end));
  return isLuhn(values) && values.some((value) => value !== values[0]);
}

/** Whether a group begins that cards have: a digit alone, four, or all of them in one piece. Most groups are told by that. */
function hasGroupOfCards(run: Run, first: number): boolean {
  let count = first + 1;
  while (count - first < shortest && !isBoundary(run, count)) count += 1;
  const digits = count - first;
  return digits === 1 || digits === 4 || digits === shortest;
}

/** No card has fewer digits. */
const shortest = 12;

/** One entry a brand and length, by the first digit, the longest and then the commonest first. */
const brandsByDigit: readonly (readonly BrandLength[])[] = Array.from({ length: 10 }, (_value, digit) =>
  [...brands.map((brand) => ({ ...brand, rare: false })), ...rareBrands.map((brand) => ({ ...brand, rare: true }))]
    .filter(({ heads }) =>
      heads.some(([from, to]) => Math.floor(from / 1000) <= digit && digit <= Math.floor(to / 1000)),
    )
    .flatMap(({ rule, heads, lengths, rare }) => lengths.map((length) => ({ rule, heads, length, rare })))
    .toSorted((left, right) => right.length - left.length),
);
