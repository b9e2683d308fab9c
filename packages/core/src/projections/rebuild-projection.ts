import type { Position, StoredEvent } from "../events/envelope.ts";
import { lastEvent, toCheckpoint } from "./checkpoint.ts";
import { batchSize, readOptions } from "./follow-projection.ts";
import { tablesOf } from "./open-table.ts";
import type { Projection } from "./projection.ts";
import type { ProjectionContext } from "./projection-context.ts";
import { totalOf } from "./projection-status.ts";
import type { ParkedEvent } from "./projection-store.ts";
import { projectionFailed } from "./projection-errors.ts";
import { TableWriter } from "./table-writer.ts";

/** How far a rebuild is. */
export interface RebuildProgress {
  /** Events applied so far. */
  readonly events: number;
  readonly eventsPerSecond: number;
  /**
   * 0 to 100, of the events that the table in use is made of. `undefined` until the end where there is none, or it is far
   * behind: a log cannot say how many events it has.
   */
  readonly percent: number | undefined;
}

/** Options of a rebuild. */
export interface RebuildOptions {
  /** Called after each batch of events and at the end. */
  readonly onProgress?: (progress: RebuildProgress) => void;
  readonly signal?: AbortSignal;
}

/** Options of {@link rebuild}. */
export interface RebuildRequest extends RebuildOptions {
  /** An event to apply although it was given up. */
  readonly despite?: string;
}

/** What a rebuild came to. */
export interface RebuildResult {
  readonly name: string;
  readonly version: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Where in the log the new table is. */
  readonly position: Position | undefined;
  /** Events that were left out, because they were given up for this version. */
  readonly skipped: readonly ParkedEvent[];
}

/**
 * Builds a projection from the log's beginning in a new table and has it read in the place of the old one, which serves
 * until then. A rebuild that fails leaves the old one as it is. Events that were given up for this version are left out.
 */
export async function rebuild(
  context: ProjectionContext,
  projection: Projection,
  options: RebuildRequest,
): Promise<RebuildResult> {
  const { store } = context;
  const { name, version } = projection;
  const writer = new TableWriter(store, projection, await store.create(name, version, { rebuild: true }));
  const { table } = writer.state;
  try {
    const progress = new Progress(context, options, await totalOf(context, projection));
    const givenUp = (await store.skipped(name, version)).filter(({ id }) => id !== options.despite);
    const skips = new Map(givenUp.map((event) => [event.id, event]));
    const skipped: ParkedEvent[] = [];
    await readToEnd(context, { projection, writer, progress, skips, skipped, signal: options.signal });
    const active = (await tablesOf(store, name)).find((candidate) => candidate.active);
    await store.activate(table, active?.table);
    context.committed();
    const { events, eventsPerSecond } = progress.finish(writer);
    return { name, version, events, eventsPerSecond, position: writer.state.checkpoint?.position, skipped };
  } catch (error) {
    await store.drop(table);
    throw error;
  }
}

interface Building {
  readonly projection: Projection;
  readonly writer: TableWriter;
  readonly progress: Progress;
  /** Events to leave out, by id, and those that were. */
  readonly skips: ReadonlyMap<string, ParkedEvent>;
  readonly skipped: ParkedEvent[];
  readonly signal: AbortSignal | undefined;
}

/** Reads the log, and then what was appended meanwhile, until a pass meets nothing new or little enough. */
async function readToEnd(context: ProjectionContext, building: Building): Promise<void> {
  const { log } = context;
  const { writer } = building;
  for (;;) {
    const end = await lastEvent(log);
    const { checkpoint } = writer.state;
    if (end === undefined || (checkpoint !== undefined && log.compare(checkpoint.position, end.position) >= 0)) return;
    const { last, count } = await readPass(context, building);
    const furthest = last === undefined || log.compare(last.position, end.position) < 0 ? end : last;
    await writer.commit(toCheckpoint(furthest));
    if (count < batchSize) return;
  }
}

async function readPass(context: ProjectionContext, building: Building): Promise<Pass> {
  const { projection, writer, progress, skips, skipped, signal } = building;
  let last: StoredEvent | undefined;
  let count = 0;
  const options = { ...readOptions(projection, writer.state.checkpoint), ...(signal && { signal }) };
  for await (const event of context.log.readAll(options)) {
    last = event;
    count += 1;
    const skip = skips.get(event.id);
    if (skip !== undefined) {
      skipped.push(skip);
      continue;
    }
    const failure = await writer.apply(event);
    if (failure !== undefined) throw projectionFailed(projection, event, failure);
    if (writer.pending < batchSize) continue;
    await writer.commit(toCheckpoint(event));
    progress.report(writer);
  }
  return { last, count };
}

interface Pass {
  readonly last: StoredEvent | undefined;
  readonly count: number;
}

/** Tells how far a rebuild is. */
class Progress {
  readonly #context: ProjectionContext;
  readonly #options: RebuildOptions;
  readonly #total: number | undefined;
  readonly #started: number;

  constructor(context: ProjectionContext, options: RebuildOptions, total: number | undefined) {
    this.#context = context;
    this.#options = options;
    this.#total = total;
    this.#started = context.clock.now();
  }

  report(writer: TableWriter): void {
    const share = this.#total && writer.state.events / this.#total;
    // What was appended since it was counted is left to do at 99.
    this.#tell(writer, share && Math.min(99, Math.floor(share * 100)));
  }

  finish(writer: TableWriter): RebuildProgress {
    return this.#tell(writer, 100);
  }

  #tell(writer: TableWriter, percent: number | undefined): RebuildProgress {
    const { events } = writer.state;
    const seconds = Math.max(this.#context.clock.now() - this.#started, 1) / 1_000;
    const progress = { events, eventsPerSecond: Math.round(events / seconds), percent };
    this.#options.onProgress?.(progress);
    return progress;
  }
}
