import { AgentKitError, type ErrorCode } from "@agentkit/core";

/**
 * Refuses versions of SQLite that can lose a part of the write-ahead log. From 3.7.0 to 3.51.2 two connections that checkpoint
 * while a third commits may do so; 3.44.6 and 3.50.7 have the correction too.
 *
 * @see https://sqlite.org/wal.html#walresetbug
 */
export function assertSafeSqlite(
  version: string,
  code: Extract<ErrorCode, "log_runtime_unsupported" | "store_runtime_unsupported">,
): void {
  if (isSafe(version)) return;
  throw new AgentKitError(
    code,
    `This runtime brings SQLite ${version}, which can corrupt a file that several connections write (the WAL-reset bug). Use a Node.js with SQLite 3.51.3 or later: 'node -p process.versions.sqlite' tells.`,
  );
}

function isSafe(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (major !== 3) return major > 3;
  if (minor === 44) return patch >= 6;
  if (minor === 50) return patch >= 7;
  if (minor === 51) return patch >= 3;
  return minor > 51;
}
