import type { Redaction, RuleHit } from "./evaluation.ts";

/** The ranges of hits, in order, with those that overlap joined. The surest finding names the category. */
export function toRedactions(hits: readonly Pick<RuleHit, "span" | "category" | "score">[]): readonly Redaction[] {
  if (hits.length === 0) return [];
  const spans = hits.flatMap(({ span, category, score }) =>
    span === undefined || span.start >= span.end ? [] : [{ ...span, category, score }],
  );
  return joinSpans(spans).map(({ start, end, category }) => ({ start, end, category }));
}

/** Joins ranges that were found in two ways. Of two that overlap the first one names the category. */
export function joinRedactions(redactions: readonly Redaction[]): readonly Redaction[] {
  const spans = redactions.map((redaction) => ({ ...redaction, score: 0 }));
  return joinSpans(spans).map(({ start, end, category }) => ({ start, end, category }));
}

interface Span extends Redaction {
  readonly score: number;
}

function joinSpans(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of spans.toSorted((left, right) => left.start - right.start)) {
    const last = joined.at(-1);
    if (last === undefined || span.start >= last.end) {
      joined.push(span);
      continue;
    }
    const surer = span.score > last.score ? span : last;
    joined[joined.length - 1] = { ...surer, start: last.start, end: Math.max(last.end, span.end) };
  }
  return joined;
}
