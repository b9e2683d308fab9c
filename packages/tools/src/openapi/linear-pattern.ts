import { RE2JS } from "re2js";

/** A pattern as a validator uses it. */
export interface LinearPattern {
  test(text: string): boolean;
  /** ajv keeps one compiled pattern for each text that this gives. */
  toString(): string;
}

const longestPattern = 1_000;

/**
 * Compiles a regular expression of a document for an engine whose time is linear in the text, so that no pattern can stall the
 * process. Throws for what that engine has not (references back, looking ahead and behind) and for patterns of more than 1,000
 * characters.
 */
export function compileLinearPattern(pattern: string): LinearPattern {
  if (pattern.length > longestPattern) throw new RangeError(`it is longer than ${longestPattern} characters`);
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  return { test: (text) => compiled.test(text), toString: () => pattern };
}
