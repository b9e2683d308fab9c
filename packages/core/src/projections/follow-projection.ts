import { AgentKitError } from "../errors/agent-kit-error.ts";
import { type CaughtUp, isCaughtUp } from "../event-log/event-log.ts";
import type { Position, StoredEvent } from "../events/envelope.ts";
import { fitsLog, lastEvent, toCheckpoint } from "./checkpoint.ts";
import { type OpenedTable, openTable } from "./open-table.ts";
import type { Projection } from "./projection.ts";
import type { ProjectionContext } from "./projection-context.ts";
import { projectionFailed, toReason } from "./projection-errors.ts";
import type { Checkpoint } from "./projection-store.ts";
import { TableWriter } from "./table-writer.ts";

/** Events of one commit, at most: many enough that its cost is shared, few enough that little is done again after a crash. */
export const batchSize = 1_000;

/** How long to wait before a table is taken up again that another process has moved on, or a store that was away. */
const pauseMs = 250;

/** How often a projection that follows the log looks whether it is still the log that its rows were made from. */
const verifyMs = 5_000;

/** Brings a projection to the end of the log as it is now. */
export async function catchUp(
  context: ProjectionContext,
  projection: Projection,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    try {
      return await catchUpOnce(context, projection, signal);
    } catch (error) {
      // Somebody else has committed, so that there is less left to do: go on from there.
      if (!isConflict(error)) throw error;
    }
  }
}

/** Follows the log until the signal fires. Throws what cannot be waited out. */
export async function follow(context: ProjectionContext, projection: Projection, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await followOnce(context, projection, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isWaitable(error)) throw error;
      await context.clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }
}

async function catchUpOnce(
  context: ProjectionContext,
  projection: Projection,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { log } = context;
  const follower = await Follower.open(context, projection);
  const end = await lastEvent(log);
  let after = follower.checkpoint;
  if (end !== undefined && (after === undefined || log.compare(after.position, end.position) < 0)) {
    for await (const event of log.readAll({ ...readOptions(projection, after), ...(signal && { signal }) })) {
      await follower.take(event);
      after = toCheckpoint(event);
    }
    const behind = after === undefined || log.compare(after.position, end.position) < 0;
    await follower.commit(behind ? toCheckpoint(end) : after);
  }
  await follower.switchOver();
}

/** Follows the log until the signal fires, or until it turns out to be another log than before. */
async function followOnce(context: ProjectionContext, projection: Projection, signal: AbortSignal): Promise<void> {
  const follower = await Follower.open(context, projection);
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const verifying = untilExchanged(context, follower, stop).finally(() => ended.abort());
  try {
    for await (const message of context.log.subscribe({
      ...readOptions(projection, follower.checkpoint),
      signal: stop,
    })) {
      if (isCaughtUp(message)) await follower.reachEnd(message);
      else await follower.take(message);
    }
  } catch (error) {
    if (!(stop.aborted && (await verifying))) throw error;
  } finally {
    ended.abort();
    await verifying;
  }
}

/**
 * Resolves with true when the log no longer has the event of the checkpoint, which a subscription does not tell: a server
 * that was emptied, or set back to a backup, only has nothing new for a long time.
 */
async function untilExchanged(context: ProjectionContext, follower: Follower, stop: AbortSignal): Promise<boolean> {
  for (;;) {
    await context.clock.sleep(verifyMs, stop).catch(() => undefined);
    if (stop.aborted) return false;
    // A log that cannot be read is the subscription's to report.
    const fits = await fitsLog(context.log, follower.checkpoint, stop).catch(() => true);
    if (!fits) return !stop.aborted;
  }
}

/** Reads a projection's events after a checkpoint. */
export function readOptions(
  { filter }: Projection,
  after: Checkpoint | undefined,
): { readonly filter?: NonNullable<Projection["filter"]>; readonly after?: Checkpoint["position"] } {
  return { ...(filter !== undefined && { filter }), ...(after !== undefined && { after: after.position }) };
}

/** Takes the log's events to a projection's table, and parks what cannot be applied in the order of its stream. */
class Follower {
  readonly #context: ProjectionContext;
  readonly #projection: Projection;
  readonly #writer: TableWriter;
  /** Streams with a parked event: what comes later in them has to wait behind it. */
  readonly #blocked: Set<string>;
  /** Ids of events that were given up: they are passed over. */
  readonly #skipped: ReadonlySet<string>;
  #last: StoredEvent | undefined;
  #replaces: string | undefined;

  private constructor(context: ProjectionContext, projection: Projection, opened: OpenedTable & Exceptions) {
    this.#context = context;
    this.#projection = projection;
    this.#writer = new TableWriter(context.store, projection, opened.state);
    this.#blocked = new Set(opened.blocked);
    this.#skipped = new Set(opened.skipped);
    this.#replaces = opened.replaces;
  }

  static async open(context: ProjectionContext, projection: Projection): Promise<Follower> {
    const opened = await openTable(context, projection);
    const parked = await context.store.parked(opened.state.table);
    const skipped = await context.store.skipped(projection.name, projection.version);
    return new Follower(context, projection, {
      ...opened,
      blocked: parked.map(({ stream }) => stream),
      skipped: skipped.map(({ id }) => id),
    });
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#writer.state.checkpoint;
  }

  async take(event: StoredEvent): Promise<void> {
    this.#last = event;
    if (this.#skipped.has(event.id)) return;
    if (this.#blocked.has(event.stream)) this.#writer.park(event, "It comes after a parked event of its stream.");
    else {
      const failure = await this.#writer.apply(event);
      if (failure !== undefined) await this.#fail(event, failure);
    }
    if (this.#writer.pending >= batchSize) await this.commit(toCheckpoint(event));
  }

  /** Commits what was taken, and has the table read when it was built beside another. */
  async reachEnd({ position }: CaughtUp): Promise<void> {
    if (position !== undefined && position !== this.checkpoint?.position) {
      await this.commit(await this.#checkpointAt(position));
    }
    await this.switchOver();
  }

  /** Never goes back: an end before the checkpoint is that of another log, which is for {@link untilExchanged} to find. */
  async #checkpointAt(position: Position): Promise<Checkpoint | undefined> {
    const { log } = this.#context;
    const last = this.#last?.position === position ? this.#last : await lastEvent(log, position);
    const { checkpoint } = this;
    if (last === undefined) return checkpoint;
    const forwards = checkpoint === undefined || log.compare(checkpoint.position, last.position) < 0;
    return forwards ? toCheckpoint(last) : checkpoint;
  }

  async commit(checkpoint: Checkpoint | undefined): Promise<void> {
    await this.#writer.commit(checkpoint);
    this.#context.committed();
  }

  /** Has the table read from now on in the place of the one that it was built beside. */
  async switchOver(): Promise<void> {
    if (this.#replaces === undefined) return;
    await this.#context.store.activate(this.#writer.state.table, this.#replaces);
    this.#replaces = undefined;
    this.#context.committed();
  }

  async #fail(event: StoredEvent, failure: unknown): Promise<void> {
    if (this.#context.onPoison === "stop") throw projectionFailed(this.#projection, event, failure);
    this.#writer.park(event, toReason(failure));
    this.#blocked.add(event.stream);
  }
}

interface Exceptions {
  readonly blocked: readonly string[];
  readonly skipped: readonly string[];
}

function isConflict(error: unknown): boolean {
  return AgentKitError.is(error) && error.code === "concurrency_conflict";
}

/** Whether opening the table again may help. A position is invalid when the log was exchanged after it was looked at. */
function isWaitable(error: unknown): boolean {
  if (!AgentKitError.is(error)) return false;
  return isConflict(error) || error.retryable || error.code === "position_invalid";
}
