import { describe, expect, it } from "vitest";
import { countTests } from "./count-tests.ts";
import { summarise } from "./summarise.ts";

describe("countTests", () => {
  it("counts every test by how it ended", () => {
    const report = files(["passed", "passed", "failed"], ["skipped", "todo", "passed"]);
    expect(countTests(report, false)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it("counts a file that could not be loaded as one failure", () => {
    const report = { testResults: [...files(["passed"]).testResults, { status: "failed", assertionResults: [] }] };
    expect(countTests(report, false)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it("counts an error outside every test as one failure", () => {
    expect(countTests(files(["passed"]), false)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it("counts a run that found no test at all as one failure", () => {
    expect(countTests({ testResults: [] }, true)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe("summarise", () => {
  it("adds the gates up and names the skipped only when there are some", () => {
    const counts = { passed: 2, failed: 1, skipped: 0 };
    expect(summarise([{ counts }, { counts }])).toEqual({ line: "4 passed, 2 failed", failed: 2 });
    expect(summarise([{ counts: { passed: 1, failed: 0, skipped: 3 } }]).line).toBe("1 passed, 0 failed, 3 skipped");
  });
});

function files(...statuses: readonly (readonly string[])[]) {
  return {
    testResults: statuses.map((tests) => ({
      status: tests.includes("failed") ? "failed" : "passed",
      assertionResults: tests.map((status) => ({ status })),
    })),
  };
}
