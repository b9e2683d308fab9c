import { AgentKitError } from "@agentkit/core";
import { statSync } from "node:fs";
import { resolve } from "node:path";

/**
 * Notices that a log's file was removed or replaced while it is open. SQLite would go on writing to the file that nobody
 * can open again, and every append would be acknowledged and lost.
 */
export class FileIdentity {
  readonly #path: string;
  readonly #identity: string;

  constructor(path: string) {
    // The process may change its directory later.
    this.#path = resolve(path);
    this.#identity = identify(this.#path);
  }

  /** Throws `log_unavailable` when the path no longer leads to the file it led to: some microseconds, for each commit. */
  assertUnchanged(): void {
    if (identify(this.#path) !== this.#identity) {
      throw new AgentKitError(
        "log_unavailable",
        `The log '${this.#path}' was removed or replaced while it was open. Put its file back and open it again.`,
      );
    }
  }
}

function identify(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "none" : `${stats.dev} ${stats.ino}`;
}
