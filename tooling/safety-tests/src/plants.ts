import { alphabets, type Random } from "./random.ts";

/** Something that must not be kept, as somebody might write it. */
export interface Plant {
  readonly kind: string;
  /** As it is written, with the words that tell what it is. */
  readonly text: string;
  /** What must be found nowhere. */
  readonly value: string;
}

/** Values that the detector of secrets is told of; nothing else tells them. */
export function makeKnownValues(random: Random, count: number): readonly string[] {
  return Array.from({ length: count }, () => `${random.text(alphabets.lower, 9)} ${random.text(alphabets.digits, 7)}`);
}

type Maker = (random: Random) => Omit<Plant, "kind">;

/** What is told by its form alone is planted as it is. */
function bare(make: (random: Random) => string): Maker {
  return (random) => {
    const value = make(random);
    return { text: value, value };
  };
}

function within(before: string, make: (random: Random) => string, after: string = ""): Maker {
  return (random) => {
    const value = make(random);
    return { text: `${before}${value}${after}`, value };
  };
}

const token =
  (prefix: string, length: number, alphabet: string = alphabets.alphanumeric) =>
  (random: Random): string =>
    prefix + random.text(alphabet, length);

/** Letters of both cases and digits, as who makes a password is told to. */
function password(random: Random): string {
  return `${random.text(alphabets.lower, 4)}7${random.text(alphabets.alphanumeric, 9)}Q3`;
}

/** In parts, so that no scanner takes this file for a leak. */
function marker(word: string): string {
  return `-----${[word, "RSA", "PRIVATE", "KEY"].join(" ")}-----`;
}

/** Of a key each line is secret; one is looked for. */
function privateKey(random: Random): Omit<Plant, "kind"> {
  const lines = Array.from({ length: 6 }, () => random.text(alphabets.base64, 64));
  return { text: [marker("BEGIN"), ...lines, marker("END")].join("\n"), value: random.pick(lines) };
}

function encodePart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function jsonWebToken(random: Random): string {
  const claims = { sub: random.text(alphabets.lower, 12), iat: 1_700_000_000 + random.below(1_000_000) };
  return [encodePart({ alg: "HS256", typ: "JWT" }), encodePart(claims), random.text(alphabets.base64url, 43)].join(".");
}

const secrets: Readonly<Record<string, Maker>> = {
  "github token": bare(token("ghp_", 36)),
  "github fine-grained token": bare(token("github_pat_", 82)),
  "aws access key": bare((random) => `${token("AKIA", 13, alphabets.capital)(random)}275`),
  "openai key": bare(token("sk-proj-", 64)),
  "slack token": bare(
    (random) => `xoxb-${random.text("123456789", 12)}-${random.text("123456789", 12)}-${token("", 24)(random)}`,
  ),
  "stripe key": bare(token("sk_live_", 32)),
  "gitlab token": bare(token("glpat-", 24)),
  "private key": privateKey,
  "json web token": bare(jsonWebToken),
  "bearer header": within("Authorization: Bearer ", token("", 40)),
  "connection string": within("postgres://app:", password, "@db.internal:5432/shop"),
  "assigned password": within("password: ", password),
  "assigned key": within(
    '{"api_key": "',
    (random) => `${random.text(alphabets.lower, 3)}4${token("", 28)(random)}`,
    '"}',
  ),
};

/** A number with the check digit of Luhn. */
function luhn(digits: string): string {
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, index) => {
      const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

function card(random: Random): string {
  return luhn(`4${random.text(alphabets.digits, 14)}`);
}

/** @see ISO 13616: the check digits are 98 less the rearranged number modulo 97 */
function iban(random: Random): string {
  const account = random.text(alphabets.digits, 18);
  const check = 98n - (BigInt(`${account}131400`) % 97n);
  return `DE${String(check).padStart(2, "0")}${account}`;
}

function groupsOfFour(text: string): string {
  return text.replaceAll(/(.{4})(?=.)/g, "$1 ");
}

/** Numbers of German mobile phones have 10 digits or 11. */
function phone(random: Random): string {
  return `+49 171 ${random.text("123456789", 4)} ${random.text(alphabets.digits, 4)}`;
}

function socialSecurityNumber(random: Random): string {
  return `${200 + random.below(400)}-${11 + random.below(80)}-${1_000 + random.below(9_000)}`;
}

/** @see Ministerio del Interior: the letter is the number modulo 23 */
function spanishId(random: Random): string {
  const digits = random.text(alphabets.digits, 8);
  return digits + "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Number(digits) % 23);
}

const personalData: Readonly<Record<string, Maker>> = {
  email: bare((random) => `${random.text(alphabets.lower, 9)}.${random.text(alphabets.lower, 7)}@mail.example`),
  card: bare(card),
  "card in groups": within("Karte ", (random) => groupsOfFour(card(random))),
  iban: bare(iban),
  "iban in groups": bare((random) => groupsOfFour(iban(random))),
  phone: bare(phone),
  "social security number": within("SSN ", socialSecurityNumber),
  "spanish id": within("DNI ", spanishId),
};

const makers = { ...secrets, ...personalData };

/** The kinds of what is planted, but for values that are known. */
export const kinds: readonly string[] = Object.keys(makers);

/** The kinds of personal data. */
export const personalKinds: readonly string[] = Object.keys(personalData);

/** Makes a plant of a kind. */
export function makePlant(kind: string, random: Random): Plant {
  const make = makers[kind];
  if (make === undefined) throw new Error(`There is no plant of the kind '${kind}'.`);
  return { kind, ...make(random) };
}

/** A number that tells a person, as JSON may carry it. */
export function makeCardNumber(random: Random): number {
  return Number(card(random));
}

/** A value that is known, in one of the forms in which it can stand in a text. */
export function makeKnownPlant(value: string, random: Random): Plant {
  const forms: Readonly<Record<string, (text: string) => string>> = {
    "as it is": (text) => text,
    "in base64": (text) => Buffer.from(text).toString("base64"),
    "in base64 after something": (text) => Buffer.from(`user-${text}-end`).toString("base64"),
    "in base64url": (text) => Buffer.from(text).toString("base64url"),
    "url-encoded": encodeURIComponent,
    "in hexadecimal digits": (text) => Buffer.from(text).toString("hex"),
  };
  const form = random.pick(Object.keys(forms));
  return { kind: `known value ${form}`, text: forms[form]?.(value) ?? value, value };
}
