/** What is chosen by chance, the same in every run. */
export interface TextSource {
  /** An integer from 0 to just below a limit. */
  below(limit: number): number;
  pick(choices: readonly string[]): string;
  text(alphabet: string, length: number): string;
}

/** Makes the source of a seed: a linear congruential generator, whose lowest bits are not used. */
export function createTextSource(seed: number): TextSource {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor(((state >>> 8) / 0x1_00_00_00) * limit);
  };
  return {
    below,
    pick: (choices) => choices[below(choices.length)] ?? "",
    text: (alphabet, length) => Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join(""),
  };
}
