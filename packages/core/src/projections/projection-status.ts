import type { Position } from "../events/envelope.ts";
import { fitsLog } from "./checkpoint.ts";
import { readOptions } from "./follow-projection.ts";
import { tablesOf } from "./open-table.ts";
import type { Projection } from "./projection.ts";
import type { ProjectionContext } from "./projection-context.ts";
import type { Checkpoint, TableState } from "./projection-store.ts";

/** How a projection stands. */
export interface ProjectionStatus {
  readonly name: string;
  /** The version of this code. */
  readonly version: number;
  /** The version that is read, `undefined` before the first event was projected. */
  readonly activeVersion: number | undefined;
  readonly checkpoint: Position | undefined;
  /** Events of the log that it has not applied yet, counted up to 1,000. */
  readonly behind: number;
  readonly events: number;
  readonly parked: number;
  /** Events that were given up for this version. */
  readonly skipped: number;
  /** The table that is being built beside the one that is read. */
  readonly building: BuildingStatus | undefined;
}

/** How far a table is that is not read yet. */
export interface BuildingStatus {
  readonly version: number;
  readonly events: number;
  /** `rebuild`: one is running. `abandoned`: the process of one is gone. `follow`: whoever projects next goes on with it. */
  readonly by: "rebuild" | "abandoned" | "follow";
}

const maxCounted = 1_000;

/**
 * How many events a version of a projection is made of, as far as its active table tells: one that is far behind does not,
 * and neither does one that is made of another version or another log.
 */
export async function totalOf(context: ProjectionContext, projection: Projection): Promise<number | undefined> {
  const active = (await tablesOf(context.store, projection.name)).find((table) => table.active);
  if (active?.version !== projection.version || !(await fitsLog(context.log, active.checkpoint))) return undefined;
  const behind = await countBehind(context, projection, active.checkpoint);
  return behind < maxCounted ? active.events + active.parked + behind : undefined;
}

/** Looks up how a projection stands. */
export async function statusOf(context: ProjectionContext, projection: Projection): Promise<ProjectionStatus> {
  const tables = await tablesOf(context.store, projection.name);
  const active = tables.find((table) => table.active);
  const building = tables.findLast((table) => !table.active);
  return {
    name: projection.name,
    version: projection.version,
    activeVersion: active?.version,
    checkpoint: active?.checkpoint?.position,
    behind: await countBehind(context, projection, active?.checkpoint),
    events: active?.events ?? 0,
    parked: active?.parked ?? 0,
    skipped: (await context.store.skipped(projection.name, projection.version)).length,
    building: building && toBuilding(building),
  };
}

function toBuilding({ version, events, rebuild }: TableState): BuildingStatus {
  if (rebuild === undefined) return { version, events, by: "follow" };
  return { version, events, by: rebuild === "running" ? "rebuild" : "abandoned" };
}

async function countBehind(
  { log }: ProjectionContext,
  projection: Projection,
  checkpoint: Checkpoint | undefined,
): Promise<number> {
  // Rows of another log have none of this one's events.
  const after = (await fitsLog(log, checkpoint)) ? checkpoint : undefined;
  let count = 0;
  for await (const _event of log.readAll({ ...readOptions(projection, after), limit: maxCounted })) count += 1;
  return count;
}
