import { AgentKitError, type ErrorCode } from "@agentkit/core";
import { primaryCode, sqliteCode } from "./sqlite-code.ts";

/** Turns what SQLite reported about the file at `path` into the stores' error. Errors of another origin pass unchanged. */
export function toStoreError(error: unknown, path: string, whenDamaged: string): unknown {
  const code = primaryCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const [storeCode, meant] = meanings.get(code) ?? unavailable;
  const advice = storeCode === "store_corrupt" ? `Stop what uses it. ${whenDamaged}` : meant;
  const message = `The store '${path}' reports: ${error.message}. ${advice}`;
  return new AgentKitError(storeCode, message, { cause: error, retryable: storeCode === "store_unavailable" });
}

type Meaning = readonly [code: ErrorCode, advice: string];

const unavailable: Meaning = ["store_unavailable", "Check that the disk is there and works, then try again."];
const busy: Meaning = ["store_unavailable", "Another process holds its lock for long. Try again."];
/** What to do is for the store to say. */
const corrupt: Meaning = ["store_corrupt", ""];

const meanings: ReadonlyMap<number, Meaning> = new Map([
  [sqliteCode.busy, busy],
  [sqliteCode.locked, busy],
  [sqliteCode.protocol, busy],
  [sqliteCode.readOnly, ["store_read_only", "Make the file and its directory writable for this user."]],
  [sqliteCode.full, ["store_full", "Nothing of the change was kept. Free space, then try again."]],
  [sqliteCode.corrupt, corrupt],
  [sqliteCode.notADatabase, corrupt],
]);
