import { join } from "node:path";
import type { EventLog } from "@agentkit/core";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { z } from "zod";

/** Says where a log is, so that another process can open it too. */
export const logPlaceSchema = z.discriminatedUnion("kind", [z.object({ kind: z.literal("sqlite"), path: z.string() })]);

/** Where a log is. */
export type LogPlace = z.infer<typeof logPlaceSchema>;

/** Opens the log at a place. */
export function openLog(place: LogPlace): EventLog {
  return createSqliteEventLog({ path: place.path });
}

/** A kind of log that crashes are tried on. */
export interface LogKind {
  readonly name: LogPlace["kind"];
  /** A place of its own for a story that is told in this directory. */
  placeIn(directory: string): LogPlace;
}

/** Every log that outlives its process. */
export const logKinds: readonly LogKind[] = [
  { name: "sqlite", placeIn: (directory) => ({ kind: "sqlite", path: join(directory, "log.sqlite") }) },
];
