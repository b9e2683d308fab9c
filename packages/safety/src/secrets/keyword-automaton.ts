import type { Span } from "./secret-rule.ts";

/** Finds many keywords in one pass. */
export interface KeywordAutomaton {
  /** Calls back for each place of each keyword, in the order of their ends. The number is the keyword's place in the list. */
  visit(text: string, found: (keyword: number, at: Span) => void): void;
}

const asciiSize = 128;

/**
 * Makes the automaton of Aho and Corasick for keywords in lower case, blind to the case of letters: its time is that of
 * one table look-up a character, however many keywords there are.
 *
 * @see Aho, Corasick: Efficient String Matching: An Aid to Bibliographic Search (1975)
 */
export function createKeywordAutomaton(keywords: readonly string[]): KeywordAutomaton {
  const { classes, otherClasses, size } = characterClasses(keywords);
  const states = keywords.reduce((sum, keyword) => sum + keyword.length, 1);
  const next = new Uint16Array(states * size);
  const outputs: number[][] = [[]];
  for (const [index, keyword] of keywords.entries()) {
    let state = 0;
    for (let at = 0; at < keyword.length; at += 1) {
      const code = keyword.charCodeAt(at);
      const edge = state * size + (code < asciiSize ? (classes[code] ?? 0) : (otherClasses.get(code) ?? 0));
      if (next[edge] === 0) next[edge] = outputs.push([]) - 1;
      state = next[edge] ?? 0;
    }
    outputs[state]?.push(index);
  }
  completeTransitions(next, outputs, size);
  const ends = Uint8Array.from(outputs, (output) => (output.length > 0 ? 1 : 0));

  return {
    visit: (text, found) => {
      let state = 0;
      for (let at = 0; at < text.length; at += 1) {
        const code = text.charCodeAt(at);
        const type = code < asciiSize ? classes[code] : otherClasses.get(code);
        state = next[state * size + (type ?? 0)] ?? 0;
        if (ends[state] === 0) continue;
        for (const keyword of outputs[state] ?? []) {
          const end = at + 1;
          found(keyword, { start: end - (keywords[keyword]?.length ?? 0), end });
        }
      }
    },
  };
}

/** One class for each character that occurs in a keyword, in both cases of a letter; class 0 for all others. */
function characterClasses(keywords: readonly string[]) {
  const classes = new Uint8Array(asciiSize);
  const otherClasses = new Map<number, number>();
  let size = 1;
  for (const character of new Set(keywords.join(""))) {
    // The capital of a letter may be that of another one: of the Turkish ı it is I.
    const capital = character.toUpperCase();
    for (const form of capital.toLowerCase() === character ? [character, capital] : [character]) {
      const code = form.charCodeAt(0);
      if (code < asciiSize) classes[code] = size;
      else otherClasses.set(code, size);
    }
    size += 1;
  }
  return { classes, otherClasses, size };
}

/** Breadth first: a missing edge of a state becomes the edge of the longest suffix that is a state too. */
function completeTransitions(next: Uint16Array, outputs: number[][], size: number): void {
  const fallbacks = new Uint16Array(outputs.length);
  const queue: number[] = [0];
  for (const state of queue) {
    const fallback = fallbacks[state] ?? 0;
    for (let edge = 0; edge < size; edge += 1) {
      const target = next[state * size + edge] ?? 0;
      const inherited = state === 0 ? 0 : (next[fallback * size + edge] ?? 0);
      if (target === 0) {
        next[state * size + edge] = inherited;
      } else {
        fallbacks[target] = inherited;
        outputs[target]?.push(...(outputs[inherited] ?? []));
        queue.push(target);
      }
    }
  }
}
