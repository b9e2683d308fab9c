/** How the calls of a run come: each in an answer of its own, or all in the first one. */
export type CallPattern = "apart" | "together";

/** Calls in one run. */
export const callsPerRun = 20;

/** The pattern that a subject's program was started with. */
export function patternOf(args: readonly string[]): CallPattern {
  return args[2] === "together" ? "together" : "apart";
}

/** The numbers of the calls in the so-many-th answer of a run; none in its last. */
export function callsInAnswer(pattern: CallPattern, answer: number): readonly number[] {
  if (pattern === "together") return answer === 0 ? Array.from({ length: callsPerRun }, (_, index) => index) : [];
  return answer < callsPerRun ? [answer] : [];
}
