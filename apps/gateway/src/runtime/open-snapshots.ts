import { join } from "node:path";
import { AgentKitError, type SnapshotStore } from "@agentkit/core";
import { createSqliteSnapshotStore } from "@agentkit/store-sqlite";
import type { LoadedConfig } from "../config/load-config.ts";

/** Opens the snapshots of long sessions in the data directory; `undefined` where the file cannot be used, which costs time. */
export function openSnapshots({ environment }: LoadedConfig): SnapshotStore | undefined {
  try {
    return createSqliteSnapshotStore({ path: join(environment.dataDirectory, "snapshots.sqlite") });
  } catch (error) {
    if (AgentKitError.is(error) && error.code.startsWith("store_")) return undefined;
    throw error;
  }
}
