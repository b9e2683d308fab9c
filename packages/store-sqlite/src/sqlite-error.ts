import { AgentKitError, type ErrorCode } from "@agentkit/core";

/** SQLite's result codes, as far as they tell a caller what to do. https://sqlite.org/rescode.html */
const sqliteCode = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  protocol: 15,
  notADatabase: 26,
} as const;

function primaryCode(error: unknown): number | undefined {
  const known = error instanceof Error && "errcode" in error && typeof error.errcode === "number";
  return known ? Number(error.errcode) % 256 : undefined;
}

/** Whether another connection holds a lock that this one needs. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === sqliteCode.busy || code === sqliteCode.locked || code === sqliteCode.protocol;
}

/** Turns what SQLite reported about the file at `path` into the stores' error. Errors of another origin pass unchanged. */
export function toStoreError(error: unknown, path: string): unknown {
  const code = primaryCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const [storeCode, advice] = meanings.get(code) ?? unavailable;
  const message = `The store '${path}' reports: ${error.message}. ${advice}`;
  return new AgentKitError(storeCode, message, { cause: error, retryable: storeCode === "store_unavailable" });
}

type Meaning = readonly [code: ErrorCode, advice: string];

const unavailable: Meaning = ["store_unavailable", "Check that the disk is there and works, then try again."];
const busy: Meaning = ["store_unavailable", "Another process holds its lock for long. Try again."];
const corrupt: Meaning = [
  "store_corrupt",
  "Stop what uses it. Projections and snapshots can be deleted and are built again; restore blobs from a backup.",
];

const meanings: ReadonlyMap<number, Meaning> = new Map([
  [sqliteCode.busy, busy],
  [sqliteCode.locked, busy],
  [sqliteCode.protocol, busy],
  [sqliteCode.readOnly, ["store_read_only", "Make the file and its directory writable for this user."]],
  [sqliteCode.full, ["store_full", "Nothing of the change was kept. Free space, then try again."]],
  [sqliteCode.corrupt, corrupt],
  [sqliteCode.notADatabase, corrupt],
]);
