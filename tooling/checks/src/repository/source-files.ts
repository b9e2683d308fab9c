import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import type { WorkspacePackage } from "./workspace.ts";

/** The TypeScript files below a package's `src`, as paths relative to the package with forward slashes, in a fixed order. */
export function sourceFiles(member: WorkspacePackage): readonly string[] {
  if (!existsSync(join(member.directory, "src"))) return [];
  return globSync("src/**/*.{ts,tsx}", { cwd: member.directory })
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted();
}

/** Whether a file is a test or `*.test.<what>.ts`, which only tests use: neither is published, and both may import more. */
export function isTestFile(path: string): boolean {
  return /\.(test|packed-test)(\.[a-z-]+)?\.tsx?$/.test(path);
}
