import { createKeyedHash } from "./keyed-hash.ts";

/** The longest text that is a placeholder, escaped or not. */
export const longestPlaceholder = 200;

/** Texts that look like a placeholder, escaped up to eight times. Every part is bounded, so that a search is linear. */
const shape = /\[\[((?:~[0-9a-f]{12}:){0,8})([A-Z][A-Z0-9_]{0,30}:[A-Z0-9_]{1,40}:[0-9a-f]{12})\]\]/g;

/** Where a text has something of a placeholder's form, whoever made it, and the kind of what it stands for: `PII`. */
export interface FoundPlaceholder {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/** Finds what has the form of a placeholder. Without the key nobody can tell a look-alike. */
export function findPlaceholders(text: string): readonly FoundPlaceholder[] {
  return Array.from(text.matchAll(shape), ({ 0: found, 2: body = "", index }) => ({
    start: index,
    end: index + found.length,
    kind: body.slice(0, body.indexOf(":")),
  }));
}

/** A piece of a text that was taken apart at the placeholders in it. */
export type TextPiece =
  | { readonly type: "text" | "lookalike"; readonly text: string }
  | { readonly type: "placeholder"; readonly text: string }
  | { readonly type: "escaped"; readonly text: string; readonly literal: string };

/**
 * The placeholders of a session: `[[PII:EMAIL:0f3a5b7c9d1e]]`. Eight digits tell values apart and are the same for the same
 * value; four say that the placeholder was made with the deployment's key, so that a text which only looks like one is told by
 * itself, in whatever session. Such a text is escaped as `[[~…:PII:EMAIL:…]]`, under the same key: what was redacted is not
 * changed by being redacted again.
 */
export interface Placeholders {
  /** The placeholder of a value. */
  of(category: string, value: string): string;
  /** The placeholder of a number that stands by itself in JSON: `[[PII:CARD__NUMBER:0f3a5b7c9d1e]]`. */
  ofNumber(category: string, value: string): string;
  /** Takes a text apart. */
  split(text: string): readonly TextPiece[];
  /** Escapes a look-alike. */
  escape(lookalike: string): string;
}

/**
 * What stands for a session where something is recorded once for all of them: instructions, tools. Its placeholders are genuine
 * in every session. No session has such an id.
 */
export const definitionsSession = ":definitions";

/** Whether a text is one placeholder, and stands for a number. */
export function isNumberPlaceholder(text: string): boolean {
  return /^\[\[[A-Z][A-Z0-9_]{0,30}:[A-Z0-9_]{1,40}__NUMBER:[0-9a-f]{12}\]\]$/.test(text);
}

/** Ends the names of numbers, and of nothing else: see `toName`. */
const numberMark = "__NUMBER";

/** Digits of a text under a key, by what they are for. */
export type Digits = (purpose: string, text: string, count: number) => string;

/**
 * The digits that say that something was made with the key. Not a session's: forks and definitions bring placeholders of others
 * into a session, which must stay what they are.
 */
export function createMarks(key: Uint8Array): Digits {
  return remembering(createDigits(key, definitionsSession), mostMarks);
}

/** Makes the placeholders of a session from the redaction key, and the marks under it. */
export function createPlaceholders(key: Uint8Array, session: string, marks: Digits = createMarks(key)): Placeholders {
  const digits = remembering(createDigits(key, session), mostDigits);
  const isOwn = (body: string): boolean => marks("check", body.slice(0, -4), 4) === body.slice(-4);
  const toPiece = (text: string, escapes: string, body: string): TextPiece => {
    if (escapes === "") return { type: isOwn(body) ? "placeholder" : "lookalike", text };
    const literal = `[[${text.slice(escapeStart)}`;
    return text.startsWith(marks("escape", literal, 12), 3)
      ? { type: "escaped", text, literal }
      : { type: "lookalike", text };
  };
  const named = (name: string, category: string, value: string): string => {
    const body = `${name}:${digits("value", `${category}\n${value}`, 8)}`;
    return `[[${body}${marks("check", body, 4)}]]`;
  };
  return {
    of: (category, value) => named(toName(category), category, value),
    ofNumber: (category, value) => named(toNumberName(category), category, value),
    split(text) {
      const pieces: TextPiece[] = [];
      let end = 0;
      for (const match of text.matchAll(shape)) {
        if (match.index > end) pieces.push({ type: "text", text: text.slice(end, match.index) });
        pieces.push(toPiece(match[0], match[1] ?? "", match[2] ?? ""));
        end = match.index + match[0].length;
      }
      if (end < text.length) pieces.push({ type: "text", text: text.slice(end) });
      return pieces;
    },
    escape: (lookalike) => `[[~${marks("escape", lookalike, 12)}:${lookalike.slice(2)}`,
  };
}

function createDigits(key: Uint8Array, session: string): Digits {
  const ofSession = createKeyedHash(key)(Buffer.from(`agentkit placeholder\n${session}`));
  const keyed = createKeyedHash(Buffer.from(ofSession, "hex"));
  // UTF-16, because a text may hold a lone surrogate, which UTF-8 has no form for.
  return (purpose, text, count) => keyed(Buffer.from(`${purpose}\n${text}`, "utf16le")).slice(0, count);
}

/** The same values come again and again in a session, and their placeholders in each of its texts. */
function remembering(digits: Digits, most: number): Digits {
  const known = new Map<string, string>();
  return (purpose, text, count) => {
    if (text.length > longestRemembered) return digits(purpose, text, count);
    const entry = `${purpose}\n${text}`;
    const before = known.get(entry);
    if (before !== undefined) return before;
    const found = digits(purpose, text, count);
    if (known.size >= most) known.clear();
    known.set(entry, found);
    return found;
  };
}

const longestRemembered = 200;
const mostDigits = 1_000;
/** Each look at a text asks for those of all that is in it, and there is one such memory for all sessions. */
const mostMarks = 50_000;

/** The length of `[[~`, the digits of an escape, and `:`. */
const escapeStart = 16;

/** `pii.card` as `PII:CARD__NUMBER`. */
function toNumberName(category: string): string {
  const [kind = "", name = ""] = toName(category).split(":");
  return `${kind}:${name.slice(0, longestName - numberMark.length)}${numberMark}`;
}

const longestName = 40;

/** `pii.email` as `PII:EMAIL`. No category has a name that ends like that of a number. */
function toName(category: string): string {
  const [kind = "", ...rest] = category.toUpperCase().split(".");
  const name = rest.join("_").replaceAll(/[^A-Z0-9_]/g, "_");
  const first = kind.replaceAll(/[^A-Z0-9_]/g, "_").replace(/^[^A-Z]/, "X");
  return `${first.slice(0, 31) || "X"}:${name.slice(0, longestName).replace(/_+NUMBER$/, "_NUMBER") || "VALUE"}`;
}
