import { z } from "zod";
import type { EventLog } from "../event-log/event-log.ts";
import type { EventType } from "../events/catalogue.ts";
import { sessionOfStream, sessionStreamPrefix } from "../session/session-stream.ts";
import { createInMemoryProjectionStore } from "./in-memory-projection-store.ts";
import type { Projection } from "./projection.ts";
import { createProjector } from "./projector.ts";

/** A run that is not over. */
export interface OpenRun {
  readonly session: string;
  /** Whether it waits for a person. */
  readonly suspended: boolean;
}

/** The runs of a log that are not over. */
export interface OpenRunList {
  /** Reads what was appended since the last call and returns them, the one that stands longest first. */
  read(): Promise<readonly OpenRun[]>;
}

const types: readonly EventType[] = [
  "RunStarted",
  "RunResumed",
  "RunSuspended",
  "RunCompleted",
  "RunFailed",
  "RunCancelled",
];

/** One row for each session whose run is not over, so that to look for them costs what there are, however long the log. */
const openRuns: Projection = {
  name: "open-runs",
  version: 1,
  filter: { types, streamPrefix: sessionStreamPrefix },
  apply(event, table) {
    const session = sessionOfStream(event.stream);
    if (session === undefined) return;
    const open = event.type === "RunStarted" || event.type === "RunResumed" || event.type === "RunSuspended";
    if (!open) {
      table.delete(rowPrefix + session);
      return;
    }
    // The place in the log, and not the time, says which has stood for longer.
    const place = Number(table.get(countKey)?.["count"] ?? 0) + 1;
    table.put(countKey, { count: place });
    table.put(rowPrefix + session, { session, place, suspended: event.type === "RunSuspended" });
  },
};

const rowPrefix = "session/";
const countKey = "count";
const rowSchema = z.object({ session: z.string(), place: z.number(), suspended: z.boolean() });

/** Makes a list of the runs that are not over, kept in memory and brought up to date on each read. */
export function createOpenRunList(log: EventLog): OpenRunList {
  const store = createInMemoryProjectionStore();
  const projector = createProjector({ log, store, projections: [openRuns] });
  let reading: Promise<unknown> = Promise.resolve();

  async function readAll(): Promise<readonly OpenRun[]> {
    await projector.catchUp();
    const rows = await store.list(openRuns.name, { prefix: rowPrefix });
    const open = rows.map(({ row }) => rowSchema.parse(row)).toSorted((a, b) => a.place - b.place);
    return open.map(({ session, suspended }) => ({ session, suspended }));
  }

  return {
    async read() {
      // One reader at a time: two would only get in each other's way.
      const read = reading.then(readAll, readAll);
      reading = read.catch(() => undefined);
      return read;
    },
  };
}
