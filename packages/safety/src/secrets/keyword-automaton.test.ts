import { describe, expect, it } from "vitest";
import { createKeywordAutomaton } from "./keyword-automaton.ts";

describe("createKeywordAutomaton", () => {
  it("finds every keyword at every place, in any case, inside others and overlapping", () => {
    const keywords = ["he", "she", "hers", "ab-", "her"];
    const found: string[] = [];
    createKeywordAutomaton(keywords).visit("uSHErs ab-é\u0130he", (keyword, { start, end }) => {
      found.push(`${keywords[keyword]}@${start}-${end}`);
    });
    expect(found).toEqual(["she@1-4", "he@2-4", "her@2-5", "hers@2-6", "ab-@7-10", "he@12-14"]);
  });

  it("finds keywords of other letters in both cases, and takes no letter's capital for that of another", () => {
    const keywords = ["пароль", "密码", "kılıç", "sin"];
    const found: string[] = [];
    createKeywordAutomaton(keywords).visit("ПАРОЛЬ пароль 密码 kılıç SIN", (keyword) =>
      found.push(keywords[keyword] ?? ""),
    );
    expect(found).toEqual(["пароль", "пароль", "密码", "kılıç", "sin"]);
  });
});
