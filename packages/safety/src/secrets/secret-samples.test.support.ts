import { readFileSync } from "node:fs";

const letters = "abcdefghijklmnopqrstuvwxyz";

/** The characters that parts of secrets are made of. */
export const alphabets = {
  alphanumeric: letters + letters.toUpperCase() + "0123456789",
  base64: letters + letters.toUpperCase() + "0123456789+/",
  capital: letters.toUpperCase() + "234567",
  digits: "0123456789",
  hex: "0123456789abcdef",
};

/** Makes text by chance from a seed: secrets of tests are made when they run, and stand nowhere. */
export function createTextSource(seed: number) {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  return {
    below,
    text: (alphabet: string, length: number): string =>
      Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join(""),
  };
}

/** One line of the development set, decoded. */
export interface SecretExample {
  readonly rule: string;
  readonly isSecret: boolean;
  readonly text: string;
}

/** Reads texts without secrets: those with personal data, injections, and what only looks like one. */
export function readPlainTexts(): readonly string[] {
  return ["pii-dev", "injection-dev", "injection-benign-dev"].flatMap((name) =>
    readFileSync(new URL(`../../testdata/${name}.jsonl`, import.meta.url), "utf8")
      .trim()
      .split("\n")
      .flatMap((line) => textOf(JSON.parse(line))),
  );
}

/** The first line of a set has no text: it says what the others are labelled with. */
function textOf(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null && "text" in value ? [String(value.text)] : [];
}

/** Reads the development set. */
export function readSecretExamples(): readonly SecretExample[] {
  return readFileSync(new URL("../../testdata/secrets-dev.base64.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => toExample(JSON.parse(Buffer.from(line.replaceAll('"', ""), "base64").toString("utf8"))));
}

function toExample(value: unknown): SecretExample {
  if (typeof value !== "object" || value === null || !("rule" in value) || !("label" in value) || !("text" in value)) {
    throw new Error("A line of secrets-dev.base64.jsonl has no rule, label or text.");
  }
  return { rule: String(value.rule), isSecret: value.label === 1, text: String(value.text) };
}
