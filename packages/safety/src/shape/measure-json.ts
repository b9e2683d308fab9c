/** Where a JSON text passes limits: the offset of what is first beyond each. */
export interface JsonMeasure {
  readonly tooDeepAt: number | undefined;
  readonly tooManyKeysAt: number | undefined;
}

/**
 * Counts nesting and properties without parsing, so that a text that would exhaust the stack is measured like any other. It is
 * one loop and no pattern: strings with many escapes drive patterns into time that grows with the square of their length.
 */
export function measureJson(
  text: string,
  limits: { readonly maxDepth: number; readonly maxKeys: number },
): JsonMeasure {
  const measure: { tooDeepAt: number | undefined; tooManyKeysAt: number | undefined } = {
    tooDeepAt: undefined,
    tooManyKeysAt: undefined,
  };
  if (!/^[[{]/.test(text.trimStart())) return measure;
  let depth = 0;
  let keys = 0;
  for (let offset = 0; offset < text.length; offset += 1) {
    const unit = text.charCodeAt(offset);
    if (unit === units.quote) offset = stringEnd(text, offset);
    else if (unit === units.colon) {
      keys += 1;
      if (keys > limits.maxKeys) measure.tooManyKeysAt ??= offset;
    } else {
      depth += nesting(unit);
      if (depth > limits.maxDepth) measure.tooDeepAt ??= offset;
    }
  }
  return measure;
}

/** What a bracket does to the depth; 0 for anything else. */
function nesting(unit: number): number {
  if (unit === units.openBracket || unit === units.openBrace) return 1;
  return unit === units.closeBracket || unit === units.closeBrace ? -1 : 0;
}

/** The offset of the quote that ends a string, or the end of the text. */
function stringEnd(text: string, start: number): number {
  let offset = start + 1;
  for (
    let unit = text.charCodeAt(offset);
    offset < text.length && unit !== units.quote;
    unit = text.charCodeAt(offset)
  ) {
    offset += unit === units.backslash ? 2 : 1;
  }
  return offset;
}

/** The signs of JSON as UTF-16 units, by which a loop over a large text takes half as long. */
const units = {
  quote: 0x22,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;
