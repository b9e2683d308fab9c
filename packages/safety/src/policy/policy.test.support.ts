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
        [...original.matchAll(new RegExp(RegExp.escape(word), "g"))].map(({ index }) => ({
          category,
          rule: word,
          start: index,
          end: index + word.length,
          score,
        })),
      ),
  };
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
