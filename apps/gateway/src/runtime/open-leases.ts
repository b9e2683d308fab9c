import { AgentKitError } from "@agentkit/core";
import { createSqliteLeaseStore, type SqliteLeaseStore } from "@agentkit/store-sqlite";

/**
 * Opens the leases that the processes with one data directory have in common; `undefined` where the file cannot be used.
 * Then only its age tells that nobody drives a run.
 */
export function openLeases(path: string): SqliteLeaseStore | undefined {
  try {
    return createSqliteLeaseStore({ path });
  } catch (error) {
    if (AgentKitError.is(error) && error.code.startsWith("store_")) return undefined;
    throw error;
  }
}
