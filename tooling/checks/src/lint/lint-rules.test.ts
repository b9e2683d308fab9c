import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSync } from "oxc-parser";
import { afterAll, describe, expect, it } from "vitest";
import { isTestFile, sourceFiles } from "../repository/source-files.ts";
import { repositoryRoot } from "../repository/repository-root.ts";
import { loadWorkspace } from "../repository/workspace.ts";
import { lintExamples } from "./lint-examples.ts";
import { runOxlint } from "./run-oxlint.ts";

const directory = mkdtempSync(join(tmpdir(), "agentkit-lint-"));
const compilerOptions = { strict: true, target: "es2024", module: "nodenext", types: [], noEmit: true };
const prelude = "declare function work(value?: number): void;\n";

writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
for (const { file, source, extra = {} } of lintExamples) {
  writeFileSync(join(directory, file), source.includes("function work(") ? source : `${prelude}${source}`);
  for (const [name, text] of Object.entries(extra)) writeFileSync(join(directory, name), text);
}
writeFileSync(
  join(directory, "long.test.ts"),
  lintExamples.find(({ rule }) => rule === "eslint/max-lines")?.source ?? "",
);
const findings = runOxlint(directory);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

// A gate that cannot fail is no gate.
describe("the linter", () => {
  it.each(lintExamples)("reports $rule", ({ rule, file }) => {
    expect(findings).toContainEqual({ rule, file });
  });

  it("lets a suite be long", () => {
    expect(findings.filter(({ file }) => file === "long.test.ts")).toEqual([]);
  });

  it("has a failing example for every rule that the configuration sets", () => {
    const text = readFileSync(join(repositoryRoot, ".oxlintrc.json"), "utf8");
    const named = [...text.matchAll(/"((?:eslint|import|unicorn|typescript)\/[a-z-]+)": (?:"error"|\[\s*"error")/g)];
    const rules = new Set(named.map((match) => match[1] ?? ""));
    expect(rules.size).toBeGreaterThan(20);
    expect([...rules].toSorted()).toEqual(lintExamples.map(({ rule }) => rule).toSorted());
  });
});

describe.each(loadWorkspace())("$name", (member) => {
  it("gives a reason with every suppression", () => {
    const bare = sourceFiles(member).flatMap((path) => {
      const source = readFileSync(join(member.directory, path), "utf8");
      return parseSync(path, source)
        .comments.filter(({ value }) => isBareSuppression(value))
        .map(({ value }) => `${path}: ${value.trim()}`);
    });
    expect(bare).toEqual([]);
  });

  it("runs no test alone", () => {
    const focused = sourceFiles(member)
      .filter(isTestFile)
      .filter((path) => /\b(?:it|describe|test)\.only\(/.test(readFileSync(join(member.directory, path), "utf8")));
    expect(focused).toEqual([]);
  });
});

/** A directive starts its comment; the reason follows it after ` -- ` (the linter's) or a colon (the compiler's). */
function isBareSuppression(comment: string): boolean {
  const directive = comment.trim();
  if (/^@ts-(ignore|nocheck)/.test(directive)) return true;
  if (directive.startsWith("@ts-expect-error")) return !/^@ts-expect-error:? \S/.test(directive);
  return /^(?:oxlint|eslint)-disable/.test(directive) && !/ -- \S/.test(directive);
}
