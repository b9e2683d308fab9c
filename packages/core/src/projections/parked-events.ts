import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { StoredEvent } from "../events/envelope.ts";
import { isStreamDeleted } from "./checkpoint.ts";
import { batchSize } from "./follow-projection.ts";
import { openTable } from "./open-table.ts";
import type { Projection } from "./projection.ts";
import type { ProjectionContext } from "./projection-context.ts";
import { toReason } from "./projection-errors.ts";
import type { ParkedEvent, TableState } from "./projection-store.ts";
import { rebuild } from "./rebuild-projection.ts";
import { TableWriter } from "./table-writer.ts";

/** What a retry came to. */
export interface RetryResult {
  /** Events that are applied now. */
  readonly applied: number;
  /** Events that are still parked. */
  readonly parked: number;
}

/** Tries again what was parked, or takes back that an event was given up, by its id. */
export async function retryEvents(
  context: ProjectionContext,
  projection: Projection,
  eventId: string | undefined,
): Promise<RetryResult> {
  const { state } = await openTable(context, projection);
  const parked = await context.store.parked(state.table);
  if (eventId === undefined || parked.some(({ id }) => id === eventId)) {
    return retryParked(context, projection, { state, parked });
  }
  return retrySkipped(context, projection, eventId);
}

interface Parked {
  readonly state: TableState;
  readonly parked: readonly ParkedEvent[];
}

/** Applies parked events, each stream's in order: the first that fails again holds back those behind it. */
async function retryParked(
  context: ProjectionContext,
  projection: Projection,
  { state, parked }: Parked,
): Promise<RetryResult> {
  const writer = new TableWriter(context.store, projection, state);
  const blocked = new Set<string>();
  let applied = 0;
  let gone = 0;
  for (const entry of parked) {
    if (blocked.has(entry.stream)) continue;
    const event = await readParked(context, entry);
    if (event === undefined) {
      writer.unpark(entry.id);
      gone += 1;
      continue;
    }
    const failure = await writer.apply(event);
    if (failure === undefined) {
      writer.unpark(entry.id);
      applied += 1;
    } else {
      writer.park(event, toReason(failure));
      blocked.add(entry.stream);
    }
    if (writer.pending >= batchSize) await writer.commit(state.checkpoint);
  }
  await writer.commit(state.checkpoint);
  context.committed();
  return { applied, parked: parked.length - applied - gone };
}

/**
 * Takes back that an event was given up: the projection is built anew with it, so that it comes in the order of its stream.
 * Where it still cannot be applied that throws `projection_failed`, and it stays given up.
 */
async function retrySkipped(context: ProjectionContext, projection: Projection, eventId: string): Promise<RetryResult> {
  const skipped = await context.store.skipped(projection.name, projection.version);
  if (!skipped.some(({ id }) => id === eventId)) throw noSuchEvent(projection, "parked or skipped", eventId);
  await rebuild(context, projection, { despite: eventId });
  // After the switch: whoever stops in between finds it given up and tries again.
  await untilCommitted(async () => {
    const { state } = await openTable(context, projection);
    const writer = new TableWriter(context.store, projection, state);
    writer.unskip(eventId);
    await writer.commit(state.checkpoint);
  });
  return { applied: 1, parked: 0 };
}

/** Another process may move the table on in between. */
async function untilCommitted(commit: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await commit();
    } catch (error) {
      if (!AgentKitError.is(error) || error.code !== "concurrency_conflict") throw error;
    }
  }
}

/** Gives a parked event up: this version never applies it, in a rebuild neither. Those behind it are with the next retry. */
export async function skipParked(
  context: ProjectionContext,
  projection: Projection,
  eventId: string,
): Promise<ParkedEvent> {
  const { state } = await openTable(context, projection);
  const parked = await context.store.parked(state.table);
  const entry = parked.find(({ id }) => id === eventId);
  if (entry === undefined) throw noSuchEvent(projection, "parked", eventId);
  const writer = new TableWriter(context.store, projection, state);
  writer.skip(entry);
  await writer.commit(state.checkpoint);
  return entry;
}

function noSuchEvent({ name }: Projection, kind: string, eventId: string): AgentKitError {
  return new AgentKitError("input_invalid", `The projection '${name}' has no ${kind} event ${eventId}.`, {
    param: "eventId",
  });
}

/** The event that was parked; `undefined` when its stream was deleted since, and there is nothing to apply any more. */
async function readParked({ log }: ProjectionContext, entry: ParkedEvent): Promise<StoredEvent | undefined> {
  const { stream, revision, id } = entry;
  try {
    for await (const event of log.readStream(stream, { from: revision, limit: 1 })) if (event.id === id) return event;
  } catch (error) {
    if (isStreamDeleted(error)) return undefined;
    throw error;
  }
  const message = `The log has no event ${id} at ${stream}@${revision} any more. Rebuild the projection from this log.`;
  throw new AgentKitError("projection_failed", message);
}
