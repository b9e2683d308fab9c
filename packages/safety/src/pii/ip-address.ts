import ipaddr from "ipaddr.js";
import { type ContextReader, wordSet } from "./context-words.ts";
import type { PiiMatch, PiiMatcher } from "./pii-matcher.ts";

/** Words before four numbers with dots between that are no address. */
const numberings = wordSet(
  `v ver version versions release build revision firmware driver upgrade upgraded downgrade section chapter clause
  step figure table paragraph appendix oid chrome firefox safari edge kernel package plugin library assembly sdk python node java php ruby openssl kapitel
  abschnitt versión versione sección chapitre`,
);

/** Words beside four small numbers that say that they are an address after all. */
const networkWords = wordSet(
  "ip ips ipv address addresses addr host hosts server servers dns resolver gateway router client peer proxy ping adresse dirección indirizzo",
);

/** `from version 1.2.3.4 to 1.2.4.0` */
const passedOver = wordSet("from to and the of is");

const four = /(?<![\w.]|[A-Za-z]\/)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)/g;
const six = /(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])/g;

/** Addresses that every machine has, which say nothing of anybody. */
const common = new Set(["loopback", "unspecified", "broadcast", "linkLocal", "multicast"]);

/** The score of what is hardly anybody's address. */
const unlikely = 0.4;

/** Finds addresses of both versions of the internet protocol that are not version or section numbers. */
export const ipAddressMatcher: PiiMatcher = {
  category: "pii.ip",
  find: (text, context) => {
    const found = [
      ...Array.from(text.matchAll(four), ({ 0: address, index }) => matchFour(address, index, context)),
      ...(text.includes(":")
        ? Array.from(text.matchAll(six), ({ 0: address, index }) => matchSix(address, index))
        : []),
    ];
    return found.filter((match) => match !== undefined).toSorted((left, right) => left.start - right.start);
  },
};

function matchFour(address: string, start: number, context: ContextReader): PiiMatch | undefined {
  const parts = readParts(address);
  if (parts === undefined || isNumbering(start, context)) return undefined;
  const range = [start, start + address.length] as const;
  const match = toMatch("v4", range, new ipaddr.IPv4(parts).range());
  return match !== undefined && isOutline(parts) && context.read(range, networkWords) !== "named"
    ? { ...match, score: unlikely }
    : match;
}

/** The four numbers of an address, or nothing where one is too large or would be octal to some programs (`010`). */
function readParts(address: string): number[] | undefined {
  const parts: number[] = [];
  let part = 0;
  let digits = 0;
  for (let index = 0; index <= address.length; index += 1) {
    const code = address.charCodeAt(index);
    if (code === dot || index === address.length) {
      if (part > 255) return undefined;
      parts.push(part);
      part = 0;
      digits = 0;
    } else {
      if (digits > 0 && part === 0) return undefined;
      part = part * 10 + code - zero;
      digits += 1;
    }
  }
  return parts;
}

const dot = 46;
const zero = 48;

/** Sections are numbered with small numbers: `see 3.1.2.1 and 4.2.1.3`. Few addresses have no other. */
function isOutline(parts: readonly number[]): boolean {
  return parts.every((part) => part < 20);
}

/** Whether one of the two words before, other than those passed over, says so. */
function isNumbering(start: number, context: ContextReader): boolean {
  let seen = 0;
  for (let index = 0; seen < 2; index += 1) {
    const word = context.wordBefore(start, index);
    if (word === undefined) return false;
    if (numberings.has(word)) return true;
    if (!passedOver.has(word)) seen += 1;
  }
  return false;
}

function matchSix(address: string, start: number): PiiMatch | undefined {
  const groups = address.split(":").filter((group) => group !== "");
  // `abc::def` is a name in a program, and eight pairs of digits are the address of a network card.
  if (groups.length < 3 || groups.every(({ length }) => length === 2) || !ipaddr.IPv6.isValid(address))
    return undefined;
  return toMatch("v6", [start, start + address.length], ipaddr.IPv6.parse(address).range());
}

function toMatch(rule: string, [start, end]: readonly [number, number], range: string): PiiMatch | undefined {
  if (common.has(range)) return undefined;
  // A private address leads to nobody outside of its network.
  return { start, end, rule, score: range === "private" || range === "uniqueLocal" ? unlikely : 0.85 };
}
