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
    const character = text.charAt(offset);
    if (character === '"') offset = stringEnd(text, offset);
    else if ("[{".includes(character)) depth += 1;
    else if ("]}".includes(character)) depth -= 1;
    else if (character === ":") keys += 1;
    if (depth > limits.maxDepth) measure.tooDeepAt ??= offset;
    if (keys > limits.maxKeys) measure.tooManyKeysAt ??= offset;
  }
  return measure;
}

/** The offset of the quote that ends a string, or the end of the text. */
function stringEnd(text: string, start: number): number {
  let offset = start + 1;
  while (offset < text.length && text[offset] !== '"') offset += text[offset] === "\\" ? 2 : 1;
  return offset;
}
