import { basename, join } from "node:path";
import type { EventLog } from "@agentkit/core";
import { z } from "zod";

/** Says where a log is, so that another process can open it too. */
export const logPlaceSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("sqlite"), path: z.string() }),
  z.object({ kind: z.literal("eventstoredb"), connectionString: z.string(), streamPrefix: z.string() }),
]);

/** Where a log is. */
export type LogPlace = z.infer<typeof logPlaceSchema>;

/** Opens the log at a place. Only its own adapter is loaded: a process that is killed at once shall start fast. */
export async function openLog(place: LogPlace): Promise<EventLog> {
  switch (place.kind) {
    case "sqlite": {
      const { createSqliteEventLog } = await import("@agentkit/eventlog-sqlite");
      return createSqliteEventLog({ path: place.path });
    }
    case "eventstoredb": {
      const { createEventStoreDBEventLog } = await import("@agentkit/eventlog-eventstoredb");
      const { connectionString, streamPrefix } = place;
      return createEventStoreDBEventLog({ connectionString, streamPrefix });
    }
  }
}

/** Where logs of one kind are kept, for as long as tests need them. */
export interface LogHome {
  /** A place of its own for a story that is told in this directory. */
  placeIn(directory: string): LogPlace;
  close(): Promise<void>;
}

/** A kind of log that crashes are tried on. */
export interface LogKind {
  readonly name: LogPlace["kind"];
  start(): Promise<LogHome>;
}

/** Every log that outlives its process. EventStoreDB is the double, or the server that `EVENTSTOREDB_URL` names. */
export const logKinds: readonly LogKind[] = [
  {
    name: "sqlite",
    async start() {
      return {
        placeIn: (directory) => ({ kind: "sqlite", path: join(directory, "log.sqlite") }),
        close: async () => undefined,
      };
    },
  },
  { name: "eventstoredb", start: startEventStoreDB },
];

async function startEventStoreDB(): Promise<LogHome> {
  const url = process.env["EVENTSTOREDB_URL"];
  const double = url === undefined ? await startDouble() : undefined;
  const connectionString = url ?? double?.connectionString ?? "";
  return {
    // The directory's name has random letters, which keep the stories of one server apart.
    placeIn: (directory) => ({ kind: "eventstoredb", connectionString, streamPrefix: `${basename(directory)}-` }),
    close: async () => double?.close(),
  };
}

async function startDouble() {
  const { startEventStoreDBDouble } = await import("@agentkit/eventstoredb-double");
  return startEventStoreDBDouble();
}
