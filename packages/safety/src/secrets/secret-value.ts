import { entropy } from "./entropy.ts";

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const host = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,12}(?::\d+)?$/i;
const path = /^(?:[A-Za-z]:\\|\.{0,2}\/[\w.-]+\/|~\/)/;

/** References to a value that stands elsewhere, and templates: `$TOKEN`, `${{ secrets.X }}`, `<token>`, `%s`, `var.token`. */
const reference =
  /^(?:arn|vault|ref|file|env|ssm|sops|secretsmanager):|^\$[\w{(]|\$[{(]|`|^[{<[(&*]|^%[\w-]|^@\w+@$|\{\{|\(\)|^(?:var|local|data|module|env|process|os|this|self|config|settings?|secrets?|params?|args|options?)[.[]/i;

/** Words that people write where a secret will stand. */
const placeholder =
  /example|placeholder|change[_-]?(?:me|it)|dummy|redacted|replace|insert|your[_-]|\bmy[_-]?(?:secret|token|password|key)|(?:^|[_-])(?:todo|none|null|undefined|true|false)$|xxxx|\*\*\*|\.\.\.|abcdefgh|0123456789|^(?:pass(?:word|wd)?|pwd|secret|token|test|changeit|user|string|required|optional|hidden|masked)$|\[\[/i;

/** Whether a value only stands for a secret. */
export function isPlaceholder(value: string): boolean {
  return reference.test(value) || placeholder.test(value) || /^(.)\1*$/su.test(value);
}

/** How a value was written down. */
export interface ValueForm {
  readonly quoted: boolean;
  /** Whether nothing but the end of its element follows it up to the next white space. */
  readonly alone: boolean;
}

/**
 * Whether a value was made by chance, as keys and tokens are: long enough, letters and digits mixed, hardly any words, no
 * host name, path or version.
 */
export function isRandom(value: string): boolean {
  if (value.length < 12 || value.length > 512) return false;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value) || isPlaceholder(value)) return false;
  if (uuid.test(value)) return entropy(value) >= 2.8;
  if (isAddress(value)) return false;
  return entropy(value) >= randomEntropy(value) && hasRandomPart(value);
}

/** The alphabet bounds what entropy can be: 4 bits for hexadecimal digits, and less in short texts. */
function randomEntropy(value: string): number {
  return /^[0-9a-f]+$/i.test(value)
    ? Math.min(2.9, Math.log2(value.length) - 0.9)
    : Math.min(3.3, Math.log2(value.length) - 0.8);
}

/** Names are words with separators (`dev-lb1.api`); what was made by chance has one long part in which words are few. */
function hasRandomPart(value: string): boolean {
  return value.split(/[.\-_:=~|/@]/).some((part) => {
    if (part.length < 10 || !/\d/.test(part)) return part.length >= 20 && isMixed(part);
    return wordLetters(part) / part.length < 0.55;
  });
}

function isMixed(part: string): boolean {
  return (part.match(/[a-z][A-Z]|[A-Z]{2}[a-z]/g)?.length ?? 0) >= 4;
}

/** How many letters stand in runs that can be said: five or more of one case, or capitalized, vowels and consonants mixed. */
function wordLetters(part: string): number {
  const runs = part.match(/[A-Z]?[a-z]{4,}|[A-Z]{5,}/g) ?? [];
  return runs
    .filter((run) => /[aeiouy]/i.test(run) && !/[^aeiouy]{4}|[aeiou]{4}/i.test(run) && !/^[a-f]+$/i.test(run))
    .reduce((sum, run) => sum + run.length, 0);
}

/** Whether a value may be a password that a person chose: letters with a digit or sign in them, and no piece of code. */
export function isPassword(value: string, form: ValueForm): boolean {
  if (value.length < 6 || value.length > 200 || /\s/.test(value)) return false;
  if (!/[A-Za-z]/.test(value) || isPlaceholder(value) || isAddress(value)) return false;
  if (!/[^A-Za-z_.-]/.test(value)) return (form.quoted || form.alone) && isShuffled(value);
  return form.quoted || !isCode(value);
}

/** Whether a password was made by chance, so that it is one also where prose only names it: `the passphrase "…"`. */
export function isMadePassword(value: string): boolean {
  if (value.length < 12 || value.length > 200 || !/^[!-~]+$/.test(value)) return false;
  if (isPlaceholder(value) || isAddress(value)) return false;
  if (isShuffled(value.replaceAll("-", ""))) return true;
  const mixed = /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value);
  return mixed && entropy(value) >= 3 && wordLetters(value) / value.length < 0.35;
}

/** Whether a value is the base64 of `user:password`, as Docker and npm store a login. */
export function isEncodedLogin(value: string): boolean {
  if (!/^[A-Za-z0-9+/]{8,}={0,2}$/.test(value)) return false;
  const password = login.exec(Buffer.from(value, "base64").toString("latin1"))?.[1];
  return password !== undefined && !isPlaceholder(password);
}

const login = /^[\x21-\x39\x3b-\x7e]{1,100}:([\x21-\x7e]{4,400})$/;

/** Letters of both cases in no order that names have, whose words are longer: `dbUserPassword`. */
function isShuffled(value: string): boolean {
  if (!/^[A-Za-z]{10,64}$/.test(value)) return false;
  const words = value.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g)?.length ?? 0;
  return words >= 4 && words * 3 >= value.length;
}

/** Without quotes a name of the code may stand there: `password=reader.read(2)`, `password: string[]`. */
function isCode(value: string): boolean {
  return /[()[\]{}<>|;,]/.test(value) || !/\d/.test(value) || /^[A-Za-z_]+(?:[._][A-Za-z_]+)+\d?$/.test(value);
}

function isAddress(value: string): boolean {
  return host.test(value) || path.test(value) || value.includes("://");
}
