import type { SnapshotStore } from "@agentkit/core";
import { createSqliteSnapshotStore } from "@agentkit/store-sqlite";
import { openReplaceable } from "./open-replaceable.ts";

/**
 * Opens the snapshots of long sessions; `undefined` where the file cannot be used, and is not ours to set aside, which costs
 * time.
 */
export function openSnapshots(path: string, onNotice: (notice: string) => void): SnapshotStore | undefined {
  const without = "Long sessions are read from their first event, without snapshots";
  return openReplaceable((onDamaged) => createSqliteSnapshotStore({ path, onDamaged }), { without, onNotice });
}
