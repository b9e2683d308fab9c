import { describe, expect, it } from "vitest";
import { scanText } from "../text/scan-text.ts";
import { createShapeDetector } from "./create-shape-detector.ts";

const small = createShapeDetector({ maxBytes: 40, maxDepth: 2, maxKeys: 3 });

function found(text: string): readonly string[] {
  return small.detect(scanText(text), { source: "tool" }).map(({ category, start }) => `${category} ${start}`);
}

describe("createShapeDetector", () => {
  it.each([
    ["a short text", "hello", []],
    ["a long text", "x".repeat(41), ["shape.too_large 0"]],
    ["a text that is long in bytes", "日".repeat(14), ["shape.too_large 0"]],
    ["deep JSON", "[[[1]]]", ["shape.too_deep 2"]],
    ["deep JSON that does not end", "[[[[[[", ["shape.too_deep 2"]],
    ["many keys", '{"a":1,"b":2,"c":{"d":3}}', ["shape.too_many_keys 21"]],
    ["brackets and colons in strings", '["[[[::::", "\\"[["]', []],
    ["brackets in prose", "see [[[1]]]", []],
  ])("measures %s", (_what, text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it("reads what would exhaust the stack of a parser", () => {
    const detector = createShapeDetector();
    const findings = detector.detect(scanText("[".repeat(200_000)), { source: "tool" });
    expect(findings.map(({ rule, start }) => [rule, start])).toEqual([["too_deep", 32]]);
    expect(detector.detect(scanText(`["${'\\"'.repeat(100_000)}`), { source: "tool" })).toEqual([]);
  });

  it.each([{ maxBytes: 0 }, { maxDepth: 1.5 }, { maxKeys: Number.NaN }])("refuses the limits %j", (limits) => {
    expect(() => createShapeDetector(limits)).toThrow(expect.objectContaining({ code: "definition_invalid" }));
  });
});
