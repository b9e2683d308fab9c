import { RE2JS } from "re2js";

const longestPattern = 512;

/**
 * Compiles a pattern that a span has to match as a whole, for an engine whose time is linear in the span. Throws for what that
 * engine has not (references back, looking ahead and behind) and for patterns of more than 512 characters.
 */
export function compileSpanPattern(pattern: string): (span: string) => boolean {
  if (pattern.length > longestPattern) throw new RangeError(`it is longer than ${longestPattern} characters`);
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern), RE2JS.DOTALL);
  return (span) => compiled.matches(span);
}
