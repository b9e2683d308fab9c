import { AgentKitError, type SnapshotStore } from "@agentkit/core";
import { createSqliteSnapshotStore } from "@agentkit/store-sqlite";

/** Opens the snapshots of long sessions; `undefined` where the file cannot be used, which costs time. */
export function openSnapshots(path: string): SnapshotStore | undefined {
  try {
    return createSqliteSnapshotStore({ path });
  } catch (error) {
    if (AgentKitError.is(error) && error.code.startsWith("store_")) return undefined;
    throw error;
  }
}
