/** Numbers by chance from a seed: what tests plant is made when they run, and stands nowhere. */
export interface Random {
  /** A whole number from 0, less than a limit. */
  below(limit: number): number;
  pick<Value>(values: readonly Value[]): Value;
  text(alphabet: string, length: number): string;
}

const letters = "abcdefghijklmnopqrstuvwxyz";

/** The characters that secrets are made of. */
export const alphabets = {
  lower: letters,
  alphanumeric: `${letters}${letters.toUpperCase()}0123456789`,
  base64: `${letters}${letters.toUpperCase()}0123456789+/`,
  base64url: `${letters}${letters.toUpperCase()}0123456789_-`,
  capital: `${letters.toUpperCase()}234567`,
  digits: "0123456789",
};

/** Makes a source of chance (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    pick(values) {
      const picked = values[below(values.length)];
      if (picked === undefined) throw new Error("There is nothing to pick from.");
      return picked;
    },
    text: (alphabet, length) => Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join(""),
  };
}
