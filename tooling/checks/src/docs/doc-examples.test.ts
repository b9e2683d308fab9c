import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runProgram } from "../processes/run-program.ts";
import { publishedPackages } from "../repository/published-packages.ts";
import { repositoryRoot } from "../repository/repository-root.ts";
import { isTestFile, sourceFiles } from "../repository/source-files.ts";
import type { WorkspacePackage } from "../repository/workspace.ts";
import { docExamples } from "./doc-examples.ts";

const entrySchema = z.union([z.string(), z.object({ types: z.string() }).transform(({ types }) => types)]);

describe("docExamples", () => {
  it("finds the blocks of a comment with their lines, and none outside of comments", () => {
    const source = [
      "const fence = `",
      "```ts",
      "no();",
      "```",
      "`;",
      "/**",
      " * Works.",
      " *",
      " * ```ts",
      " * if (work()) {",
      " *   rest();",
      " * }",
      " * ```",
      " */",
    ].join("\n");
    expect(docExamples(source)).toEqual([{ line: 9, source: "if (work()) {\n  rest();\n}\n" }]);
  });
});

describe("the compiler", () => {
  it("meets an example that uses what the package does not export", async () => {
    const [member] = publishedPackages();
    if (member === undefined) throw new Error("There is no package.");
    const source = `import { nothingOfTheKind } from "${member.name}";\n`;
    const { exitCode, output } = await compile(member, [{ name: "wrong-line-1.mts", source }]);
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/wrong-line-1\.mts.*nothingOfTheKind/);
  });
});

const documented = publishedPackages()
  .map((member) => ({ name: member.name, member, examples: examplesOf(member) }))
  .filter(({ examples }) => examples.length > 0);

describe.each(documented)("$name", ({ member, examples }) => {
  it("has examples in its documentation that compile", async () => {
    const { exitCode, output } = await compile(member, examples);
    expect(exitCode, output).toBe(0);
  });
});

interface ExampleFile {
  readonly name: string;
  readonly source: string;
}

function examplesOf(member: WorkspacePackage): readonly ExampleFile[] {
  return sourceFiles(member)
    .filter((path) => !isTestFile(path))
    .flatMap((path) =>
      docExamples(readFileSync(join(member.directory, path), "utf8")).map(({ line, source }) => ({
        name: `${path.slice("src/".length).replaceAll(/[/.]/g, "-")}-line-${line}.mts`,
        source,
      })),
    );
}

/** Compiles examples as a user of the package would: against what it exports, next to what it depends on. */
async function compile(member: WorkspacePackage, examples: readonly ExampleFile[]) {
  const nearby = join(member.directory, "node_modules");
  mkdirSync(nearby, { recursive: true });
  const directory = mkdtempSync(join(nearby, ".doc-examples-"));
  try {
    // An example without an import is a module all the same, so that names in different files do not meet.
    for (const { name, source } of examples) writeFileSync(join(directory, name), `${source}\nexport {};\n`);
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(configuration(member, examples)));
    return await runProgram({
      command: [join(repositoryRoot, "node_modules/.bin/tsc"), "-p", directory],
      directory,
      environment: process.env,
      timeLimitSeconds: 60,
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function configuration(member: WorkspacePackage, examples: readonly ExampleFile[]) {
  // A file below node_modules cannot name the package it lies in by itself.
  const paths = Object.entries(member.manifest.exports).map(([path, entry]): [string, string[]] => [
    path.replace(/^\./, member.name),
    [join(member.directory, entrySchema.parse(entry))],
  ]);
  return {
    extends: join(repositoryRoot, "tsconfig.base.json"),
    compilerOptions: {
      noEmit: true,
      composite: false,
      incremental: false,
      declaration: false,
      declarationMap: false,
      rootDir: repositoryRoot,
      typeRoots: [join(repositoryRoot, "node_modules/@types")],
      noUnusedLocals: false,
      paths: Object.fromEntries(paths),
    },
    files: examples.map(({ name }) => name),
  };
}
