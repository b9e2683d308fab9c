import { existsSync } from "node:fs";
import { join } from "node:path";
import { AgentKitError, createInMemoryProjectionStore, type ProjectionStore } from "@agentkit/core";
import { createSqliteProjectionStore } from "@agentkit/store-sqlite";
import type { LoadedConfig } from "../config/load-config.ts";
import type { LogAccess, OpenLog } from "./open-log.ts";

/**
 * Opens the projections of a log: beside it, where it is in the data directory, and otherwise in memory. A command that only
 * reads uses what is there and creates nothing. Nothing depends on the file: one that cannot be used is not.
 */
export function openProjections(config: LoadedConfig, { local }: OpenLog, access: LogAccess): ProjectionStore {
  const path = join(config.environment.dataDirectory, "projections.sqlite");
  if (!local || (access === "read" && !existsSync(path))) return createInMemoryProjectionStore();
  try {
    return createSqliteProjectionStore({ path });
  } catch (error) {
    if (AgentKitError.is(error) && error.code.startsWith("store_")) return createInMemoryProjectionStore();
    throw error;
  }
}
