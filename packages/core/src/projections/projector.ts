import { AgentKitError } from "../errors/agent-kit-error.ts";
import { createBell } from "../event-log/bell.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { Position } from "../events/envelope.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { fitsLog } from "./checkpoint.ts";
import { catchUp, follow } from "./follow-projection.ts";
import { tablesOf } from "./open-table.ts";
import { retryEvents, type RetryResult, skipParked } from "./parked-events.ts";
import type { Projection } from "./projection.ts";
import type { ProjectionContext } from "./projection-context.ts";
import { projectionNotFound } from "./projection-errors.ts";
import { type ProjectionStatus, statusOf } from "./projection-status.ts";
import type { ParkedEvent, ProjectionStore } from "./projection-store.ts";
import { rebuild, type RebuildOptions, type RebuildResult } from "./rebuild-projection.ts";

/** What a projector is made of. */
export interface ProjectorOptions {
  readonly log: EventLog;
  readonly store: ProjectionStore;
  readonly projections: readonly Projection[];
  /**
   * What becomes of an event that a projection cannot apply: `park` puts it aside with the later ones of its stream and
   * goes on (the default), `stop` throws `projection_failed`. A rebuild always throws.
   */
  readonly onPoison?: "park" | "stop";
  readonly clock?: Clock;
  /** Gets a sentence for a person when a projection is built anew because its rows are not those of this log. */
  readonly onNotice?: (message: string) => void;
}

/** Options of {@link Projector.waitFor}. */
export interface WaitOptions {
  /** Which projection; default all. */
  readonly name?: string;
  /** Throws `projection_behind` after so long. Default 5,000 ms. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Keeps projections up to date with a log. */
export interface Projector {
  /** Brings every projection to the end of the log as it is now. */
  catchUp(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Keeps every projection up to date until the signal fires. Throws what cannot be waited out. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Builds a projection anew beside the one that is read, then switches. Throws `projection_failed` at a poison event that
   * was not given up, and `projection_rebuild_running` while another rebuild of it runs.
   */
  rebuild(name: string, options?: RebuildOptions): Promise<RebuildResult>;
  /** Waits until what is read has every event up to a position, whoever projects it. Throws `projection_behind`. */
  waitFor(position: Position, options?: WaitOptions): Promise<void>;
  /** How each projection stands. */
  status(): Promise<readonly ProjectionStatus[]>;
  /** The events that a projection has put aside, in order. */
  parked(name: string): Promise<readonly ParkedEvent[]>;
  /** The events that were given up for this version of a projection, in order. */
  skipped(name: string): Promise<readonly ParkedEvent[]>;
  /**
   * Applies parked events in the order of their streams, as far as that is possible now. With the id of an event that was
   * given up, takes that back: the projection is built anew with it, or throws `projection_failed` and stays as it was.
   */
  retry(name: string, eventId?: string): Promise<RetryResult>;
  /** Gives one parked event up for this version, rebuilds included; a retry takes up those behind it. */
  skip(name: string, eventId: string): Promise<ParkedEvent>;
}

/**
 * Makes a projector. Any number of processes may project into one store: a commit of one that was overtaken fails, and
 * it goes on from where the other is. A checkpoint holds its event's id: rows that were made from another log, or from what
 * an older copy of the log does not have, are built anew before they are read. Errors by code: `projection_not_found`, `projection_superseded`,
 * `projection_failed`, `projection_behind`, `concurrency_conflict` (from `rebuild`, `retry` and `skip`), and those of log
 * and store.
 *
 * @throws AgentKitError `definition_invalid` for two projections of one name, or a name or version that cannot work.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog, createInMemoryProjectionStore, createProjector, usage } from "@agentkit/core";
 *
 * const options = { log: createInMemoryEventLog(), store: createInMemoryProjectionStore(), projections: [usage] };
 * const projector = createProjector(options);
 * await projector.catchUp();
 * for (const { name, behind } of await projector.status()) console.log(name, behind);
 * ```
 */
export function createProjector(options: ProjectorOptions): Projector {
  const { log, store, projections, onPoison = "park", clock = systemClock, onNotice } = options;
  const byName = toNames(projections);
  const bell = createBell();
  const context: ProjectionContext = {
    log,
    store,
    clock,
    onPoison,
    committed: () => bell.ring(),
    notice: (message) => onNotice?.(message),
  };

  function find(name: string): Projection {
    const projection = byName.get(name);
    if (projection === undefined) throw projectionNotFound(name, [...byName.keys()]);
    return projection;
  }

  return {
    async catchUp({ signal } = {}) {
      for (const projection of projections) await catchUp(context, projection, signal);
    },
    run: (signal) => runAll(context, projections, signal),
    rebuild: async (name, rebuildOptions = {}) => rebuild(context, find(name), rebuildOptions),
    async waitFor(position, { name, timeoutMs = 5_000, signal } = {}) {
      const names = name === undefined ? [...byName.keys()] : [find(name).name];
      await waitFor({ context, names, position, rung: (stop) => bell.wait(stop) }, timeoutMs, signal);
    },
    status: () => Promise.all(projections.map(async (projection) => statusOf(context, projection))),
    async parked(name) {
      const tables = await tablesOf(store, find(name).name);
      const active = tables.find((table) => table.active);
      return active === undefined ? [] : store.parked(active.table);
    },
    skipped: async (name) => store.skipped(name, find(name).version),
    retry: async (name, eventId) => retryEvents(context, find(name), eventId),
    skip: async (name, eventId) => skipParked(context, find(name), eventId),
  };
}

function toNames(projections: readonly Projection[]): ReadonlyMap<string, Projection> {
  const byName = new Map<string, Projection>();
  for (const projection of projections) {
    const { name, version } = projection;
    if (!/^[a-z][a-z0-9-]{0,99}$/.test(name) || !Number.isSafeInteger(version) || version < 1) {
      const message = `'${name}' version ${version} is no projection: a name of a-z 0-9 - and a whole version from 1.`;
      throw new AgentKitError("definition_invalid", message);
    }
    if (byName.has(name)) throw new AgentKitError("definition_invalid", `Two projections have the name '${name}'.`);
    byName.set(name, projection);
  }
  return byName;
}

/** One that fails stops the others: what is not kept up to date must be noticed. */
async function runAll(
  context: ProjectionContext,
  projections: readonly Projection[],
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const runs = projections.map(async (projection) => {
    try {
      await follow(context, projection, stop);
    } catch (error) {
      failed.abort();
      throw error;
    }
  });
  const results = await Promise.allSettled(runs);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

interface Wait {
  readonly context: ProjectionContext;
  readonly names: readonly string[];
  readonly position: Position;
  /** Resolves at the next commit of this process, or when the signal fires. */
  readonly rung: (signal: AbortSignal) => Promise<void>;
}

/** How often to look whether another process has committed. */
const pollMs = 50;

async function waitFor(wait: Wait, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
  const { clock } = wait.context;
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    if (signal?.aborted === true) throw new AgentKitError("aborted", "The wait was aborted by its signal.");
    const behind = await findBehind(wait);
    if (behind === undefined) return;
    if (clock.now() >= deadline) {
      const message = `The projection '${behind}' has not reached position ${wait.position} within ${timeoutMs} ms. Is a projector running?`;
      throw new AgentKitError("projection_behind", message, { retryable: true });
    }
    await wakeUp(wait, signal);
  }
}

async function wakeUp({ context, rung }: Wait, signal: AbortSignal | undefined): Promise<void> {
  const done = new AbortController();
  const stop = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]);
  await Promise.race([rung(stop), context.clock.sleep(pollMs, stop).catch(() => undefined)]);
  done.abort();
}

async function findBehind({ context, names, position }: Wait): Promise<string | undefined> {
  const tables = (await context.store.tables()).filter((table) => table.active);
  for (const name of names) {
    const checkpoint = tables.find((table) => table.name === name)?.checkpoint;
    if (checkpoint === undefined || !(await fitsLog(context.log, checkpoint))) return name;
    if (context.log.compare(checkpoint.position, position) < 0) return name;
  }
  return undefined;
}
