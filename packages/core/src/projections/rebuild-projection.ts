import type { Position, StoredEvent } from "../events/envelope.ts";
import { lastEvent, toCheckpoint } from "./checkpoint.ts";
import { batchSize, readOptions } from "./follow-projection.ts";
import { tablesOf } from "./open-table.ts";
import type { Projection } from "./projection.ts";
import type { ProjectionContext } from "./projection-context.ts";
import type { ParkedEvent } from "./projection-store.ts";
import { projectionFailed } from "./projection-errors.ts";
import { TableWriter } from "./table-writer.ts";

/** How far a rebuild is. */
export interface RebuildProgress {
  /** Events applied so far. */
  readonly events: number;
  readonly eventsPerSecond: number;
  /** 0 to 100: how much of the time between the first and the last event of the log is done. */
  readonly percent: number;
}

/** Options of a rebuild. */
export interface RebuildOptions {
  /** Called after each batch of events and at the end. */
  readonly onProgress?: (progress: RebuildProgress) => void;
  readonly signal?: AbortSignal;
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
  options: RebuildOptions,
): Promise<RebuildResult> {
  const { store } = context;
  const { name, version } = projection;
  const writer = new TableWriter(store, projection, await store.create(name, version, { rebuild: true }));
  const { table } = writer.state;
  try {
    const progress = await Progress.begin(context, options);
    const givenUp = await store.skipped(name, version);
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
    progress.report(writer, event);
  }
  return { last, count };
}

interface Pass {
  readonly last: StoredEvent | undefined;
  readonly count: number;
}

/** Measures a rebuild by the times of the log's first and last event: a log cannot say how many events it has. */
class Progress {
  readonly #context: ProjectionContext;
  readonly #options: RebuildOptions;
  readonly #started: number;
  readonly #first: number;
  readonly #span: number;
  #percent = 0;

  private constructor(context: ProjectionContext, options: RebuildOptions, [first, last]: readonly [number, number]) {
    this.#context = context;
    this.#options = options;
    this.#started = context.clock.now();
    this.#first = first;
    this.#span = Math.max(last - first, 1);
  }

  static async begin(context: ProjectionContext, options: RebuildOptions): Promise<Progress> {
    const first = await timeAt(context, "forwards");
    return new Progress(context, options, [first, await timeAt(context, "backwards")]);
  }

  report(writer: TableWriter, event: StoredEvent): void {
    const share = (Date.parse(event.time) - this.#first) / this.#span;
    // Clocks are set back, and a bar that goes back is of no use.
    this.#percent = Math.max(this.#percent, Math.min(99, Math.floor(share * 100)));
    this.#tell(writer);
  }

  finish(writer: TableWriter): RebuildProgress {
    this.#percent = 100;
    return this.#tell(writer);
  }

  #tell(writer: TableWriter): RebuildProgress {
    const { events } = writer.state;
    const seconds = Math.max(this.#context.clock.now() - this.#started, 1) / 1_000;
    const progress = { events, eventsPerSecond: Math.round(events / seconds), percent: this.#percent };
    this.#options.onProgress?.(progress);
    return progress;
  }
}

async function timeAt({ log }: ProjectionContext, direction: "forwards" | "backwards"): Promise<number> {
  for await (const event of log.readAll({ direction, limit: 1 })) return Date.parse(event.time);
  return 0;
}
