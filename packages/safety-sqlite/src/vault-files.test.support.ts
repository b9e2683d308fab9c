import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory for a test, which is removed with all that is in it. */
export interface VaultFiles {
  readonly directory: string;
  /** A path where nothing is yet, in a directory of its own. */
  readonly newPath: () => string;
  /** Every byte of the file at the path and of those beside it. */
  readonly bytesAt: (path: string) => Buffer;
  readonly remove: () => void;
}

/** Makes a temporary directory. */
export function vaultFiles(): VaultFiles {
  const directory = mkdtempSync(join(tmpdir(), "agentkit-vault-"));
  let count = 0;
  return {
    directory,
    newPath() {
      count += 1;
      return join(directory, String(count), "file.sqlite");
    },
    bytesAt(path) {
      const folder = join(path, "..");
      return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}
