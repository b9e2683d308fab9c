import { assert, constantFrom, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { createCallSecrets } from "./call-secrets.ts";
import type { CallSecrets } from "./call-secrets.ts";

function secretsOf(...values: readonly string[]): CallSecrets {
  const secrets = createCallSecrets(undefined);
  for (const value of values) secrets.remember(value);
  return secrets;
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

const secret = "sk-abcd/efgh+ij==&<x>\\é漢😀'\"q";

const writings: readonly (readonly [string, (text: string) => string])[] = [
  ["as it is", String],
  ["in capitals", (text) => text.toUpperCase()],
  ["in JSON", (text) => JSON.stringify(text).slice(1, -1)],
  ["in JSON in JSON", (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1)],
  ["in the JSON of PHP", (text) => JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/")],
  [
    "in JSON for HTML",
    (text) =>
      JSON.stringify(text)
        .slice(1, -1)
        .replaceAll(/[=&<>']/g, toUnicodeEscape),
  ],
  ["in a URL", encodeURIComponent],
  ["in a URL in a URL", (text) => encodeURIComponent(encodeURIComponent(text))],
  ["in HTML", (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&#62;")],
  ["in hexadecimal", (text) => Buffer.from(text, "utf8").toString("hex")],
  ["in base64", base64],
];

function toUnicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

describe("createCallSecrets", () => {
  it.each(writings)("hides a secret %s", (_title, write) => {
    expect(secretsOf(secret).hide(`<${write(secret)}>`)).toBe("<[secret]>");
  });

  it.each([0, 1, 2, 3, 4])("hides a secret in base64 after %i other bytes", (before) => {
    const encoded = base64(`${"u".repeat(before)}${secret} and more`);
    const inLines = base64(`${"u".repeat(before)}${secret.repeat(3)}`).replaceAll(/.{76}/g, "$&\n");
    const url = encoded.replaceAll("+", "-").replaceAll("/", "_");
    for (const text of [encoded, url]) {
      const [start = "", end = ""] = secretsOf(secret).hide(text).split("[secret]");
      // What is left of the secret is less than one byte on either side; the end may be padded.
      expect(Buffer.from(start, "base64").toString("utf8").replaceAll(/^u*/g, "").length).toBeLessThanOrEqual(1);
      expect(end.length).toBeLessThanOrEqual(base64(" and more").length + 3);
    }
    expect(secretsOf(secret.repeat(3)).hide(inLines)).toMatch(/^u*\w{0,6}\[secret\]$/);
  });

  it("hides the whole of a long secret", () => {
    const long = Array.from({ length: 400 }, (_, index) => `${index * 7_919}\n/"`).join("");
    for (const [, write] of writings) expect(secretsOf(long).hide(write(long))).toBe("[secret]");
  });

  it("hides what overlaps as one, whichever secret was handed out first", () => {
    for (const values of [
      ["abcd", "abcdefgh"],
      ["abcdefgh", "abcd"],
      ["cdefghij", "abcdef"],
    ]) {
      expect(secretsOf(...values).hide("<abcdefghij>")).toBe(
        values.includes("cdefghij") ? "<[secret]>" : "<[secret]ij>",
      );
    }
    expect(secretsOf("secret", "tttt-secret").hide("tttt-secret, secret")).toBe("[secret], [secret]");
  });

  it("leaves short values and all other text as they are", () => {
    expect(secretsOf("abc", "").hide("abc")).toBe("abc");
    expect(secretsOf(secret).hide("sk-abcd/efgh")).toBe("sk-abcd/efgh");
  });

  it("hides in texts, names and numbers of JSON", () => {
    const hidden = secretsOf("pass/word", "123456").hideIn({ "pass/word": ["a pass/word", 9_123_456, 12, null, true] });
    expect(hidden).toEqual({ "[secret]": ["a [secret]", "9[secret]", 12, null, true] });
  });

  it("leaves no secret of any characters in any of these writings", () => {
    const written = constantFrom(...writings);
    const characters = string({ unit: "binary", minLength: 4, maxLength: 30 });
    assert(
      property(characters, written, (value, [, write]) => {
        const wellFormed = value.toWellFormed();
        expect(secretsOf(wellFormed).hide(`<${write(wellFormed)}>`)).toBe("<[secret]>");
      }),
      { numRuns: 300 },
    );
  });

  it("takes time linear in the text, whatever that is", () => {
    const secrets = secretsOf("\\\\\\\\a\\\\\\\\/%%%%&&&&", secret);
    const started = performance.now();
    for (const text of ["\\", "%25", "&#0", "s", "%%&&\\"]) secrets.hide(text.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
