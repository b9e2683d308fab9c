import { describe, expect, it } from "vitest";
import type { Detector } from "../detectors/detector.ts";
import type { Finding } from "../detectors/finding.ts";
import { answeringDetector, nonsense } from "../policy/policy.test.support.ts";
import { alphabets, createTextSource, readSecretExamples } from "../secrets/secret-samples.test.support.ts";
import { createSecretsDetector } from "../secrets/secrets-detector.ts";
import { scanText } from "../text/scan-text.ts";
import type { TextStreamOptions } from "./text-stream.ts";
import { createTextStream } from "./text-stream.ts";

const source = createTextSource(11);
const secrets = createSecretsDetector();
const before = "Here is what you asked for, as far as I could find it in the old notes of the team. ";
const after = " I hope that this helps you to go on with the project. Tell me when you need more.";

const redacting: TextStreamOptions = {
  detectors: [secrets],
  context: { source: "model" },
  action: { kind: "redact", placeholder: ({ rule }) => `[[${rule}]]` },
};

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

interface Streamed {
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly averageHeld: number;
  readonly mostHeld: number;
}

/** Streams a text in chunks of 1 to 7 units. */
function stream(text: string, options: TextStreamOptions = redacting): Streamed {
  const guard = createTextStream(options);
  let out = "";
  const findings: Finding[] = [];
  const held: number[] = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + source.below(7);
    const released = guard.push(text.slice(at, at + length));
    out += released.text;
    findings.push(...released.findings);
    held.push(guard.held);
    at += length;
  }
  const rest = guard.end();
  findings.push(...rest.findings);
  const sum = held.reduce((total, units) => total + units, 0);
  return { text: out + rest.text, findings, averageHeld: sum / held.length, mostHeld: Math.max(...held) };
}

/** What comes out when the whole text is there at once. */
function replaceAll(text: string): string {
  const guard = createTextStream(redacting);
  return guard.push(text).text + guard.end().text;
}

function partsOf(secret: string): readonly string[] {
  if (secret.length <= 20) return [secret];
  return Array.from({ length: secret.length - 19 }, (_, at) => secret.slice(at, at + 20));
}

describe("a text stream with a detector that gives no findings", () => {
  it.each(nonsense)("refuses %s, and lets nothing go", (_what, answer) => {
    const guard = createTextStream({ ...redacting, detectors: [answeringDetector("own", answer)] });
    expect(() => [guard.push("a rose"), guard.end()]).toThrow(
      expect.objectContaining({ code: "definition_invalid", message: matching(/^The detector 'own' gave/) }),
    );
  });
});

describe("createTextStream with the detector of secrets", () => {
  const examples = readSecretExamples().filter(({ isSecret }) => isSecret);

  it("lets no secret of the development set out, whole or in part, however it is cut", () => {
    for (const { rule, text } of examples) {
      const whole = before + text + after;
      const found = secrets.detect(scanText(whole), { source: "model" });
      const parts = found.flatMap(({ start, end }) => partsOf(whole.slice(start, end)));
      const { text: out } = stream(whole);
      expect(found.length, rule).toBeGreaterThan(0);
      expect(parts.filter((part) => out.includes(part)).length, `${rule}: parts that went out`).toBe(0);
    }
  });

  it("gives the same text and findings as when the whole is there at once", () => {
    for (const { rule, text } of examples) {
      const whole = before + text + after;
      const streamed = stream(whole);
      expect(streamed.text === replaceAll(whole), rule).toBe(true);
      expect(streamed.findings.map(({ start, end }) => [start, end])).toEqual(
        secrets.detect(scanText(whole), { source: "model" }).map(({ start, end }) => [start, end]),
      );
    }
  });

  it("finds known values with white space in them across chunks", () => {
    const value = `correct ${source.text(alphabets.alphanumeric, 6)}  horse battery`;
    const detectors = [createSecretsDetector({ known: [value] })];
    expect(stream(`${before}${value}${after}`, { ...redacting, detectors }).text).toBe(
      `${before}[[known-value]]${after}`,
    );
  });

  it("holds back at most 40 units on average of ordinary prose, also when it is about keys and tokens", () => {
    const prose = `${before}The key to the project is that every token expires, so store your API key in a safe place. Use curl to read the page.${after}`;
    expect(stream(prose.repeat(10)).text).toBe(prose.repeat(10));
    expect(stream(prose.repeat(10)).averageHeld).toBeLessThanOrEqual(40);
  });

  it("does not hold back text that is written without spaces", () => {
    const text = "これは空白のない文章です。鍵という言葉もあります。".repeat(40);
    expect(stream(text)).toMatchObject({ text, mostHeld: 0 });
  });

  it("holds a private key until its end, and goes on after a mention of its first line", () => {
    const lines = Array.from({ length: 20 }, () => source.text(alphabets.base64, 64));
    const key = ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----"].join("\n");
    expect(stream(`${before}${key}${after}`).text).toBe(`${before}[[private-key]]${after}`);
    const mention = `A key begins with -----BEGIN PRIVATE KEY----- and then come its bytes. ${after.repeat(5)}`;
    expect(stream(mention)).toMatchObject({ text: mention });
    expect(stream(mention).averageHeld).toBeLessThanOrEqual(40);
  });
});

describe("createTextStream", () => {
  it("ends before a finding when it blocks, and says nothing more", () => {
    const guard = createTextStream({ ...redacting, action: { kind: "block" } });
    expect(guard.push("Take it: password: hun").text).toBe("Take it: ");
    const released = guard.push("ter2 now and");
    expect(released).toMatchObject({
      text: "password: ",
      blocked: true,
      findings: [{ rule: "assigned-secret", start: 19, end: 26 }],
    });
    expect(guard.push("more ")).toEqual({ text: "", findings: [], blocked: true });
    expect(guard.end()).toEqual({ text: "", findings: [], blocked: true });
    expect(guard.held).toBe(0);
  });

  it("holds groups of digits together for other detectors", () => {
    const phone: Detector = {
      id: "custom:phone",
      version: "1",
      categories: ["pii.phone"],
      detect: ({ normalized }) =>
        [...normalized.matchAll(/\+\d{2}(?: \d{2,4}){3}/g)].map(({ index, 0: number }) => ({
          category: "pii.phone",
          rule: "phone",
          start: index,
          end: index + number.length,
          score: 1,
        })),
    };
    expect(stream("Call +49 30 1234 5678 today.", { ...redacting, detectors: [phone] }).text).toBe(
      "Call [[phone]] today.",
    );
  });

  it("keeps what it holds bounded, and loses nothing", () => {
    const text = "a1".repeat(3_000);
    const streamed = stream(text, { ...redacting, maxHeld: 1_000 });
    expect(streamed.text).toBe(text);
    expect(streamed.mostHeld).toBeLessThanOrEqual(1_000);
  });

  it("goes through without detectors, and through empty chunks", () => {
    const guard = createTextStream({ ...redacting, detectors: [] });
    expect(guard.push("").text + guard.push("one tw").text + guard.push("o").text + guard.end().text).toBe("one two");
  });
});
