import { AgentKitError, type ErrorCode } from "@agentkit/core";
import { extendedCode, primaryCode, sqliteCode } from "@agentkit/sqlite";

/** Whether a unique index refused a row. */
export function isUniqueViolation(error: unknown): boolean {
  return extendedCode(error) === sqliteCode.constraintUnique;
}

/** Whether a column refused NULL. */
export function isNotNullViolation(error: unknown): boolean {
  return extendedCode(error) === sqliteCode.constraintNotNull;
}

/** Whether the file is something else than a SQLite database. */
export function isNotADatabase(error: unknown): boolean {
  return primaryCode(error) === sqliteCode.notADatabase;
}

/** Turns what SQLite reported about the file at `path` into the port's error. Errors of another origin pass unchanged. */
export function toLogError(error: unknown, path: string): unknown {
  const code = primaryCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const { code: logCode, advice, retryable } = meanings.get(code) ?? unavailable;
  return new AgentKitError(logCode, `The log '${path}' reports: ${error.message}. ${advice}`, {
    cause: error,
    retryable: retryable ?? false,
  });
}

interface Meaning {
  readonly code: ErrorCode;
  readonly advice: string;
  readonly retryable?: boolean;
}

const unavailable: Meaning = {
  code: "log_unavailable",
  advice: "Check that the disk is there and works, then try again: an append is recognised by its event ids.",
  retryable: true,
};

const busy: Meaning = {
  code: "log_unavailable",
  advice: "Another process holds its lock for long. Append the same events again.",
  retryable: true,
};

const cannotOpen: Meaning = {
  code: "log_unavailable",
  advice:
    "Check that the file is there and that this user may read it. A log that was not closed cannot be read on a read-only medium: copy it, with its -wal, to a directory that can be written.",
};

const corrupt: Meaning = {
  code: "log_corrupt",
  advice: "Stop all writers, keep a copy of the file with its -wal, and restore the log from a backup.",
};

const meanings: ReadonlyMap<number, Meaning> = new Map([
  [sqliteCode.busy, busy],
  [sqliteCode.locked, busy],
  [sqliteCode.protocol, busy],
  [sqliteCode.readOnly, { code: "log_read_only", advice: "Make the file and its directory writable for this user." }],
  [sqliteCode.cannotOpen, cannotOpen],
  [sqliteCode.full, { code: "log_full", advice: "Nothing of the append was kept. Free space, then append it again." }],
  [sqliteCode.corrupt, corrupt],
  [sqliteCode.notADatabase, corrupt],
  [sqliteCode.tooBig, { code: "event_invalid", advice: "Keep large payloads outside the log." }],
]);
