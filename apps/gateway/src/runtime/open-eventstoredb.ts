import { AgentKitError, contentHash, type EventLog, toSessionStream } from "@agentkit/core";

/** A log in EventStoreDB. */
export interface EventStoreDBLog {
  readonly log: EventLog;
  readonly description: string;
  /** The same for every connection string that names these hosts, whatever its user and options, and one prefix. */
  readonly fileTag: string;
}

/** Where the log is. */
export interface EventStoreDBPlace {
  readonly connectionString: string;
  /** What the log's streams begin with, so that it shares the database with others; may be empty. */
  readonly streamPrefix: string;
}

/** How long nothing is said of a server that does not answer. */
const silenceMs = 1_000;

/** How long the server is waited for: longer than it takes to elect another leader. */
const giveUpAfterMs = 30_000;

/**
 * Opens a log in EventStoreDB and waits until the server answers.
 *
 * @param onNotice told after a second which hosts are waited for.
 * @throws AgentKitError `log_unavailable` when no server answers in 30 seconds or refuses the user, `config_invalid`.
 */
export async function openEventStoreDB(
  { connectionString, streamPrefix }: EventStoreDBPlace,
  onNotice: (notice: string) => void,
): Promise<EventStoreDBLog> {
  // Its client takes a moment to load, and is only needed here.
  const { createEventStoreDBEventLog } = await import("@agentkit/eventlog-eventstoredb");
  const log = createEventStoreDBEventLog({ connectionString, streamPrefix, giveUpAfterMs });
  const streams = streamPrefix === "" ? "" : `, streams ${streamPrefix}*`;
  const description = `EventStoreDB at ${hostsOf(connectionString)}${streams}`;
  const telling = setTimeout(() => {
    onNotice(`waiting for ${description}, ${giveUpAfterMs / 1_000} seconds at most`);
  }, silenceMs);
  try {
    await log.head(toSessionStream("none"));
  } catch (error) {
    await log.close();
    throw nameHosts(error, description);
  } finally {
    clearTimeout(telling);
  }
  return { log, description, fileTag: `eventstoredb-${tagOf(hostsOf(connectionString), streamPrefix)}` };
}

// Credentials may stand before the hosts, and have no place on a screen. A password may hold any character but an
// unescaped `@`, so what comes after the last one is free of it.
function hostsOf(connectionString: string): string {
  const rest = connectionString.slice(connectionString.indexOf("://") + "://".length);
  const [hosts = ""] = rest.slice(rest.lastIndexOf("@") + 1).split(/[/?]/);
  return hosts;
}

function tagOf(hosts: string, streamPrefix: string): string {
  const sorted = hosts
    .toLowerCase()
    .split(",")
    .map((host) => host.trim())
    .toSorted();
  return contentHash(sorted.join(",") + (streamPrefix && `/${streamPrefix}`)).slice(
    "sha256:".length,
    "sha256:".length + 12,
  );
}

/** The log does not know which hosts a person would look for in its message. */
function nameHosts(error: unknown, description: string): unknown {
  if (!AgentKitError.is(error) || error.code !== "log_unavailable") return error;
  const message = `The log is ${description}. ${error.message}`;
  return new AgentKitError(error.code, message, { cause: error, retryable: error.retryable });
}
