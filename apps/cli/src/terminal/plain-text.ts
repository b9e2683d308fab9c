import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Makes text that came from elsewhere safe to print: a log must not be able to move the cursor or colour the screen. Line
 * breaks stay.
 */
export function toPlainText(text: string): string {
  return stripVTControlCharacters(text.replaceAll("\t", "  ")).replaceAll(/(?!\n)\p{Cc}/gu, "");
}

/** Plain text on one line. */
export function toOneLine(text: string): string {
  return toPlainText(text)
    .replaceAll(/\s*\n\s*/g, " ⏎ ")
    .trim();
}

/** Cuts text so that it takes at most so many columns, with an ellipsis where something is missing. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += stringWidth(segment);
    if (used > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}
