import { AgentKitError } from "@agentkit/core";
import { RE2JS, RE2JSException } from "re2js";

/** How long a pattern may be, in UTF-16 units. */
const longestPattern = 512;

/** A pattern of a user, which takes time linear in the length of any text. */
export interface LinearPattern {
  readonly source: string;
  /** The ranges of the text that it matches, from left to right, without empty ones. */
  findAll(text: string): readonly (readonly [start: number, end: number])[];
  /** Whether it matches all of the text: an exception for a part of a value would be one for values that only contain it. */
  matchesWhole(text: string): boolean;
}

/** Options of {@link compilePattern}. */
export interface PatternOptions {
  /** Whether upper and lower case are the same. Default `false`. */
  readonly ignoreCase?: boolean;
}

/**
 * Compiles a pattern in the syntax of RE2: like JavaScript's, without back-references and look-around, which no engine can
 * run in linear time.
 *
 * @throws AgentKitError `definition_invalid` when the pattern is empty, longer than 512 characters, or none of RE2's; the message
 * says what is wrong with it.
 * @see R. Cox, Regular Expression Matching Can Be Simple And Fast (2007)
 *
 * @example
 * ```ts
 * import { compilePattern } from "@agentkit/safety";
 *
 * console.log(compilePattern("PRJ-[0-9]{4}").findAll("see PRJ-1234")); // [ [ 4, 12 ] ]
 * ```
 */
export function compilePattern(source: string, options: PatternOptions = {}): LinearPattern {
  const pattern = compile(source, options.ignoreCase === true ? RE2JS.CASE_INSENSITIVE : 0);
  return {
    source,
    findAll: (text) => {
      const ranges: (readonly [number, number])[] = [];
      const matcher = pattern.matcher(text);
      while (matcher.find()) {
        if (matcher.start() < matcher.end()) ranges.push([matcher.start(), matcher.end()]);
      }
      return ranges;
    },
    matchesWhole: (text) => pattern.testExact(text),
  };
}

function compile(source: string, flags: number): RE2JS {
  if (source === "" || source.length > longestPattern) {
    throw invalid(
      `A pattern has 1 to ${longestPattern} characters, this one ${source.length}. Split it into several rules.`,
    );
  }
  try {
    return RE2JS.compile(source, flags);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw invalid(
      `The pattern ${JSON.stringify(source)} cannot run in linear time or is none: ${error.message}. ` +
        "Write it without look-around and back-references, with repeats of at most 1000.",
      error,
    );
  }
}

function invalid(message: string, cause?: unknown): AgentKitError {
  return new AgentKitError("definition_invalid", message, {
    param: "pattern",
    ...(cause === undefined ? {} : { cause }),
  });
}
