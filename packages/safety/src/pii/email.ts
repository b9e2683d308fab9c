import type { PiiMatch, PiiMatcher } from "./pii-matcher.ts";

/** What may stand before the @ without quotes, and the lengths of RFC 5321, section 4.5.3.1. */
const localCharacter = /[\p{L}\p{N}.!#$%&'*+=?^_`{|}~-]/u;
const longestLocal = 64;
const domain = /[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,252})/uy;

/** Finds addresses at the @ signs, so that a text without one costs next to nothing. */
export const emailMatcher: PiiMatcher = {
  category: "pii.email",
  find: (text) => {
    const matches: PiiMatch[] = [];
    let from = 0;
    for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
      const match = matchAt(text, at, from);
      if (match !== undefined) matches.push(match);
      // An address cannot reach back over an @, so that no character is looked at twice.
      from = at + 1;
    }
    return matches;
  },
};

function matchAt(text: string, at: number, from: number): PiiMatch | undefined {
  const start = localStart(text, at, from);
  const end = domainEnd(text, at + 1);
  if (start === at || end === undefined) return undefined;
  if (isCredential(text, start) || isRemote(text, start, end)) return undefined;
  return { start, end, rule: "address", score: 0.95 };
}

function localStart(text: string, at: number, from: number): number {
  let start = at;
  const least = Math.max(from, at - longestLocal);
  while (start > least && localCharacter.test(text.charAt(start - 1))) start -= 1;
  while (start < at && /[.'`*_~]/.test(text.charAt(start))) start += 1;
  return text.charAt(at - 1) === "." ? at : start;
}

function domainEnd(text: string, start: number): number | undefined {
  domain.lastIndex = start;
  const name = domain.exec(text)?.[0].replace(/[.-]+$/, "");
  if (name === undefined || name.includes("..")) return undefined;
  const labels = name.split(".");
  const top = labels.at(-1) ?? "";
  // A picture of double density is called `icon@2x.png`; a top-level name has no digits, a version has nothing else.
  if (labels.length < 2 || !/^(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})$/iu.test(top) || /^\dx$/.test(labels[0] ?? "")) {
    return undefined;
  }
  return start + name.length;
}

/** In `https://name:password@host` nobody has the address `password@host`. */
function isCredential(text: string, start: number): boolean {
  return /\/\/(?:[^\s/@]{0,64}:)?$/.test(text.slice(Math.max(0, start - 67), start));
}

/** `git@host.org:path` names a repository. */
function isRemote(text: string, start: number, end: number): boolean {
  return text.startsWith("git@", start) && text.charAt(end) === ":";
}
