import { describe, expect, it } from "vitest";
import { hasOnlyNamedReExports, undocumentedExports } from "./exported-declarations.ts";

describe("hasOnlyNamedReExports", () => {
  it("accepts names and types from other files", () => {
    expect(hasOnlyNamedReExports("index.ts", `export { a } from "./a.ts"; export type { B } from "./b.ts";`)).toBe(
      true,
    );
  });

  it.each([`export * from "./a.ts";`, "export const a = 1;", `import "./a.ts"; export { a } from "./a.ts";`, ""])(
    "refuses %j",
    (source) => {
      expect(hasOnlyNamedReExports("index.ts", source)).toBe(false);
    },
  );
});

describe("undocumentedExports", () => {
  it.each([
    ["export const a = 1;", ["a"]],
    ["/* plain */ export function a() {}", ["a"]],
    ["/** Of b. */ const b = 1; export interface A {}", ["A"]],
    ["export type A = 1; /** B. */ export class B {}", ["A"]],
  ])("names what %j leaves without a comment", (source, names) => {
    expect(undocumentedExports("a.ts", source)).toEqual(names);
  });

  it("takes the comment of an overload's first signature for all of them", () => {
    const source = "/** Reads. */ export function a(b: 1): 1; export function a(b: number): number { return b; }";
    expect(undocumentedExports("a.ts", source)).toEqual([]);
  });
});
