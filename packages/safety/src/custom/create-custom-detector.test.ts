import { AgentKitError } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { scanText } from "../text/scan-text.ts";
import { createCustomDetector } from "./create-custom-detector.ts";
import { compilePattern } from "./linear-pattern.ts";

describe("createCustomDetector", () => {
  it("finds what its patterns match, at its place in the original text", () => {
    const detector = createCustomDetector({
      id: "projects",
      version: "1",
      patterns: [
        { rule: "code", category: "company.project_code", pattern: "prj-[0-9]{4}", ignoreCase: true, score: 0.8 },
      ],
    });
    const text = "see ＰＲＪ-1\u200b234 and prj-9";
    expect(detector.id).toBe("custom:projects");
    expect(detector.categories).toEqual(["company.project_code"]);
    expect(detector.detect(scanText(text), { source: "user" })).toEqual([
      { category: "company.project_code", rule: "code", start: 4, end: 13, score: 0.8 },
    ]);
  });

  it("runs its function", () => {
    const detector = createCustomDetector({
      id: "shouting",
      version: "1",
      find: {
        categories: ["style.shouting"],
        detect: ({ original }) => [
          { category: "style.shouting", rule: "upper", start: 0, end: original.length, score: 1 },
        ],
      },
    });
    expect(detector.detect(scanText("HELLO"), { source: "user" })).toHaveLength(1);
  });

  it.each([
    ["without a rule", {}],
    ["with a score beyond 1", { patterns: [{ rule: "a", category: "b", pattern: "c", score: 2 }] }],
    ["with a pattern that looks ahead", { patterns: [{ rule: "a", category: "b", pattern: "(?=c)" }] }],
  ])("refuses a detector %s", (_what, options) => {
    expect(() => createCustomDetector({ id: "x", version: "1", ...options })).toThrow(
      expect.objectContaining({ code: "definition_invalid" }),
    );
  });
});

describe("compilePattern", () => {
  it.each(["", "a".repeat(513), "(a)\\1", "(?<=a)b", "(?=a)", "a{1001}", "((a{100}){100}){100}", "(", "[a"])(
    "refuses the pattern %j with the reason",
    (source) => {
      expect(() => compilePattern(source)).toThrow(AgentKitError);
      expect(() => compilePattern(source)).toThrow(
        expect.objectContaining({ code: "definition_invalid", param: "pattern" }),
      );
    },
  );

  it("matches all of a text or not", () => {
    const pattern = compilePattern("test-[0-9]+");
    expect(pattern.matchesWhole("test-12")).toBe(true);
    expect(pattern.matchesWhole("a test-12")).toBe(false);
    expect(pattern.matchesWhole("test-12 real")).toBe(false);
  });

  it("reads a text that a backtracking engine never leaves", () => {
    expect(compilePattern("^(a+)+$").findAll(`${"a".repeat(5_000)}b`)).toEqual([]);
  });

  it("leaves out matches of nothing", () => {
    expect(compilePattern("x*").findAll("axb")).toEqual([[1, 2]]);
  });
});
