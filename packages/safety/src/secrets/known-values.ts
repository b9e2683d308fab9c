import type { Span } from "./secret-rule.ts";

/** Looks for values that are known to be secret, in clear and encoded. */
export interface KnownValues {
  find(text: string): readonly Span[];
  /** Where a value with white space in it may have begun that is not complete at the end of the text; else its length. */
  openFrom(text: string): number;
}

/** Shorter values would match ordinary text. It is also the window whose hash is looked up at each place of a text. */
const shortestKnownValue = 8;

const hashBase = 257;
/** What the first unit of a window counts for in its hash, modulo 2^32. */
const leadingFactor = Array.from({ length: shortestKnownValue - 1 }).reduce<number>(
  (factor) => Math.imul(factor, hashBase),
  1,
);

/**
 * Makes the search for known values: as they are, URL-encoded, JSON-escaped (once and twice), in hexadecimal digits, and in
 * base64 and base64url at each of the three places where a value can begin in a group of three bytes. One pass by a rolling
 * hash (Karp and Rabin), however many values there are. Values of fewer than 8 units are not looked for.
 */
export function createKnownValues(values: Iterable<string>): KnownValues {
  const forms = new Set([...values].filter((value) => value.length >= shortestKnownValue).flatMap(formsOf));
  const byHash = new Map<number, string[]>();
  for (const form of forms) {
    const hash = hashOf(form);
    byHash.set(hash, [...(byHash.get(hash) ?? []), form]);
  }
  // Bits of the hashes: nearly every place of a text ends here, without a look into the map.
  const filter = new Uint8Array(0x10000);
  for (const hash of byHash.keys()) filter[hash & 0xffff] = 1;
  const spaced = [...forms].filter((form) => /\s/.test(form));
  return {
    find: (text) => (forms.size === 0 ? [] : findForms(text, { byHash, filter })),
    openFrom: (text) => Math.min(text.length, ...spaced.map((form) => incompleteFrom(text, form))),
  };
}

/** Where the text ends with the beginning of a form. */
function incompleteFrom(text: string, form: string): number {
  const first = form.charAt(0);
  let start = text.indexOf(first, Math.max(0, text.length - form.length + 1));
  while (start !== -1 && !form.startsWith(text.slice(start))) start = text.indexOf(first, start + 1);
  return start === -1 ? text.length : start;
}

interface FormIndex {
  readonly byHash: ReadonlyMap<number, readonly string[]>;
  readonly filter: Uint8Array;
}

function findForms(text: string, { byHash, filter }: FormIndex): readonly Span[] {
  const spans: Span[] = [];
  let hash = hashOf(text);
  for (let start = 0; start + shortestKnownValue <= text.length; start += 1) {
    if (filter[hash & 0xffff] === 1) {
      const forms = byHash.get(hash)?.filter((form) => text.startsWith(form, start)) ?? [];
      spans.push(...forms.map((form) => withRestOfGroup(text, { start, end: start + form.length })));
    }
    const leaving = Math.imul(text.charCodeAt(start), leadingFactor);
    hash = (Math.imul(hash - leaving, hashBase) + text.charCodeAt(start + shortestKnownValue)) | 0;
  }
  return spans;
}

/** The hash of the first window of a text. */
function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < shortestKnownValue; at += 1) hash = (Math.imul(hash, hashBase) + text.charCodeAt(at)) | 0;
  return hash;
}

/** At the edges of a base64 form a value shares a group with what stands beside it: up to three units more belong to it. */
function withRestOfGroup(text: string, { start, end }: Span): Span {
  if (!/^[A-Za-z0-9+/_-]+$/.test(text.slice(start, end))) return { start, end };
  const before = /[A-Za-z0-9+/_-]{0,3}$/.exec(text.slice(Math.max(0, start - 3), start))?.[0].length ?? 0;
  const after = /^[A-Za-z0-9+/_=-]{0,3}/.exec(text.slice(end, end + 3))?.[0].length ?? 0;
  return { start: start - before, end: end + after };
}

function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const url = encodeURIComponent(value.toWellFormed());
  const hex = Buffer.from(value).toString("hex");
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    url,
    url.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    url.replaceAll("%20", "+"),
    hex,
    hex.toUpperCase(),
    ...base64Forms(value),
  ].filter((form) => form.length >= shortestKnownValue);
}

/** Of each alignment the groups that hold nothing but the value: they are the same whatever stands beside it. */
function base64Forms(value: string): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    const encoded = bytes.toString("base64");
    const whole = encoded.slice(offset === 0 ? 0 : 4, Math.floor(bytes.length / 3) * 4);
    return [whole, whole.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
