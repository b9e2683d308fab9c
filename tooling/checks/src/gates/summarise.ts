import type { TestCounts } from "./count-tests.ts";

/** The last line of `npm test`, and what decides its exit code. */
export function summarise(results: readonly { readonly counts: TestCounts }[]): { line: string; failed: number } {
  const total = (key: keyof TestCounts) => results.reduce((sum, { counts }) => sum + counts[key], 0);
  const skipped = total("skipped") === 0 ? "" : `, ${total("skipped")} skipped`;
  return { line: `${total("passed")} passed, ${total("failed")} failed${skipped}`, failed: total("failed") };
}
