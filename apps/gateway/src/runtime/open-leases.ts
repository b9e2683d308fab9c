import { join } from "node:path";
import { createSqliteLeaseStore, type SqliteLeaseStore } from "@agentkit/store-sqlite";
import type { LoadedConfig } from "../config/load-config.ts";

/**
 * Opens the leases that the processes with this data directory have in common.
 *
 * @throws what opening the file throws, for instance AgentKitError `store_read_only`.
 */
export function openLeases({ environment }: LoadedConfig): SqliteLeaseStore {
  return createSqliteLeaseStore({ path: join(environment.dataDirectory, "leases.sqlite") });
}
