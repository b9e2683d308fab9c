import type { Detector } from "../detectors/detector.ts";

/** Finds words: `category` at each place where `word` stands, with the score given. */
export function wordDetector(
  id: string,
  words: Readonly<Record<string, readonly [category: string, score: number]>>,
): Detector {
  return {
    id,
    version: "1",
    categories: [...new Set(Object.values(words).map(([category]) => category))],
    detect: ({ original }) =>
      Object.entries(words).flatMap(([word, [category, score]]) =>
        placesOf(word, original).map((start) => ({ category, rule: word, start, end: start + word.length, score })),
      ),
  };
}

function placesOf(word: string, text: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) places.push(at);
  return places;
}

/** Throws for every text. */
export function failingDetector(id: string): Detector {
  return {
    id,
    version: "1",
    categories: ["any"],
    detect: () => {
      throw new TypeError("a secret text");
    },
  };
}

/** Gives the same answer for every text, whatever it is. */
export function answeringDetector(id: string, answer: () => unknown): Detector {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a detector of plain JavaScript does
  const detect = answer as Detector["detect"];
  return { id, version: "1", categories: ["word"], detect };
}

/** Answers of detectors that are no findings in a text of six units. */
export const nonsense: readonly (readonly [what: string, answer: () => unknown])[] = (() => {
  const finding = { category: "word.flower", rule: "r", start: 0, end: 6, score: 1 };
  return [
    ["null", () => null],
    ["nothing", () => undefined],
    ["an object", () => ({ length: 0 })],
    ["a promise", async () => [finding]],
    ["a promise that is rejected", async () => Promise.reject(new Error("a secret text"))],
    ["a list of promises", () => [Promise.reject(new Error("a secret text"))]],
    ["a list of nothing", () => [null]],
    ["a start before the text", () => [{ ...finding, start: -5 }]],
    ["an end beyond the text", () => [{ ...finding, end: 7 }]],
    ["an end before the start", () => [{ ...finding, start: 3, end: 2 }]],
    ["an empty range", () => [{ ...finding, start: 3, end: 3 }]],
    ["half an offset", () => [{ ...finding, start: 0.5 }]],
    ["a score that is no number", () => [finding, { ...finding, score: Number.NaN }]],
    ["a score above 1", () => [{ ...finding, score: 2 }]],
    ["no score", () => [{ ...finding, score: undefined }]],
    ["a category that was not declared", () => [{ ...finding, category: "wordy" }]],
    ["no category", () => [{ ...finding, category: 1 }]],
  ] as const;
})();
