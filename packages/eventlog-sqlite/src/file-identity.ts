import { AgentKitError } from "@agentkit/core";
import { statSync } from "node:fs";
import { resolve } from "node:path";

/** How often it is looked at the disk, at most: a look costs a tenth of a small commit. */
const intervalMs = 20;

/**
 * Notices that a log's file was removed or replaced while it is open. SQLite would go on writing to the file that nobody
 * can open again, and every append would be acknowledged and lost.
 */
export class FileIdentity {
  readonly #path: string;
  readonly #identity: string;
  #checkedAt = performance.now();

  constructor(path: string) {
    // The process may change its directory later.
    this.#path = resolve(path);
    this.#identity = identify(this.#path);
  }

  /** Throws `log_unavailable` when the path no longer leads to the file it led to. Looks 50 times a second at most. */
  assertUnchanged(): void {
    const now = performance.now();
    if (now - this.#checkedAt < intervalMs) return;
    if (identify(this.#path) !== this.#identity) {
      throw new AgentKitError(
        "log_unavailable",
        `The log '${this.#path}' was removed or replaced while it was open. Put its file back and open it again.`,
      );
    }
    this.#checkedAt = now;
  }
}

function identify(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "none" : `${stats.dev} ${stats.ino}`;
}
