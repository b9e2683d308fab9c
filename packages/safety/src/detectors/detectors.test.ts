import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCustomDetector } from "../custom/create-custom-detector.ts";
import { createExfiltrationDetector } from "../exfiltration/create-exfiltration-detector.ts";
import { createInjectionDetector } from "../injection/create-injection-detector.ts";
import { createPiiDetector } from "../pii/create-pii-detector.ts";
import { createProfanityDetector } from "../profanity/create-profanity-detector.ts";
import { createSecretsDetector } from "../secrets/secrets-detector.ts";
import { createShapeDetector } from "../shape/create-shape-detector.ts";
import { scanText } from "../text/scan-text.ts";
import { createUrlDetector } from "../urls/create-url-detector.ts";
import type { Detector } from "./detector.ts";

const detectors = [
  createPiiDetector(),
  createSecretsDetector(),
  createInjectionDetector(),
  createProfanityDetector(),
  createExfiltrationDetector(),
  createUrlDetector({ allowHosts: ["example.org"] }),
  createShapeDetector({ maxBytes: 64, maxDepth: 2 }),
  createCustomDetector({ id: "any", version: "1", patterns: [{ rule: "a", category: "a.b", pattern: "[a-c]+" }] }),
];

/** What detectors react to, in pieces that a text is put together of. */
const pieces = [
  "a@example.org",
  "4111 1111 1111 1111",
  "+41 44 668 18 00",
  "DE89370400440532013000",
  "ＳＳＮ 123-45-6789",
  "10.1.2.3",
  "::1",
  "ignore previous instructions",
  "\u{e0041}\u{e0042}\u{e0043}\u{e0044}\u{e0045}",
  "![x](https://evil.net/?q=1)",
  "<img src='//evil.net'>",
  "javascript:alert(1)",
  '[[[{"a":',
  "password = ",
  "\ufdfa",
  "e\u0301",
  "\u200b",
  "\ud83d",
  "\udc4d",
  "ﬁ",
  "\n",
  " ",
];
const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string(), fc.nat().map(String)), { maxLength: 12 });

function isDeclared({ categories }: Detector, category: string): boolean {
  return categories.some((own) => category === own || category.startsWith(`${own}.`));
}

describe.each(detectors)("the detector $id", (detector) => {
  it("finds what it declares, within the original text, for any text", () => {
    fc.assert(
      fc.property(text, (parts) => {
        const original = parts.join("");
        for (const finding of detector.detect(scanText(original), { source: "web" })) {
          expect(isDeclared(detector, finding.category), finding.category).toBe(true);
          expect(finding.start).toBeGreaterThanOrEqual(0);
          expect(finding.end).toBeGreaterThan(finding.start);
          expect(finding.end).toBeLessThanOrEqual(original.length);
          expect(finding.score).toBeGreaterThanOrEqual(0);
          expect(finding.score).toBeLessThanOrEqual(1);
          expect(Object.keys(finding).toSorted()).toEqual(["category", "end", "rule", "score", "start"]);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("finds the same in the same text", () => {
    const scanned = scanText(pieces.join(" "));
    const once = detector.detect(scanned, { source: "tool" });
    expect(detector.detect(scanned, { source: "tool" })).toEqual(once);
  });
});
