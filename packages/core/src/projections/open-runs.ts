import { z } from "zod";
import type { EventLog } from "../event-log/event-log.ts";
import type { AgentEvent, EventData, EventType } from "../events/catalogue.ts";
import type { JsonObject } from "../json/json.ts";
import { sessionOfStream, sessionStreamPrefix } from "../session/session-stream.ts";
import { createInMemoryProjectionStore } from "./in-memory-projection-store.ts";
import type { Projection, ProjectionTable } from "./projection.ts";
import { createProjector } from "./projector.ts";

/** A run that is not over. */
export interface OpenRun {
  readonly session: string;
  /** Whether it waits for a person, or for something else. */
  readonly suspended: boolean;
  /** When something it waits for is there at the latest, in milliseconds since 1970; absent where only a person can tell. */
  readonly due?: number | undefined;
  /** The sessions of the sub-runs that it waits for. */
  readonly waitsFor: readonly string[];
}

/** Whether a suspended run can go on without a person: a time has come, or a sub-run that it waits for is over. */
export function canGoOn(run: OpenRun, all: readonly OpenRun[], now: number): boolean {
  if (run.due !== undefined && run.due <= now) return true;
  return run.waitsFor.some((session) => {
    const child = all.find((other) => other.session === session);
    // Whoever drives a sub-run that is under way goes on with the run that waits for it.
    return child === undefined || (child.suspended && canGoOn(child, all, now));
  });
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
  "ApprovalRequested",
  "ToolCallSuspended",
  "RunCompleted",
  "RunFailed",
  "RunCancelled",
];

/** One row for each session whose run is not over, so that to look for them costs what there are, however long the log. */
const openRuns: Projection = {
  name: "open-runs",
  version: 3,
  filter: { types, streamPrefix: sessionStreamPrefix },
  apply(event, table) {
    const session = sessionOfStream(event.stream);
    if (session === undefined) return;
    const key = rowPrefix + session;
    switch (event.type) {
      case "ApprovalRequested":
      case "ToolCallSuspended":
        table.put(key, { ...waitingRow(table.get(key), event), session });
        return;
      case "RunStarted":
      case "RunResumed":
      case "RunSuspended":
        table.put(key, {
          ...openRow(table, session),
          ...(event.type === "RunSuspended" && suspendedRow(table.get(key), event.data)),
        });
        return;
      default:
        table.delete(key);
    }
  },
};

function openRow(table: ProjectionTable, session: string): JsonObject {
  // The place in the log, and not the time, says which has stood for longer.
  const place = Number(table.get(countKey)?.["count"] ?? 0) + 1;
  table.put(countKey, { count: place });
  return { session, place, suspended: false, waitsFor: [] };
}

function suspendedRow(row: JsonObject | undefined, { reason }: EventData<"RunSuspended">): JsonObject {
  const { waitsFor = [] } = row ?? {};
  // A prompt that is held is looked at again whenever somebody comes by.
  const due = reason === "moderation" ? 0 : row?.["due"];
  return { suspended: true, waitsFor, ...(due !== undefined && { due }) };
}

type WaitEvent = Extract<AgentEvent, { type: "ApprovalRequested" | "ToolCallSuspended" }>;

function waitingRow(row: JsonObject | undefined, event: WaitEvent): JsonObject {
  const known = rowSchema.parse(row);
  if (event.type === "ToolCallSuspended" && event.data.waitsFor.type === "sub_run") {
    return { ...known, waitsFor: [...known.waitsFor, event.data.waitsFor.session] };
  }
  const due = dueOf(event);
  return { ...known, due: Math.min(known.due ?? due, due) };
}

function dueOf(event: WaitEvent): number {
  if (event.type === "ApprovalRequested") return Date.parse(event.time) + event.data.validForMs;
  return event.data.waitsFor.type === "time" ? Date.parse(event.data.waitsFor.until) : Number.MAX_SAFE_INTEGER;
}

const rowPrefix = "session/";
const countKey = "count";
const rowSchema = z.object({
  session: z.string(),
  place: z.number(),
  suspended: z.boolean(),
  due: z.number().optional(),
  waitsFor: z.array(z.string()),
});

/** Makes a list of the runs that are not over, kept in memory and brought up to date on each read. */
export function createOpenRunList(log: EventLog): OpenRunList {
  const store = createInMemoryProjectionStore();
  const projector = createProjector({ log, store, projections: [openRuns] });
  let reading: Promise<unknown> = Promise.resolve();

  async function readAll(): Promise<readonly OpenRun[]> {
    await projector.catchUp();
    const rows = await store.list(openRuns.name, { prefix: rowPrefix });
    const open = rows.map(({ row }) => rowSchema.parse(row)).toSorted((a, b) => a.place - b.place);
    return open.map(({ place: _place, ...run }) => run);
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
