import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isEventType, surfaceSchema } from "@agentkit/core";
import { createDefaultDetectors, defaultSafetyPolicy, defineSafetyPolicy, parseSafetyPolicy } from "@agentkit/safety";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../repository/repository-root.ts";
import { markdownTables } from "./markdown-tables.ts";
import { policyDifference } from "./policy-difference.ts";
import { findRiskProblems, isRiskTable, type KnownNames } from "./risk-table.ts";
import { findSurfaceProblems, isSurfaceTable } from "./surface-table.ts";
import { testTitles } from "./test-titles.ts";

const text = readFileSync(join(repositoryRoot, "SSOT.md"), "utf8");
const detectors = createDefaultDetectors();
const policy = defineSafetyPolicy(defaultSafetyPolicy, { detectors });
const tables = markdownTables(text);
const riskTables = tables.filter(isRiskTable);

const known: KnownNames = {
  rules: policy.rules.map(({ rule }) => rule.id),
  hasPath: (path) => existsSync(join(repositoryRoot, path)),
  titlesOf: (path) => testTitles(path, readFileSync(join(repositoryRoot, path), "utf8")),
  isEvent: isEventType,
};

function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(2, "0")}`);
}

describe("SSOT.md", () => {
  it("holds the default policy word for word", () => {
    expect(policyDifference(parseSafetyPolicy(text, { detectors }), policy)).toBeUndefined();
  });

  const examples = [...text.matchAll(/^```yaml agentkit-policy-part\n([\s\S]*?)^```$/gm)].map(([, part = ""]) => part);

  it("has examples of how a policy is changed", () => {
    expect(examples).not.toEqual([]);
  });

  it.each(examples)("has an example that is a part of a policy (%#)", (part) => {
    const rules = /^rules:/m.test(part) ? "" : "rules: []\n";
    expect(() => parseSafetyPolicy(`id: example\nversion: "1"\n${rules}${part}`, { detectors })).not.toThrow();
  });

  it("says of each surface which rules look at it", () => {
    const found = tables
      .filter(isSurfaceTable)
      .map((table) => findSurfaceProblems(table, policy, surfaceSchema.options));
    expect(found).toEqual([[]]);
  });

  it("has a row for each point of the checklist and each risk of both lists", () => {
    const ids = riskTables.map(({ rows }) => rows.map(({ cells }) => cells[0]));
    expect(ids).toEqual([numbered("C", 6), numbered("LLM", 10), numbered("ASI", 10)]);
  });

  it("names rules, files, tests and events that exist", () => {
    expect(riskTables.flatMap((table) => findRiskProblems(table, known))).toEqual([]);
  });
});
