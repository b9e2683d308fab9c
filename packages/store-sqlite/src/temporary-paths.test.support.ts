import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Paths in a directory that is removed with them. */
export interface TemporaryPaths {
  /** A path where nothing is yet. */
  readonly newPath: () => string;
  readonly removeAll: () => void;
}

/** Makes temporary paths. */
export function temporaryPaths(name: string): TemporaryPaths {
  const directory = mkdtempSync(join(tmpdir(), `agentkit-${name}-`));
  let count = 0;
  return {
    newPath() {
      count += 1;
      return join(directory, String(count));
    },
    removeAll: () => rmSync(directory, { recursive: true }),
  };
}
