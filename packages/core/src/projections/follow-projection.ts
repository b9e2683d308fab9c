import { AgentKitError } from "../errors/agent-kit-error.ts";
import { type EventLog, isCaughtUp } from "../event-log/event-log.ts";
import type { Position, StoredEvent } from "../events/envelope.ts";
import type { Clock } from "../runtime/clock.ts";
import { type OpenedTable, openTable } from "./open-table.ts";
import type { Projection } from "./projection.ts";
import { projectionFailed, toReason } from "./projection-errors.ts";
import type { ProjectionStore } from "./projection-store.ts";
import { TableWriter } from "./table-writer.ts";

/** What projecting needs. */
export interface ProjectionContext {
  readonly log: EventLog;
  readonly store: ProjectionStore;
  readonly clock: Clock;
  /** What becomes of an event that cannot be applied while a projection follows the log. */
  readonly onPoison: "park" | "stop";
  /** Called after each commit and each switch. */
  readonly committed: () => void;
}

/** Events of one commit, at most: many enough that its cost is shared, few enough that little is done again after a crash. */
export const batchSize = 1_000;

/** How long to wait before a table is taken up again that another process has moved on, or a store that was away. */
const pauseMs = 250;

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
      if (!isConflict(error) && !(AgentKitError.is(error) && error.retryable)) throw error;
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
  const end = await lastPosition(log);
  let after = follower.checkpoint;
  if (end !== undefined && (after === undefined || log.compare(after, end) < 0)) {
    for await (const event of log.readAll({ ...readOptions(projection, after), ...(signal && { signal }) })) {
      await follower.take(event);
      after = event.position;
    }
    await follower.commit(after === undefined || log.compare(after, end) < 0 ? end : after);
  }
  await follower.switchOver();
}

async function followOnce(context: ProjectionContext, projection: Projection, signal: AbortSignal): Promise<void> {
  const follower = await Follower.open(context, projection);
  const options = { ...readOptions(projection, follower.checkpoint), signal };
  for await (const message of context.log.subscribe(options)) {
    if (!isCaughtUp(message)) await follower.take(message);
    else {
      await follower.commit(message.position);
      await follower.switchOver();
    }
  }
}

/** The position of the log's last event. */
export async function lastPosition(log: EventLog): Promise<Position | undefined> {
  for await (const event of log.readAll({ direction: "backwards", limit: 1 })) return event.position;
  return undefined;
}

/** Reads a projection's events after a checkpoint. */
export function readOptions(
  { filter }: Projection,
  after: Position | undefined,
): { readonly filter?: NonNullable<Projection["filter"]>; readonly after?: Position } {
  return { ...(filter !== undefined && { filter }), ...(after !== undefined && { after }) };
}

/** Takes the log's events to a projection's table, and parks what cannot be applied in the order of its stream. */
class Follower {
  readonly #context: ProjectionContext;
  readonly #projection: Projection;
  readonly #writer: TableWriter;
  /** Streams with a parked event: what comes later in them has to wait behind it. */
  readonly #blocked: Set<string>;
  #replaces: string | undefined;

  private constructor(context: ProjectionContext, projection: Projection, opened: OpenedTable & Blocked) {
    this.#context = context;
    this.#projection = projection;
    this.#writer = new TableWriter(context.store, projection, opened.state);
    this.#blocked = new Set(opened.blocked);
    this.#replaces = opened.replaces;
  }

  static async open(context: ProjectionContext, projection: Projection): Promise<Follower> {
    const opened = await openTable(context.store, projection);
    const parked = await context.store.parked(opened.state.table);
    return new Follower(context, projection, { ...opened, blocked: parked.map(({ stream }) => stream) });
  }

  get checkpoint(): Position | undefined {
    return this.#writer.state.checkpoint;
  }

  async take(event: StoredEvent): Promise<void> {
    if (this.#blocked.has(event.stream)) this.#writer.park(event, "It comes after a parked event of its stream.");
    else {
      const failure = await this.#writer.apply(event);
      if (failure !== undefined) await this.#fail(event, failure);
    }
    if (this.#writer.pending >= batchSize) await this.commit(event.position);
  }

  async commit(checkpoint: Position | undefined): Promise<void> {
    await this.#writer.commit(checkpoint);
    this.#context.committed();
  }

  /** Has the table read from now on in the place of the one of an older version, when it was built beside one. */
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

interface Blocked {
  readonly blocked: readonly string[];
}

function isConflict(error: unknown): boolean {
  return AgentKitError.is(error) && error.code === "concurrency_conflict";
}
