import type { Detector } from "../detectors/detector.ts";
import type { Redaction } from "../policy/evaluation.ts";
import { findPlaceholders } from "../redaction/placeholder.ts";
import { joinRedactions } from "../policy/redactions.ts";
import { scanText } from "../text/scan-text.ts";

/** How much of the text is shown on each side of what was found. */
const room = 40;

/** What a finding is masked with must not be taken for a placeholder. */
const mask = (category: string): string => `‹${category}›`;

/** What is masked in an excerpt. */
export interface ExcerptOptions {
  /** What was found, the one to show first. */
  readonly spans: readonly Redaction[];
  /** Whatever they find is masked too, whether or not a rule asks for it. */
  readonly detectors: readonly Detector[];
}

/** The text around a finding, in which everything that was found is masked; `undefined` where that cannot be told. */
export function toExcerpt(text: string, { spans, detectors }: ExcerptOptions): string | undefined {
  const found = findAll(text, detectors);
  if (found === undefined) return undefined;
  const masked = joinRedactions([...spans, ...found].filter(({ start, end }) => start < end));
  const [shown] = spans;
  const center = masked.findIndex(({ start, end }) => shown !== undefined && start <= shown.start && shown.start < end);
  const before = maskAll(text, masked.slice(0, Math.max(center, 0)), { from: 0, to: masked[center]?.start ?? 0 });
  const after = maskAll(text, masked.slice(center + 1), { from: masked[center]?.end ?? 0, to: text.length });
  const middle = center < 0 ? "" : mask(masked[center]?.category ?? "");
  return `${cutStart(before)}${middle}${cutEnd(after)}`;
}

/** The text around the first placeholder of one of the categories; `undefined` where no text has one. */
export function excerptAtPlaceholder(
  texts: readonly string[],
  { categories, detectors }: { readonly categories: readonly string[] } & Pick<ExcerptOptions, "detectors">,
): string | undefined {
  for (const text of texts) {
    for (const { start, end, kind } of findPlaceholders(text)) {
      const category = categories.find((name) => name.split(".")[0]?.toUpperCase() === kind);
      if (category !== undefined) return toExcerpt(text, { spans: [{ start, end, category }], detectors });
    }
  }
  return undefined;
}

function findAll(text: string, detectors: readonly Detector[]): readonly Redaction[] | undefined {
  const scanned = scanText(text);
  try {
    return detectors.flatMap((detector) => detector.detect(scanned, { source: "tool" }));
  } catch {
    // What a failing detector would have found must not be shown.
    return undefined;
  }
}

function maskAll(
  text: string,
  spans: readonly Redaction[],
  { from, to }: { readonly from: number; readonly to: number },
): string {
  let end = from;
  const parts = spans.map(({ start, end: stop, category }) => {
    const part = text.slice(end, start) + mask(category);
    end = stop;
    return part;
  });
  return parts.join("") + text.slice(end, to);
}

// A cut through a pair of surrogates would leave half a character.
function cutStart(text: string): string {
  return text.length <= room ? text : `…${text.slice(-room).replace(/^[\uDC00-\uDFFF]/, "")}`;
}

function cutEnd(text: string): string {
  return text.length <= room ? text : `${text.slice(0, room).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
