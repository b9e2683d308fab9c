import { existsSync } from "node:fs";
import { join } from "node:path";
import { AgentKitError, type EventLog } from "@agentkit/core";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import type { LoadedConfig } from "../config/load-config.ts";

/** What is going to be done with the log: `read` and `append` need one that is there, `create` makes one where there is none. */
export type LogAccess = "read" | "append" | "create";

/** An open log, and where it is, for people. */
export interface OpenLog {
  readonly log: EventLog;
  readonly description: string;
  /** Whether whoever works on the log has the same data directory, so that what is kept there is known to all of them. */
  readonly local: boolean;
}

/**
 * Opens the log that a configuration names.
 *
 * @throws AgentKitError `log_unavailable` when there is none and none is to be created, and what opening a log throws.
 */
export async function openLog(config: LoadedConfig, access: LogAccess): Promise<OpenLog> {
  const { dataDirectory, eventStoreDB } = config.environment;
  const readOnly = access === "read";
  const open = config.definition.log;
  if (open !== undefined) {
    return {
      log: await open({ readOnly, dataDirectory }),
      description: `opened by ${config.path ?? "the configuration"}`,
      local: false,
    };
  }
  if (eventStoreDB !== undefined) return openEventStoreDB(eventStoreDB);
  const path = join(dataDirectory, "log.sqlite");
  if (access !== "create" && !existsSync(path)) throw noLog(path);
  return { log: createSqliteEventLog({ path, readOnly }), description: path, local: true };
}

async function openEventStoreDB(connectionString: string): Promise<OpenLog> {
  // Its client takes a moment to load, and is only needed here.
  const { createEventStoreDBEventLog } = await import("@agentkit/eventlog-eventstoredb");
  const log = createEventStoreDBEventLog({ connectionString });
  return { log, description: `EventStoreDB at ${hostsOf(connectionString)}`, local: false };
}

// Credentials may stand before the hosts, and have no place on a screen. A password may hold any character but an
// unescaped `@`, so what comes after the last one is free of it.
function hostsOf(connectionString: string): string {
  const rest = connectionString.slice(connectionString.indexOf("://") + "://".length);
  const [hosts = ""] = rest.slice(rest.lastIndexOf("@") + 1).split(/[/?]/);
  return hosts;
}

function noLog(path: string): AgentKitError {
  const message = `There is no log at '${path}'. Name its directory by --data-dir or AGENTKIT_DATA_DIR, or begin one with the command 'serve' or 'run'.`;
  return new AgentKitError("log_unavailable", message);
}
