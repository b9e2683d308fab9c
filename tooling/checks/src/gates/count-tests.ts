/** How many checks passed, failed and were skipped. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts the tests in vitest's JSON report.
 *
 * A file that could not be loaded has no test that could fail and counts as one failure; so does a run that ended with an
 * error outside every test, which the report does not show at all.
 */
export function countTests(report: unknown, exitedCleanly: boolean): TestCounts {
  const files = list(report, "testResults");
  const statuses = files.flatMap((file) => list(file, "assertionResults").map((test) => field(test, "status")));
  const brokenFiles = files.filter(
    (file) =>
      field(file, "status") === "failed" &&
      !list(file, "assertionResults").some((test) => field(test, "status") === "failed"),
  );
  const passed = statuses.filter((status) => status === "passed").length;
  const failed = statuses.filter((status) => status === "failed").length + brokenFiles.length;
  const unexplained = failed === 0 && (!exitedCleanly || files.length === 0) ? 1 : 0;
  return { passed, failed: failed + unexplained, skipped: statuses.length - passed - (failed - brokenFiles.length) };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}
