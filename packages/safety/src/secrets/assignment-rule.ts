import { isOtherThing, keyRole, keyTriggers } from "./key-name.ts";
import type { KeyRole } from "./key-name.ts";
import type { SecretRule, Span } from "./secret-rule.ts";
import type { ValueForm } from "./secret-value.ts";
import { isEncodedLogin, isMadePassword, isPassword, isRandom } from "./secret-value.ts";

const longestName = 80;
const longestValue = 512;
const longestSeparator = 64;

/**
 * Between a name and its value: `=`, `:`, `=>`, `:=`, `?=`, `||`, the end of an XML tag, `value=` of an element or a line of
 * its own, or, in prose, `is`.
 */
const separator = new RegExp(
  [
    String.raw`(?: [A-Za-z]{2,12}(?![A-Za-z])){0,3}\\{0,8}["'\]*]{0,2}(?:\[\])?(?:`,
    // A type between a name and its value: let key: &str = "…".
    String.raw`[ \t]{0,2}:[ \t]{0,2}&?[A-Za-z]\w{0,20}[?!]?[ \t]{0,2}=(?!=)|`,
    String.raw`[ \t]{0,8}(?:={1,3}>?|:{1,3}=?|：|[?.+]=|\|\||->|>|%3[dD])\*{0,2}(?:[ \t][>|][+-]?(?=\r?\n))?|`,
    // An element's value, or that of an entry which names its key: {"name": "…", "value": "…"}.
    String.raw`(?:\s{1,16}(?:\w{1,10}_)?|,\s{0,16}\\{0,8}["']?)value\\{0,8}["']?\s{0,4}[=:]|`,
    // Cells of a table, the default of a variable, the part of a form.
    String.raw`[ \t]\||</\w{1,8}>\s{0,8}<\w{1,8}>|\s{0,3}\{\s{0,16}default\s{0,8}=|(?<=["'])(?:\r?\n){2}|`,
    String.raw`[ \t]{1,3}(?:is|was|to|be|ist|lautet|est|es|è|é|jest|är)(?=[ \t]|:)[ \t]?:?|[はが은는是][ \t]?`,
    String.raw`)[\s=@]{0,6}(?:\*\*(?!\*))?`,
  ].join(""),
  "y",
);
/** Before a value in quotes: a comma after a name in quotes, the bracket of a call, or nothing but white space. */
const beforeQuote = /(?:["'][ \t]{0,4},[ \t]{0,4}|\([ \t]{0,4}|[ \t]{1,4})(?=\\{0,8}["'`])/y;
/** Some words may stand between a name and its separator, and white space around both; any of it may be cut off. */
const beforeSeparator = /^(?:[ \t]\w{0,12}){0,3}["'\s\\()[\]@,.?+]{0,20}\w{0,12}["']?\s{0,4}$/;
/** A sign or word that every separator has; it comes within so many units of the name. */
const separatorMark =
  /[=:：|>"'`\n]|value|%3d|[ \t](?:is|was|to|be|ist|lautet|est|es|è|é|jest|är)[ \t:]|[はが은는是]/gi;
const markReach = 80;
/** Prose goes so with a password that it talks of, `the password 'Alpha1'`, and seldom with one that somebody has. */
const onlySpace = /^[ \t]+\\{0,8}["'`]$/;
const quote = /\\{0,8}["'`]/y;

/**
 * The rule of values that only their names tell: `password: …`, `"api_key": "…"`, `OKTA_TOKEN=…`. The value must look as such
 * values do: chosen by a person for passwords, made by chance for all others.
 */
export const assignmentRule: SecretRule = {
  id: "assigned-secret",
  keywords: keyTriggers,
  open: (text) => {
    let readUpTo = 0;
    const endOfRun = runEnds(text);
    const roleOf = rememberRoles();
    const nextMark = separatorMarks(text);
    return (keyword) => {
      if (keyword.start < readUpTo) return undefined;
      const name = nameAround(text, keyword);
      readUpTo = name.end;
      if (nextMark(name.end) - name.end > markReach && !hasBareValue(text, name)) return undefined;
      const start = valueStart(text, name);
      if (start === undefined) return undefined;
      const role = isOfOtherThing(text, name, start) ? undefined : roleOf(text.slice(name.start, name.end));
      if (role === undefined) return undefined;
      const named = onlySpace.test(text.slice(name.end, start));
      return secretValue(text, { start, role, named, endOfRun });
    };
  },
  openFrom: (text, keyword) => {
    const name = nameAround(text, keyword);
    if (name.end === text.length) return name.start;
    const start = valueStart(text, name);
    const open = start === undefined ? isBeforeSeparator(text, name.end) : isOpenValue(text, start);
    return open && keyRole(text.slice(name.start, name.end)) !== undefined ? name.start : undefined;
  },
};

/** Whether a value may follow without a separator: that of an option, or a long token. */
function hasBareValue(text: string, name: Span): boolean {
  return text.charAt(name.start) === "-" || isBareToken(text, name.end);
}

/** The name within a placeholder is its own, and words after a name may say that it is not the value that comes. */
function isOfOtherThing(text: string, name: Span, start: number): boolean {
  if (/\[\[[A-Z0-9_:]{0,40}$/.test(text.slice(Math.max(0, name.start - 42), name.start))) return true;
  const between = /^(?: [A-Za-z]{2,12}(?![A-Za-z])){1,3}/.exec(text.slice(name.end, start))?.[0] ?? "";
  return between.split(" ").some(isOtherThing);
}

/** Where the next mark of a separator begins; asked in ascending order, the text is read once. */
function separatorMarks(text: string): (start: number) => number {
  let next = -1;
  return (start) => {
    if (next >= start) return next;
    separatorMark.lastIndex = start;
    next = separatorMark.exec(text)?.index ?? Number.POSITIVE_INFINITY;
    return next;
  };
}

/** A text that is full of names has few different ones. */
function rememberRoles(): (name: string) => KeyRole {
  const roles = new Map<string, KeyRole>();
  return (name) => {
    if (!roles.has(name)) roles.set(name, keyRole(name));
    return roles.get(name);
  };
}

/** Whether the separator may still come. */
function isBeforeSeparator(text: string, nameEnd: number): boolean {
  return text.length - nameEnd < longestSeparator && beforeSeparator.test(text.slice(nameEnd));
}

/** Whether the value has not ended yet. */
function isOpenValue(text: string, start: number): boolean {
  return text.length - start < longestValue && !/\s/.test(text.slice(start));
}

function nameAround(text: string, keyword: Span): Span {
  let { start, end } = keyword;
  while (start > 0 && keyword.start - start < longestName && isNameUnit(text.charCodeAt(start - 1))) start -= 1;
  while (end < text.length && end - keyword.end < longestName && isNameUnit(text.charCodeAt(end))) end += 1;
  return { start, end };
}

/** Letters, digits, `_`, `-` and `.`. */
function isNameUnit(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46
  );
}

/** Where the value begins, after the opening quote. */
function valueStart(text: string, name: Span): number | undefined {
  const pattern = separatorAfter(text, name);
  if (pattern === undefined) return undefined;
  quote.lastIndex = pattern;
  return quote.test(text) ? quote.lastIndex : pattern;
}

function separatorAfter(text: string, name: Span): number | undefined {
  separator.lastIndex = name.end;
  if (separator.test(text)) return separator.lastIndex;
  if (isBareToken(text, name.end)) return name.end + 1;
  // An option of a command line: `--password hunter2`.
  if (text.charAt(name.start) === "-" && /[ \t]/.test(text.charAt(name.end))) return name.end + 1;
  beforeQuote.lastIndex = name.end;
  return beforeQuote.test(text) ? beforeQuote.lastIndex : undefined;
}

/** In prose a token may follow its name as it is, when nothing else looks so: letters of both cases, digits, and long. */
function isBareToken(text: string, nameEnd: number): boolean {
  bareToken.lastIndex = nameEnd;
  const token = bareToken.exec(text)?.[1];
  return token !== undefined && /\d.*\d/.test(token) && /[a-z]/.test(token) && /[A-Z]/.test(token);
}

const bareToken = / ([\w-]{24,200})(?=[\s.,;:!?)]|$)/y;

interface ValuePlace {
  readonly start: number;
  readonly role: KeyRole;
  /** Whether nothing but white space stands between the name and the quote. */
  readonly named: boolean;
  endOfRun(start: number): number;
}

function secretValue(text: string, place: ValuePlace): Span | undefined {
  const opening = text.charAt(place.start - 1);
  const quoted = opening === '"' || opening === "'" || opening === "`";
  const runEnd = place.endOfRun(place.start);
  if (runEnd - place.start > longestValue) return undefined;
  const run = text.slice(place.start, runEnd);
  const value = trimValue(run, quoted ? opening : undefined);
  // A call: what it gives stands elsewhere.
  if (!quoted && value.includes("(")) return undefined;
  return isSecret(value, place, { quoted, alone: value === run || run.startsWith("</", value.length) })
    ? { start: place.start, end: place.start + value.length }
    : undefined;
}

function isSecret(value: string, { role, named }: ValuePlace, form: ValueForm): boolean {
  if (role !== "password") return isRandom(value) || isEncodedLogin(value);
  return named ? isMadePassword(value) : isPassword(value, form);
}

/** A value ends at its quote, or where code and prose go on: at a quote, comma, semicolon or bracket, a full stop at its end. */
function trimValue(run: string, opening: string | undefined): string {
  if (opening !== undefined) {
    const closing = run.search(opening === '"' ? /\\{0,8}"/ : opening === "'" ? /\\{0,8}'/ : /`/);
    return closing === -1 ? run : run.slice(0, closing);
  }
  const end = run.search(/["'`,;<>)\]}\u3000-\u9fff\uac00-\ud7af\uff01-\uff0f\uff1b\uff1f]|\*\*|&(?=[\w.-]+=)|\\[nrt]/);
  const value = end === -1 ? run : run.slice(0, end);
  // Dots say that somebody left the rest out: such a value is no secret.
  return value.endsWith("...") ? value : value.replace(/[.:?]+$/, "");
}

/** Where the run without white space ends that holds an offset; asked in ascending order, each run is read once. */
function runEnds(text: string): (start: number) => number {
  let from = 0;
  let end = -1;
  return (start) => {
    if (start >= from && start < end) return end;
    const space = /\s/g;
    space.lastIndex = start;
    from = start;
    end = space.exec(text)?.index ?? text.length;
    return end;
  };
}
