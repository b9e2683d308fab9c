import { profaneWords } from "@2toad/profanity";
import { describe, expect, it } from "vitest";
import { scanText } from "../text/scan-text.ts";
import { createProfanityDetector } from "./create-profanity-detector.ts";

const detector = createProfanityDetector({ words: ["frak"] });

function found(text: string): readonly string[] {
  return detector
    .detect(scanText(text), { source: "user" })
    .map(({ rule, start, end }) => `${rule} ${text.slice(start, end)}`);
}

describe("createProfanityDetector", () => {
  it.each([
    ["what the frak is this", "own frak"],
    ["FRAK!", "own FRAK"],
    ["fraaaak", "own fraaaak"],
    ["fr4k", "own fr4k"],
    ["f.r.a.k", "own f.r.a.k"],
    ["f\u200brak", "own f\u200brak"],
    ["frаk", "own frаk"],
    ["So eine Scheiße!", "de Scheiße"],
    ["¡Mierda!", "es Mierda"],
    ["quelle connasse", "fr connasse"],
    ["kurwa mać", "pl kurwa"],
    ["вот блядь", "ru блядь"],
  ])("finds what is in %j", (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  it.each([
    "The cockpit of Scunthorpe's assassin class",
    "Dick Cheney ate a breast of duck; the cock crowed",
    "La regina balla, la nave parte",
    "Der Ficus steht im Büro",
    "Sherlock frakked",
    "a classic analysis of Essex grass",
  ])("leaves %j alone", (text) => {
    expect(found(text)).toEqual([]);
  });

  it("knows words of the library's list, and no allowed word", () => {
    const strongest = (profaneWords.get("en") ?? []).filter((word) => word.endsWith("fucker"));
    expect(strongest.length).toBeGreaterThan(3);
    expect(strongest.every((word) => found(word).length === 1)).toBe(true);
    const lenient = createProfanityDetector({ allowWords: strongest });
    expect(strongest.flatMap((word) => lenient.detect(scanText(word), { source: "user" }))).toEqual([]);
  });

  it.each(["", "a".repeat(100_000), "f.".repeat(50_000), "\ud800 @$".repeat(10_000)])(
    "reads any string (%#)",
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );
});
