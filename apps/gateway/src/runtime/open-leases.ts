import { join } from "node:path";
import { AgentKitError } from "@agentkit/core";
import { createSqliteLeaseStore, type SqliteLeaseStore } from "@agentkit/store-sqlite";
import type { LoadedConfig } from "../config/load-config.ts";

/**
 * Opens the leases that the processes with this data directory have in common; `undefined` where the file cannot be used.
 * Then only its age tells that nobody drives a run.
 */
export function openLeases({ environment }: LoadedConfig): SqliteLeaseStore | undefined {
  try {
    return createSqliteLeaseStore({ path: join(environment.dataDirectory, "leases.sqlite") });
  } catch (error) {
    if (AgentKitError.is(error) && error.code.startsWith("store_")) return undefined;
    throw error;
  }
}
