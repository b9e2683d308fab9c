import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  AgentKitError,
  type BlobCollection,
  type BlobStore,
  type CollectOptions,
  type EventLog,
  withBlobs,
} from "@agentkit/core";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { createFileBlobStore } from "@agentkit/store-sqlite";
import type { LoadedConfig } from "../config/load-config.ts";
import { openEventStoreDB } from "./open-eventstoredb.ts";

/** What is going to be done with the log: `read` and `append` need one that is there, `create` makes one where there is none. */
export type LogAccess = "read" | "append" | "create";

/** An open log, and where it is, for people. */
export interface OpenLog {
  readonly log: EventLog;
  readonly description: string;
  /** Whether whoever works on the log has the same data directory, so that what is kept there is known to all of them. */
  readonly local: boolean;
  /**
   * What the names of the files hold that are kept of this log in the data directory: nothing for the log that is there too.
   * `undefined` for a log that is not told from others: nothing is kept of it.
   */
  readonly fileTag: string | undefined;
  /** The large contents beside the log, where they are files. */
  readonly blobs?: LogBlobs;
}

/** Large contents that are a part of a log, and lie beside it. */
export interface LogBlobs {
  readonly store: BlobStore;
  /** Deletes those that no event refers to. */
  collect(options: CollectOptions): Promise<BlobCollection>;
}

/** How to open a log. */
export interface OpenLogOptions {
  readonly access: LogAccess;
  /** Told what a person who waits wants to know, in one line. */
  readonly onNotice: (notice: string) => void;
}

/** The data of an event that is longer than this, in bytes, is a file beside the log. */
const maxEventBytes = 512 * 1024;

/**
 * Opens the log that a configuration names.
 *
 * @throws AgentKitError `log_unavailable` when there is none and none is to be created, or the server that keeps it does not
 *   answer, and what opening a log throws.
 */
export async function openLog(config: LoadedConfig, options: OpenLogOptions): Promise<OpenLog> {
  const { dataDirectory, eventStoreDB, streamPrefix } = config.environment;
  const { access, onNotice } = options;
  const readOnly = access === "read";
  const open = config.definition.log;
  if (open !== undefined) {
    return {
      log: await open({ readOnly, dataDirectory }),
      description: `opened by ${config.path ?? "the configuration"}`,
      local: false,
      fileTag: undefined,
    };
  }
  if (eventStoreDB !== undefined) {
    const opening = openEventStoreDB({ connectionString: eventStoreDB, streamPrefix }, onNotice);
    return { ...(await opening), local: false };
  }
  const path = join(dataDirectory, "log.sqlite");
  if (access !== "create" && !existsSync(path)) throw noLog(path);
  const store = createFileBlobStore({ directory: join(dataDirectory, "blobs") });
  const log = withBlobs(createSqliteEventLog({ path, readOnly }), store, { maxEventBytes });
  const blobs = { store, collect: (collecting: CollectOptions) => log.collect(collecting) };
  return { log, description: path, local: true, fileTag: "", blobs };
}

function noLog(path: string): AgentKitError {
  const message = `There is no log at '${path}'. Name its directory by --data-dir or AGENTKIT_DATA_DIR, or begin one with the command 'serve' or 'run'.`;
  return new AgentKitError("log_unavailable", message);
}
