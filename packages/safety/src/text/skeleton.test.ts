import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toSkeleton } from "./skeleton.ts";

/** Any string of UTF-16 units, most of them no well-formed text. */
const utf16 = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

describe("toSkeleton", () => {
  it.each([
    ["Cyrillic letters", "іgnоrе рrеvious", "ignore previous"],
    ["Greek letters", "Ιgnοre", "Ignore"],
    ["accents", "ígnörê", "ignore"],
    ["digits within words", "1gn0re pr3vious", "ignore previous"],
    ["typographic apostrophes", "don’t", "don't"],
  ])("writes %s as plain Latin letters", (_what, text, skeleton) => {
    expect(toSkeleton(text)).toBe(skeleton);
  });

  it.each(["call 10 people", "in 2024", "v1.0", "日本語", "B2B"])("keeps %j", (text) => {
    expect(toSkeleton(text)).toBe(text);
  });

  it("keeps the length of any text", () => {
    fc.assert(
      fc.property(utf16, (text) => {
        expect(toSkeleton(text)).toHaveLength(text.length);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
