import { existsSync } from "node:fs";
import { AgentKitError, createInMemoryProjectionStore, type ProjectionStore } from "@agentkit/core";
import { createSqliteProjectionStore, type DamagedFile } from "@agentkit/store-sqlite";
import type { LoadedConfig } from "../config/load-config.ts";
import { toDataFile } from "./data-file.ts";
import type { LogAccess, OpenLog } from "./open-log.ts";
import { toDamageNotice } from "./open-replaceable.ts";

/** How to open the projections. */
export interface OpenProjectionsOptions {
  readonly access: LogAccess;
  /** Whether to look for damage anywhere in the file, and to begin anew in the place of one of a newer version. */
  readonly verify: boolean;
  readonly onNotice: (notice: string) => void;
}

/**
 * Opens the projections of a log: in the data directory, and in memory where a log is not told from others. A command that only
 * reads uses what is there and creates nothing. A damaged file is set aside, and somebody told of it. One that cannot be used
 * opens too, and every call throws why: the session list goes on without it, and what is about the file itself fails.
 */
export function openProjections(
  config: LoadedConfig,
  opened: OpenLog,
  { access, verify, onNotice }: OpenProjectionsOptions,
): ProjectionStore {
  const path = toDataFile(config, opened, "projections");
  if (path === undefined || (access === "read" && !existsSync(path))) return createInMemoryProjectionStore();
  const onDamaged = (file: DamagedFile): void => onNotice(toDamageNotice(file, "a new one is built from the log."));
  try {
    return createSqliteProjectionStore({ path, verify, onDamaged });
  } catch (error) {
    if (AgentKitError.is(error) && error.code.startsWith("store_")) return unusable(error);
    throw error;
  }
}

function unusable(error: AgentKitError): ProjectionStore {
  const refuse = async (): Promise<never> => {
    throw error;
  };
  return {
    capabilities: { durable: false, multiProcess: false },
    tables: refuse,
    create: refuse,
    activate: refuse,
    drop: refuse,
    read: refuse,
    commit: refuse,
    parked: refuse,
    skipped: refuse,
    get: refuse,
    list: refuse,
    close: async () => undefined,
  };
}
