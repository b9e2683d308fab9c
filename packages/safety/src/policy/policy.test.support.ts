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
