import { matchesName } from "@agentkit/core";

/**
 * Makes a test for names of patterns in which `*` stands for any characters, none included. A list that is not given matches
 * every name, also one that is not known.
 */
export function matchesNames(patterns: readonly string[] | undefined): (name: string | undefined) => boolean {
  if (patterns === undefined) return () => true;
  const tests = patterns.map(matchesName);
  return (name) => name !== undefined && tests.some((test) => test(name));
}
