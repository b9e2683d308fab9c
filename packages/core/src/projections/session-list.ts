import { z } from "zod";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { AgentEvent, EventType } from "../events/catalogue.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { isMessage, messageTexts } from "../model/items.ts";
import type { RunStatus } from "../session/session-state.ts";
import { sessionOfStream, sessionStreamPrefix } from "../session/session-stream.ts";
import { createInMemoryProjectionStore } from "./in-memory-projection-store.ts";
import type { Projection } from "./projection.ts";
import type { ProjectionStore } from "./projection-store.ts";
import { createProjector } from "./projector.ts";

/** A session as a list shows it. */
export interface SessionSummary {
  readonly session: string;
  /** `empty` before the first run. */
  readonly status: RunStatus | "empty";
  readonly agent: string | undefined;
  /** The beginning of the first prompt, at most 80 characters. */
  readonly title: string;
  readonly turns: number;
  /** Times of its first event and of the newest event of a run's life. */
  readonly created: string;
  readonly updated: string;
  readonly parent: { readonly session: string; readonly revision: number } | undefined;
}

/** The sessions of a log. */
export interface SessionList {
  /** Brings the projection to the log's end and returns all sessions, the one that changed last first. */
  read(): Promise<readonly SessionSummary[]>;
  /** How many events the last `read` could not apply: the sessions that they are of are missing or not up to date. */
  parked(): number;
  /** How many events the list leaves out because they were given up. */
  skipped(): number;
}

const types: readonly EventType[] = [
  "SessionStarted",
  "SessionForked",
  "RunStarted",
  "PromptReceived",
  "RunCompleted",
  "RunFailed",
  "RunCancelled",
  "RunSuspended",
  "RunResumed",
];

/** The projection of sessions in the order in which they changed. */
export const sessionList: Projection = {
  name: "session-list",
  version: 2,
  filter: { types, streamPrefix: sessionStreamPrefix },
  apply(event, table) {
    const session = sessionOfStream(event.stream);
    if (session === undefined) return;
    const changes = Number(table.get(changesKey)?.["changes"] ?? 0) + 1;
    const place = table.get(toKey(session))?.["place"];
    const row = typeof place === "string" ? table.get(place) : undefined;
    const next = toPlace(changes);
    if (typeof place === "string") table.delete(place);
    table.put(next, { ...summarize(row && summarySchema.parse(row), event, session) });
    table.put(toKey(session), { place: next });
    table.put(changesKey, { changes });
  },
};

/**
 * Makes a list of a log's sessions. The projection is kept in `store`, where there is one, so that what was read once is
 * not read again by the next process. A store that fails, or belongs to newer code, is not needed: the list then goes on in
 * memory, and says so to `onNotice`.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog, createSessionList } from "@agentkit/core";
 *
 * for (const { session, title } of await createSessionList(createInMemoryEventLog()).read()) console.log(session, title);
 * ```
 */
export function createSessionList(
  log: EventLog,
  store?: ProjectionStore,
  onNotice?: (message: string) => void,
): SessionList {
  let kept = store ?? createInMemoryProjectionStore();
  let last: Listing = { sessions: [], parked: 0, skipped: 0 };
  let reading: Promise<unknown> = Promise.resolve();

  async function readAll(): Promise<readonly SessionSummary[]> {
    try {
      last = await readList(log, kept, onNotice);
    } catch (error) {
      if (!isOfStore(error)) throw error;
      onNotice?.(`The session list is kept in memory, and read anew from the log: ${error.message}`);
      kept = createInMemoryProjectionStore();
      last = await readList(log, kept, onNotice);
    }
    return last.sessions;
  }

  return {
    async read() {
      // One reader at a time: two of one process would only get in each other's way.
      const read = reading.then(readAll);
      reading = read.catch(() => undefined);
      return read;
    },
    parked: () => last.parked,
    skipped: () => last.skipped,
  };
}

interface Listing {
  readonly sessions: readonly SessionSummary[];
  readonly parked: number;
  readonly skipped: number;
}

async function readList(
  log: EventLog,
  store: ProjectionStore,
  onNotice: ((message: string) => void) | undefined,
): Promise<Listing> {
  const projector = createProjector({ log, store, projections: [sessionList], ...(onNotice && { onNotice }) });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await projector.catchUp();
      const rows = await store.list(sessionList.name, { prefix: placePrefix, direction: "backwards" });
      const parked = (await projector.parked(sessionList.name)).length;
      const skipped = (await store.skipped(sessionList.name, sessionList.version)).length;
      return { sessions: rows.map(({ row }) => summarySchema.parse(row)), parked, skipped };
    } catch (error) {
      // The store has lost its rows between the two, and is filled again.
      if (!isConflict(error) || attempt === maxAttempts) throw error;
    }
  }
}

const maxAttempts = 3;

function isConflict(error: unknown): boolean {
  return AgentKitError.is(error) && error.code === "concurrency_conflict";
}

function isOfStore(error: unknown): error is AgentKitError {
  if (!AgentKitError.is(error)) return false;
  return error.code.startsWith("store_") || error.code === "projection_superseded" || isConflict(error);
}

const changesKey = "changes";
const placePrefix = "place/";

function toKey(session: string): string {
  return `session/${session}`;
}

/** Sorts as text in the order of the changes. */
function toPlace(change: number): string {
  return `${placePrefix}${String(change).padStart(15, "0")}`;
}

const summarySchema: z.ZodType<SessionSummary> = z
  .object({
    session: z.string(),
    status: z.enum(["empty", "running", "suspended", "completed", "failed", "cancelled"]),
    agent: z.string().optional(),
    title: z.string(),
    turns: z.number(),
    created: z.string(),
    updated: z.string(),
    parent: z.object({ session: z.string(), revision: z.number() }).optional(),
  })
  .transform(({ agent, parent, ...summary }) => ({ ...summary, agent, parent }));

/** Folds one event into a session's summary. Pure. */
function summarize(summary: SessionSummary | undefined, event: AgentEvent, session: string): SessionSummary {
  const current = summary ?? emptySummary(session, event.time);
  const next: SessionSummary = { ...current, updated: event.time };
  switch (event.type) {
    case "SessionForked":
      return { ...next, parent: event.data.parent };
    case "RunStarted":
      return { ...next, status: "running", agent: event.data.agent, turns: current.turns + 1 };
    case "PromptReceived":
      return { ...next, title: current.title || toTitle(event.data.items.filter(isMessage).flatMap(messageTexts)) };
    case "RunCompleted":
      return { ...next, status: "completed" };
    case "RunFailed":
      return { ...next, status: "failed" };
    case "RunCancelled":
      return { ...next, status: "cancelled" };
    case "RunSuspended":
      return { ...next, status: "suspended" };
    case "RunResumed":
      return { ...next, status: "running" };
    default:
      return next;
  }
}

function emptySummary(session: string, time: string): SessionSummary {
  return {
    session,
    status: "empty",
    agent: undefined,
    title: "",
    turns: 0,
    created: time,
    updated: time,
    parent: undefined,
  };
}

/** With a space between the parts of a message too: put together, two harmless texts may be a secret. */
function toTitle(texts: readonly string[]): string {
  const said = texts.filter((text) => text !== "");
  const [line = ""] = said.join(" ").trim().split("\n");
  return line.length <= 80 ? line : `${line.slice(0, 79).toWellFormed()}…`;
}
