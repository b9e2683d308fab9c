import { existsSync, globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readmeProgram } from "../readme/readme-program.ts";
import { publishedPackages } from "../repository/published-packages.ts";
import { repositoryRoot } from "../repository/repository-root.ts";
import { isTestFile, sourceFiles } from "../repository/source-files.ts";
import { loadWorkspace } from "../repository/workspace.ts";
import { hasOnlyNamedReExports, undocumentedExports } from "./exported-declarations.ts";

const tsconfigSchema = z.object({
  extends: z.string(),
  references: z.array(z.object({ path: z.string() })).default([]),
});
const changesetSchema = z.object({ fixed: z.array(z.array(z.string())), ignore: z.array(z.string()).default([]) });
const entrySchema = z.union([z.string(), z.strictObject({ types: z.string(), default: z.string() })]);

const workspace = loadWorkspace();
const published = publishedPackages();

describe("the workspace", () => {
  it("publishes every package and app", () => {
    const places = workspace.filter(({ group }) => group === "packages" || group === "apps");
    expect(published.map(({ name }) => name)).toEqual(places.map(({ name }) => name));
  });

  it("publishes nothing of tooling and examples", () => {
    const open = workspace.filter(
      ({ group, manifest }) => (group === "tooling" || group === "examples") && !manifest.private,
    );
    expect(open.map(({ name }) => name)).toEqual([]);
  });

  it("builds every package that has a tsconfig from the root", () => {
    const built = workspace.filter(({ directory }) => existsSync(join(directory, "tsconfig.json")));
    expect(references(repositoryRoot).toSorted()).toEqual(
      built.map(({ group, folder }) => `${group}/${folder}`).toSorted(),
    );
  });

  it("locks versions without saying where they come from, so that any mirror serves", () => {
    expect(readFileSync(join(repositoryRoot, "pnpm-lock.yaml"), "utf8")).not.toMatch(/tarball:|https?:/);
  });

  it("releases all published packages together", () => {
    const { fixed, ignore } = changesetSchema.parse(readJson(join(repositoryRoot, ".changeset", "config.json")));
    expect(fixed.map((names) => names.toSorted())).toEqual([published.map(({ name }) => name).toSorted()]);
    expect(ignore).toEqual([]);
  });
});

describe.each(workspace.filter(({ directory }) => existsSync(join(directory, "tsconfig.json"))))("$name", (member) => {
  it("is named after its folder", () => {
    expect(member.name).toBe(`@agentkit/${member.folder}`);
  });

  it("refers in its tsconfig to every workspace package it uses, so that the compiler builds them first", () => {
    const { dependencies, peerDependencies, devDependencies } = member.manifest;
    const used = Object.keys({ ...dependencies, ...peerDependencies, ...devDependencies });
    const expected = workspace
      .filter(({ name }) => used.includes(name))
      .map(({ group, folder }) => `${group}/${folder}`);
    expect(references(member.directory).toSorted()).toEqual(expected.toSorted());
  });
});

describe.each(published)("$name", (member) => {
  const { manifest } = member;

  it("states what a package on npm has to state", () => {
    expect(manifest).toMatchObject({
      license: "Apache-2.0",
      type: "module",
      sideEffects: false,
      engines: { node: ">=22.13" },
      publishConfig: { access: "public" },
      files: ["dist", "src", "!**/*.test.*", "!dist/.tsbuildinfo"],
    });
    expect(manifest.description).toMatch(/\.$/);
  });

  it("has an entry with types for every part of its surface, each a file of named re-exports only", () => {
    const entries = Object.entries(manifest.exports).filter(([path]) => path !== "./package.json");
    expect(entries.length).toBeGreaterThan(0);
    for (const [, entry] of entries) {
      const paths = entrySchema.parse(entry);
      if (typeof paths === "string") throw new Error(`${member.name} exports ${paths} without types.`);
      const source = paths.default.replace("./dist/", "src/").replace(/\.js$/, ".ts");
      expect(paths.types).toBe(paths.default.replace(/\.js$/, ".d.ts"));
      expect(hasOnlyNamedReExports(source, readFileSync(join(member.directory, source), "utf8")), source).toBe(true);
    }
  });

  it("documents every exported declaration", () => {
    const missing = sourceFiles(member)
      .filter((path) => !isTestFile(path))
      .flatMap((path) =>
        undocumentedExports(path, readFileSync(join(member.directory, path), "utf8")).map((name) => `${path}: ${name}`),
      );
    expect(missing).toEqual([]);
  });

  it("has a README that starts with a program", () => {
    const readme = readFileSync(join(member.directory, "README.md"), "utf8");
    expect(readme.startsWith(`# ${member.name}\n`)).toBe(true);
    expect(readmeProgram(readme)).toBeDefined();
  });

  it("has tests beside its code", () => {
    expect(sourceFiles(member).filter(isTestFile)).not.toEqual([]);
  });

  it("has nothing built whose source is gone", () => {
    const stale = globSync("dist/**/*.js", { cwd: member.directory }).filter((path) => {
      const source = join(member.directory, path.replace(/^dist/, "src").replace(/\.js$/, ""));
      return !existsSync(`${source}.ts`) && !existsSync(`${source}.tsx`);
    });
    expect(stale, "delete the package's dist and build again").toEqual([]);
  });
});

/** The projects a tsconfig refers to, as paths from the repository's root. */
function references(directory: string): readonly string[] {
  return tsconfigSchema
    .parse(readJson(join(directory, "tsconfig.json")))
    .references.map(({ path }) => relative(repositoryRoot, join(directory, path)).replaceAll("\\", "/"));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
