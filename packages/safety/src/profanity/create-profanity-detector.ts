import type { Detector } from "../detectors/detector.ts";
import type { Finding } from "../detectors/finding.ts";
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

const word = /[\p{L}\p{M}\p{N}@$'’]{2,}/gu;
/** The same for a text of ASCII, which is read several times as fast. */
const asciiWord = /[A-Za-z0-9@$']{2,}/g;
/** Longer words are in no list. */
const longestWord = 40;
/** Single letters with one sign between: `f.u.c.k`. */
const spelled = /\b[A-Za-z](?:[.\-_*+][A-Za-z]){2,15}\b/g;

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
    detect: (text) => {
      const isAscii = /^[\0-\x7f]*$/.test(text.normalized);
      return [...find(text, isAscii ? asciiWord : word, words), ...find(text, spelled, words)];
    },
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

function find(text: ScannedText, pattern: RegExp, lexicon: Lexicon): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { 0: found, index } of text.normalized.matchAll(pattern)) {
    const language = found.length > longestWord ? undefined : languageOf(found, lexicon);
    if (language === undefined) continue;
    const [start, end] = text.toOriginal(index, index + found.length);
    findings.push({ category: "profanity", rule: language, start, end, score: 0.8 });
  }
  return findings;
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
  return stretched.test(text) ? text.replaceAll(/(.)\1{2,}/g, "$1") : text;
}

const stretched = /(.)\1\1/;
