import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The directory that holds `pnpm-workspace.yaml`, found from this file upwards, so that it is the same from `src` and `dist`. */
export const repositoryRoot: string = findRoot(import.meta.dirname);

function findRoot(directory: string): string {
  if (existsSync(join(directory, "pnpm-workspace.yaml"))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error("No pnpm-workspace.yaml above the checks; run them from the repository.");
  return findRoot(parent);
}
