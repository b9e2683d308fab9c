import type { Detector } from "../detectors/detector.ts";
import type { ScannedText } from "../detectors/scanned-text.ts";
import { toSkeleton } from "../text/skeleton.ts";
import { type ProfanityLanguage, profanityLanguages, wordsOf } from "./profane-words.ts";

/** Options of {@link createProfanityDetector}. */
export interface ProfanityDetectorOptions {
  /** Default all. */
  readonly languages?: readonly ProfanityLanguage[];
  /** Words that are found besides, in lower case. */
  readonly words?: readonly string[];
  /** Words that are not found, in lower case: a place, a name, a product. */
  readonly allowWords?: readonly string[];
}

/** Longer words are in no list, and runs of them are cut nowhere. */
const word = /[\p{L}\p{M}\p{N}@$'’]{2,}/gu;
const longestWord = 40;
/** Single letters with one sign between: `f.u.c.k`. */
const spelled = /(?<![\p{L}\p{N}])\p{L}(?:[.\-_*+]\p{L}){2,15}(?![\p{L}\p{N}])/gu;

/**
 * Finds profane words in several languages, also with look-alike letters, digits in the place of letters, stretched
 * (`fuuuck`) or spelled out (`f.u.c.k`). Whole words only. A list cannot see intent: flag what it finds, block nothing on it.
 *
 * @example
 * ```ts
 * import { createProfanityDetector, scanText } from "@agentkit/safety";
 *
 * const profanity = createProfanityDetector({ languages: ["en"], words: ["frak"] });
 * console.log(profanity.detect(scanText("Fr4k!"), { source: "user" }).length); // 1
 * ```
 */
export function createProfanityDetector(options: ProfanityDetectorOptions = {}): Detector {
  const words = toLexicon(options);
  return {
    id: "profanity",
    version: "1",
    categories: ["profanity"],
    detect: (text) => [...find(text, word, words), ...find(text, spelled, words)],
  };
}

/** The language of each word. */
type Lexicon = ReadonlyMap<string, string>;

function toLexicon({ languages = profanityLanguages, words = [], allowWords = [] }: ProfanityDetectorOptions): Lexicon {
  const lexicon = new Map(words.map((own) => [own, "own"]));
  for (const language of languages) {
    for (const profane of wordsOf(language)) {
      lexicon.set(profane, language);
    }
  }
  for (const allowed of allowWords) lexicon.delete(allowed);
  return lexicon;
}

function find(text: ScannedText, pattern: RegExp, lexicon: Lexicon) {
  return Array.from(text.normalized.matchAll(pattern), ({ 0: found, index }) => {
    const language = found.length > longestWord ? undefined : languageOf(found, lexicon);
    if (language === undefined) return [];
    const [start, end] = text.toOriginal(index, index + found.length);
    return [{ category: "profanity", rule: language, start, end, score: 0.8 }];
  }).flat();
}

/** As it is written, and then as it looks: a Cyrillic word is one of its own before it is a disguised Latin one. */
function languageOf(found: string, lexicon: Lexicon): string | undefined {
  const lower = found.toLowerCase();
  const known = lexicon.get(lower);
  if (known !== undefined || /^[a-z]+$/.test(lower)) return known ?? lexicon.get(unstretch(lower));
  const plain = toSkeleton(found)
    .toLowerCase()
    .replace(/[^a-z]/g, "");
  return lexicon.get(plain) ?? lexicon.get(unstretch(plain)) ?? lexicon.get(unstretch(lower));
}

/** Three or more of a letter are one that was held down. */
function unstretch(text: string): string {
  return text.replace(/(.)\1{2,}/g, "$1");
}
