import { describe, expect, it } from "vitest";
import { evaluateArithmetic } from "./arithmetic.ts";

describe("evaluateArithmetic", () => {
  it.each([
    ["6 * 7", 42],
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["2 ^ 3 ^ 2", 512],
    ["-2 + +5", 3],
    ["10 % 4", 2],
    ["0.1 + 0.2", 0.3],
    ["sqrt(16) + max(1, 2, 3)", 7],
    ["round(pi * 100) / 100", 3.14],
  ])("%s is %d", (expression, value) => {
    expect(evaluateArithmetic(expression)).toBe(value);
  });

  it.each([
    ["process.exit(1)", "is not arithmetic"],
    ["constructor.constructor('return 1')()", "is not arithmetic"],
    ["globalThis", "'globalThis' is not known"],
    ["toString(1)", "'toString' is not known"],
    ["1 && 2", "'&&' is not known"],
    ["'a' + 1", "is not arithmetic"],
    ["[1][0]", "is not arithmetic"],
    ["1; 2", "is not arithmetic"],
    ["(1", "cannot be read"],
    ["", "is not arithmetic"],
    ["1 / 0", "no finite value"],
    ["sqrt(-1)", "no finite value"],
    ["sqrt()", "no finite value"],
  ])("refuses %j", (expression, message) => {
    expect(() => evaluateArithmetic(expression)).toThrow(message);
  });
});
