import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readmeInstallation } from "../readme/readme-program.ts";
import type { WorkspacePackage } from "../repository/workspace.ts";
import { runProgram } from "../processes/run-program.ts";

/** Where the tarball of each published package is, by package name. */
export type Tarballs = ReadonlyMap<string, string>;

/** What {@link createEmptyProject} needs. */
export interface EmptyProjectOptions {
  readonly member: WorkspacePackage;
  readonly published: readonly WorkspacePackage[];
  readonly tarballs: Tarballs;
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
}

const tsconfig = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: "es2024",
    module: "nodenext",
    types: ["node"],
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    noEmit: true,
  },
  include: ["*.ts"],
};

/**
 * Makes a project outside the workspace and lets npm install the package into it, as its README says.
 *
 * Packages of this workspace come from their tarballs, with those they depend on; everything else from the registry.
 *
 * @returns what npm wrote, with its exit code.
 */
export async function createEmptyProject(options: EmptyProjectOptions): ReturnType<typeof runProgram> {
  const { member, published, tarballs, directory, environment } = options;
  const readme = await readFile(join(member.directory, "README.md"), "utf8");
  const asked = [member.name, ...readmeInstallation(readme)];
  const own = closure(asked, published).map((name) => tarballs.get(name) ?? name);
  const foreign = asked.filter((name) => !tarballs.has(name)).map((name) => withRange(name, member));

  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await writeFile(join(directory, "tsconfig.json"), JSON.stringify(tsconfig));
  return runProgram({
    command: ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "@types/node@24", ...own, ...foreign],
    directory,
    environment,
    timeLimitSeconds: 100,
  });
}

/** The published packages among the names, with all that they depend on in turn. */
function closure(names: readonly string[], published: readonly WorkspacePackage[]): readonly string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    const member = published.find((candidate) => candidate.name === name);
    if (member === undefined || found.has(name)) return;
    found.add(name);
    const { dependencies, peerDependencies } = member.manifest;
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies })) visit(dependency);
  };
  for (const name of names) visit(name);
  return [...found];
}

/** The package's own peer range, where it states one; otherwise what npm calls the latest. */
function withRange(name: string, { manifest }: WorkspacePackage): string {
  const range = manifest.peerDependencies[name];
  return range === undefined ? name : `${name}@${range}`;
}
