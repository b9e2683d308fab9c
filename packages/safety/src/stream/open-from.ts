import type { Detector } from "../detectors/detector.ts";
import { scanText } from "../text/scan-text.ts";
import type { StreamedDetector } from "./streamed-detector.ts";

/** Groups of digits are looked back on so far: a phone number, an IBAN, the number of a card. */
const longestNumber = 64;
/** Scripts that are written without spaces: a word of a secret does not go on over them. */
const wordEnd =
  /[\s\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}、。，．！？；：「」]/u;

/**
 * The first unit of an unfinished text that may be a part of a match which more text completes: the last word with the groups
 * of digits before it, or what a detector knows to be open.
 */
export function openFrom(text: string, detectors: readonly Detector[]): number {
  const from = numberStart(text, lastWordStart(text));
  const streamed = detectors.filter(isStreamed);
  if (streamed.length === 0) return from;
  const scanned = scanText(text);
  const open = Math.min(...streamed.map((detector) => detector.openFrom(scanned.normalized)));
  return open >= scanned.normalized.length ? from : Math.min(from, scanned.toOriginal(open, open)[0]);
}

/** Whether a word ends in a text: only then more of what is held can go than before. */
export function hasWordEnd(text: string): boolean {
  return wordEnd.test(text);
}

function isStreamed(detector: Detector): detector is StreamedDetector {
  return "openFrom" in detector;
}

function lastWordStart(text: string): number {
  let start = text.length;
  while (start > 0 && !wordEnd.test(text.charAt(start - 1))) start -= 1;
  return start;
}

/** Goes back over words with a digit in them, and over brackets and signs between them. */
function numberStart(text: string, from: number): number {
  const tail = text.slice(Math.max(0, from - longestNumber), from);
  const groups = /(?:(?<!\S)(?:[^\s\d]{0,6}\d\S{0,30}|[()+./-]{1,3})[ \t]{1,2})+$/.exec(tail);
  return groups === null ? from : from - groups[0].length;
}
