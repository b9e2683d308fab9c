import { AgentKitError, type ErrorCode } from "@agentkit/core";

/** SQLite's result codes, as far as they tell a caller what to do. https://sqlite.org/rescode.html */
const sqliteCode = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  tooBig: 18,
  notADatabase: 26,
  constraintNotNull: 1299,
  constraintUnique: 2067,
} as const;

/** The code of an error that SQLite reported, `undefined` for any other error. */
function extendedCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : undefined;
}

function primaryCode(error: unknown): number | undefined {
  const code = extendedCode(error);
  return code === undefined ? undefined : code % 256;
}

/** Whether another connection holds a lock that this one needs. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === sqliteCode.busy || code === sqliteCode.locked || code === sqliteCode.protocol;
}

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
