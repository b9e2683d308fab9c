import { countrySpecs, isValidIBAN } from "ibantools";
import type { PiiMatch, PiiMatcher } from "./pii-matcher.ts";

const head = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])/g;

/** Finds account numbers by their country's length and form and the check of ISO 13616. */
export const ibanMatcher: PiiMatcher = {
  category: "pii.iban",
  find: (text) =>
    Array.from(text.matchAll(head), (match) => matchAt(text, match.index)).filter((match) => match !== undefined),
};

const lengths = new Map(
  Object.entries(countrySpecs).flatMap(([country, { chars }]) => (chars === null ? [] : [[country, chars] as const])),
);

function matchAt(text: string, start: number): PiiMatch | undefined {
  const length = lengths.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return undefined;
  const end = skipLetters(text, start, length);
  if (end === undefined || isAlphanumeric(text.charCodeAt(end))) return undefined;
  const account = text.slice(start, end).replace(/[ -]/g, "").toUpperCase();
  return isValidIBAN(account) ? { start, end, rule: account.slice(0, 2).toLowerCase(), score: 0.98 } : undefined;
}

/** The offset after so many letters and digits, with at most one space or hyphen between two of them. */
function skipLetters(text: string, start: number, count: number): number | undefined {
  let offset = start;
  for (let seen = 0; seen < count; seen += 1) {
    const separated = text[offset] === " " || text[offset] === "-";
    if (seen > 0 && separated) offset += 1;
    if (!isAlphanumeric(text.charCodeAt(offset))) return undefined;
    offset += 1;
  }
  return offset;
}

function isAlphanumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
