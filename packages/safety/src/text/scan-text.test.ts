import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scanText } from "./scan-text.ts";

/** Any string of UTF-16 units, most of them no well-formed text. */
const utf16 = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

describe("scanText", () => {
  it.each([
    ["keeps ASCII", "Hello, world", "Hello, world"],
    ["keeps composed letters", "Zürich", "Zürich"],
    ["composes a letter and its mark", "Zu\u0308rich", "Zürich"],
    ["writes full-width letters as plain ones", "ｉｇｎｏｒｅ　ａｌｌ", "ignore all"],
    ["writes mathematical letters as plain ones", "𝐢𝐠𝐧𝐨𝐫𝐞", "ignore"],
    ["removes zero-width characters", "ig\u200bno\u200dre\ufeff", "ignore"],
    ["removes bidirectional controls", "\u202eabc\u202c \u2066x\u2069", "abc x"],
    ["removes tag characters", "a\u{e0069}\u{e0067}b", "ab"],
    ["composes across what is removed", "u\u200b\u0308", "ü"],
    ["composes Hangul", "\u1112\u1161\u11ab", "한"],
    ["composes half-width kana", "ｶﾞ", "ガ"],
    ["keeps a ligature that would grow eighteenfold", "\ufdfa", "\ufdfa"],
    ["keeps lone surrogates", "a\ud800b\udc00", "a\ud800b\udc00"],
  ])("%s", (_title, original, normalized) => {
    expect(scanText(original).normalized).toBe(normalized);
  });

  it("leads from a range of the normalised text to the one it came from", () => {
    const text = scanText("ｘ ig\u200bnore\u200b this");
    const start = text.normalized.indexOf("ignore");
    expect(text.original.slice(...text.toOriginal(start, start + 6))).toBe("ig\u200bnore\u200b");
    expect(text.original.slice(...text.toOriginal(0, 1))).toBe("ｘ");
    expect(text.toOriginal(0, text.normalized.length)).toEqual([0, text.original.length]);
  });

  it("gives the NFKC form of any text without what is not seen", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (original) => {
        const expected = original
          .replace(/\p{DI}/gu, "")
          .normalize("NFKC")
          .replace(/\p{DI}/gu, "");
        expect(scanText(original).normalized.normalize("NFKC")).toBe(expected.normalize("NFKC"));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("covers all of the text with neighbouring ranges, whatever the text", () => {
    fc.assert(
      fc.property(utf16, fc.nat(), (original, seed) => {
        const text = scanText(original);
        const { normalized } = text;
        const middle = seed % (normalized.length + 1);
        const [start, left] = text.toOriginal(0, middle);
        const [right, end] = text.toOriginal(middle, normalized.length);
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(original.length);
        expect(left).toBeLessThanOrEqual(original.length);
        expect(right).toBeLessThanOrEqual(original.length);
        expect(left).toBeGreaterThanOrEqual(start);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("reads a flood of marks, of zero-width characters and of surrogates", () => {
    for (const unit of ["\u0316\u0300", "\u200b", "a\u0301", "\ud800", "\ufdfa", "ﷺ⑴"]) {
      const text = scanText(unit.repeat(50_000));
      expect(text.normalized.length).toBeLessThanOrEqual(text.original.length * 4);
    }
  });
});
