import { createSqliteLeaseStore, type SqliteLeaseStore } from "@agentkit/store-sqlite";
import { openReplaceable } from "./open-replaceable.ts";

/**
 * Opens the leases that the processes with one data directory have in common; `undefined` where the file cannot be used, and
 * is not ours to set aside. Then only its age tells that nobody drives a run.
 */
export function openLeases(path: string, onNotice: (notice: string) => void): SqliteLeaseStore | undefined {
  const without = "Nothing tells which process drives a run, and one that was left open is taken up late";
  return openReplaceable((onDamaged) => createSqliteLeaseStore({ path, onDamaged }), { without, onNotice });
}
