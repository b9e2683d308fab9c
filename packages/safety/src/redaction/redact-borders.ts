import type { Redaction } from "../policy/evaluation.ts";
import { applyRedactions } from "./apply-redactions.ts";
import { atBorders } from "./at-borders.ts";
import { mapReadTexts, readTexts } from "./read-texts.ts";
import { findRedactions, hitsBehind, isFree, type TextRedaction } from "./redact-text.ts";

/**
 * Redacts what stands over the borders of texts that a reader joins, in each of them. Members without anything of the kind are
 * returned as they came; what is within one text is not looked for.
 */
export function redactBorders(members: readonly unknown[], redaction: TextRedaction): readonly unknown[] {
  const runs = Map.groupBy(readTexts(members), ({ run }) => run);
  let isChanged = false;
  const redacted = new Map<number, string[]>();
  for (const [run, read] of runs) {
    const texts = read.map(({ text }) => text);
    const after = texts.length < 2 ? texts : redactRun(texts, redaction);
    isChanged ||= after.some((text, index) => text !== texts[index]);
    redacted.set(run, [...after]);
  }
  return isChanged ? mapReadTexts(members, (text, run) => redacted.get(run)?.shift() ?? text) : members;
}

function redactRun(texts: readonly string[], redaction: TextRedaction): readonly string[] {
  const { placeholders } = redaction;
  const found = findOverBorders(texts, redaction);
  if (found === undefined)
    return texts.map((text) => (text === "" ? text : placeholders.of("withheld.detector_failed", text)));
  const replace = ({ category }: Redaction, value: string): string => {
    const placeholder = placeholders.of(category, value);
    redaction.keep(placeholder, category, value);
    return placeholder;
  };
  return atBorders(texts, found).map((own, index) => applyRedactions(texts[index] ?? "", own, replace).text);
}

/** What is found over borders of texts, as one, but for the placeholders in it; nothing where it could not be looked at. */
function findOverBorders(texts: readonly string[], redaction: TextRedaction): readonly Redaction[] | undefined {
  const borders = toBorders(texts);
  const all: Redaction[] = [];
  for (const { at, text } of freeTexts(texts.join(""), redaction)) {
    const { redactions, hits, failures } = findRedactions(text, undefined, redaction);
    redaction.report?.({ hits: [], failures });
    if (failures.length > 0) return undefined;
    const over = redactions.filter(({ start, end }) =>
      borders.some((border) => at + start < border && border < at + end),
    );
    redaction.report?.({ hits: hitsBehind(over, hits), failures: [] });
    all.push(...over.map((range) => ({ ...range, start: at + range.start, end: at + range.end })));
  }
  return all;
}

function toBorders(texts: readonly string[]): readonly number[] {
  let end = 0;
  return texts.slice(0, -1).map(({ length }) => (end += length));
}

interface FreeText {
  readonly at: number;
  text: string;
}

function freeTexts(text: string, { placeholders }: TextRedaction): readonly FreeText[] {
  const free: FreeText[] = [];
  let at = 0;
  let open: FreeText | undefined;
  for (const piece of placeholders.split(text)) {
    if (!isFree(piece)) open = undefined;
    else if (open === undefined) free.push((open = { at, text: piece.text }));
    else open.text += piece.text;
    at += piece.text.length;
  }
  return free;
}
