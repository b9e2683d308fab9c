import { builtinModules } from "node:module";
import { posix } from "node:path";
import { isTestFile } from "../repository/source-files.ts";
import type { WorkspacePackage } from "../repository/workspace.ts";
import { layerOf, refuseDependency } from "./dependency-rules.ts";
import { packageOf, type ImportReference } from "./read-imports.ts";

/** What core may take from the only Node module it may use: hashing is a pure function of its input. */
const hashing = new Set(["createHash", "hash", "Hash"]);

/** What a contract suite states its cases with: no I/O either, and no test runner. */
const assertions = new Set(["node:assert", "node:assert/strict"]);

/** Where core may touch the system: the clock and the id source that an application gets by default. */
const systemFolder = "src/runtime/";

/** One file of a package, with what it imports. */
export interface ImportingFile {
  readonly member: WorkspacePackage;
  /** Relative to the package, with forward slashes. */
  readonly path: string;
  readonly imports: readonly ImportReference[];
}

/** Every broken rule of a file, as sentences that name the file and the import. */
export function checkImports(file: ImportingFile, workspace: readonly WorkspacePackage[]): readonly string[] {
  return file.imports.flatMap((reference) => {
    const problem = checkImport(file, reference, workspace);
    return problem === undefined
      ? []
      : [`${file.member.group}/${file.member.folder}/${file.path} imports "${reference.specifier}": ${problem}`];
  });
}

/** Every dependency that a package.json states and that its layer may not have. */
export function checkDependencies(member: WorkspacePackage, workspace: readonly WorkspacePackage[]): readonly string[] {
  const { dependencies, peerDependencies } = member.manifest;
  return Object.keys({ ...dependencies, ...peerDependencies }).flatMap((name) => {
    const target = workspace.find((candidate) => candidate.name === name);
    const thirdPartyOfCore = layerOf(member) === "core" && name !== "zod" ? "core depends on zod only" : undefined;
    const problem = target === undefined ? thirdPartyOfCore : refuseDependency(member, target);
    return problem === undefined ? [] : [`${member.name} depends on ${name}: ${problem}`];
  });
}

function checkImport(
  file: ImportingFile,
  reference: ImportReference,
  workspace: readonly WorkspacePackage[],
): string | undefined {
  const { specifier } = reference;
  if (specifier === "<computed>")
    return isTestFile(file.path) || layerOf(file.member) !== "core" ? undefined : "computed";
  if (specifier.startsWith(".")) return checkRelative(file, specifier);
  if (specifier.startsWith("node:")) return checkNodeModule(file, reference);
  if (builtinModules.includes(specifier)) return `write it "node:${specifier}"`;
  return checkPackage(file, packageOf(specifier), workspace);
}

function checkRelative({ path }: ImportingFile, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  if (target.startsWith(".."))
    return "a relative import stays inside its package; import the other package by its name";
  if (!isTestFile(path) && isTestFile(target)) return "what is published never imports a test";
  return undefined;
}

function checkNodeModule({ member, path }: ImportingFile, { specifier, names }: ImportReference): string | undefined {
  if (layerOf(member) !== "core" || isTestFile(path) || path.startsWith(systemFolder)) return undefined;
  if (path.startsWith("src/testing/") && assertions.has(specifier)) return undefined;
  if (specifier === "node:crypto" && names.length > 0 && names.every((name) => hashing.has(name))) return undefined;
  return `core does no I/O: of node:* it may use ${[...hashing].join(", ")} of node:crypto, and the system in ${systemFolder}`;
}

function checkPackage(
  { member, path }: ImportingFile,
  name: string,
  workspace: readonly WorkspacePackage[],
): string | undefined {
  const { dependencies, peerDependencies, devDependencies } = member.manifest;
  const published = { ...dependencies, ...peerDependencies };
  if (name === member.name) return isTestFile(path) ? undefined : "a package imports its own files by relative paths";

  const target = workspace.find((candidate) => candidate.name === name);
  if (!isTestFile(path)) {
    if (!(name in published)) return "it is not in the package's dependencies or peerDependencies";
    return target === undefined ? undefined : refuseDependency(member, target);
  }
  if (name === "vitest" || name in published) return undefined;
  if (!(name in devDependencies)) return "a test's import is in the package's dependencies or devDependencies";
  // A test may stand its package on anything of tooling, and otherwise sees no more of the workspace than the package does.
  return target === undefined || target.group === "tooling" ? undefined : refuseDependency(member, target);
}
