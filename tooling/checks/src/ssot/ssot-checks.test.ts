import { createDefaultDetectors, defaultSafetyPolicy, defineSafetyPolicy, type SafetyPolicy } from "@agentkit/safety";
import { describe, expect, it } from "vitest";
import { markdownTables, type MarkdownTable } from "./markdown-tables.ts";
import { policyDifference } from "./policy-difference.ts";
import { findRiskProblems, isRiskTable, type KnownNames } from "./risk-table.ts";
import { findSurfaceProblems } from "./surface-table.ts";
import { testTitles } from "./test-titles.ts";

const detectors = createDefaultDetectors();
const policy = defineSafetyPolicy(defaultSafetyPolicy, { detectors });

function changed(change: Partial<typeof defaultSafetyPolicy>): SafetyPolicy {
  return defineSafetyPolicy({ ...defaultSafetyPolicy, ...change }, { detectors });
}

describe("policyDifference", () => {
  it("finds nothing between a policy and itself", () => {
    expect(policyDifference(policy, changed({}))).toBeUndefined();
  });

  it("names the place and both sides", () => {
    const [first, ...rest] = defaultSafetyPolicy.rules;
    if (first === undefined) throw new Error("The default policy has no rule.");
    expect(policyDifference(changed({ rules: [{ ...first, threshold: 0.9 }, ...rest] }), policy)).toBe(
      "rules[0].threshold: the document says 0.9, the code 0.5",
    );
    expect(policyDifference(changed({ version: "2" }), policy)).toBe('version: the document says "2", the code "1"');
    expect(policyDifference(policy, changed({ restore: [] }))).toMatch(/^restore\[0\]: .*the code nothing$/);
  });
});

describe("markdownTables", () => {
  it("reads cells with their lines, and nothing inside code", () => {
    const text = "```\n| a |\n|---|\n```\n\n| a | b |\n|---|:-:|\n| 1 | 2 \\| 3 |\n\nprose | with a bar\n";
    expect(markdownTables(text)).toEqual([{ header: ["a", "b"], rows: [{ line: 8, cells: ["1", "2 \\| 3"] }] }]);
  });
});

describe("testTitles", () => {
  it("reads the titles of tests and suites, and of none that is skipped", () => {
    const source = `
      describe("a suite", () => {
        it("a test", () => {});
        it.each([1])("a test of %s", () => {});
        test.runIf(x)(\`a test of \${y}\`, () => {});
        it.skip("never", () => {});
        it.todo("later");
        expect("no title");
      });
    `;
    expect(testTitles("a.test.ts", source)).toEqual(["a suite", "a test", "a test of %s", "a test of …"]);
  });
});

const known: KnownNames = {
  rules: ["secrets"],
  hasPath: (path) => path.startsWith("src/"),
  titlesOf: () => ["takes a secret out"],
  isEvent: (type) => type === "ModerationDecided",
};

function riskTable(...cells: readonly string[]): MarkdownTable {
  const [table] = markdownTables(
    `| id | how far | by | test | event |\n|---|---|---|---|---|\n| ${cells.join(" | ")} |\n`,
  );
  if (table === undefined) throw new Error("There is no table.");
  return table;
}

describe("findRiskProblems", () => {
  const row = [
    "C1",
    "**Answered.**",
    "`secrets`, `src/a.ts`",
    '`src/a.test.ts` "a secret"',
    "`ModerationDecided`",
  ] as const;

  it("accepts what exists, and a risk that nothing answers", () => {
    expect(isRiskTable(riskTable(...row))).toBe(true);
    expect(findRiskProblems(riskTable(...row), known)).toEqual([]);
    expect(findRiskProblems(riskTable("C1", "**Not answered.** So be it.", "–", "–", "–"), known)).toEqual([]);
  });

  it.each([
    { lack: "a rule", cell: 2, text: "`secretes`", problem: "the policy has no rule 'secretes'" },
    { lack: "a file", cell: 2, text: "`lib/a.ts`", problem: "there is no file lib/a.ts" },
    { lack: "a test file", cell: 3, text: '`lib/a.test.ts` "a secret"', problem: "there is no file lib/a.test.ts" },
    { lack: "a test", cell: 3, text: '`src/a.test.ts` "no secret"', problem: 'src/a.test.ts has no test "no secret"' },
    {
      lack: "a title",
      cell: 3,
      text: '`src/a.test.ts`, `src/b.test.ts` "a secret"',
      problem: "a test is a file and a",
    },
    { lack: "an event", cell: 4, text: "`ModerationDone`", problem: "there is no event type 'ModerationDone'" },
    { lack: "a mark", cell: 1, text: "yes", problem: "the answer begins with none of **Answered" },
    { lack: "any code", cell: 2, text: "–", problem: "it names neither rule nor code" },
    { lack: "any test", cell: 3, text: "–", problem: "it names no test" },
  ])("refuses a row that lacks $lack", ({ cell, text, problem }) => {
    const cells = row.map((given, index) => (index === cell ? text : given));
    expect(findRiskProblems(riskTable(...cells), known)).toEqual([expect.stringContaining(`line 3: ${problem}`)]);
  });

  it("refuses a row with a cell too few", () => {
    expect(findRiskProblems(riskTable("C1", "yes"), known)).toEqual(["line 3: 2 cells under 5 headings"]);
  });
});

describe("findSurfaceProblems", () => {
  it("finds a surface that is missing, one that is none, and rules that are not the policy's", () => {
    const [table] = markdownTables("| surface | rules |\n|---|---|\n| `append` | `secrets` |\n| `post` | – |\n");
    if (table === undefined) throw new Error("There is no table.");
    expect(findSurfaceProblems(table, policy, ["append", "assembled_prompt", "outgoing_http"])).toEqual([
      "there is no surface 'post'",
      "append: the table says `secrets`, the policy `secrets`, `personal-data`",
      "assembled_prompt: the table says nothing, the policy –",
      "outgoing_http: the table says nothing, the policy `secrets-leaving`",
    ]);
  });
});
