interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * For each of several texts, what of it was found over a border of two, where all were looked at as one: a reader joins them, and
 * none of them tells by itself. Offsets of what comes out are those of the text.
 */
export function atBorders<Found extends Range>(
  texts: readonly string[],
  found: readonly Found[],
): readonly (readonly Found[])[] {
  let from = 0;
  return texts.map((text) => {
    const start = from;
    const end = start + text.length;
    from = end;
    return found
      .filter((range) => (range.start < start && range.end > start) || (range.start < end && range.end > end))
      .map((range) => ({
        ...range,
        start: Math.max(range.start, start) - start,
        end: Math.min(range.end, end) - start,
      }))
      .filter((range) => range.start < range.end);
  });
}
