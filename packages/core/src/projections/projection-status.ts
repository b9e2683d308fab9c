import type { Position } from "../events/envelope.ts";
import { type ProjectionContext, readOptions } from "./follow-projection.ts";
import { tablesOf } from "./open-table.ts";
import type { Projection } from "./projection.ts";

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
  /** The table that is being built beside the one that is read. */
  readonly building: { readonly version: number; readonly events: number } | undefined;
}

const maxCounted = 1_000;

/** Looks up how a projection stands. */
export async function statusOf(context: ProjectionContext, projection: Projection): Promise<ProjectionStatus> {
  const tables = await tablesOf(context.store, projection.name);
  const active = tables.find((table) => table.active);
  const building = tables.findLast((table) => !table.active);
  return {
    name: projection.name,
    version: projection.version,
    activeVersion: active?.version,
    checkpoint: active?.checkpoint,
    behind: await countBehind(context, projection, active?.checkpoint),
    events: active?.events ?? 0,
    parked: active?.parked ?? 0,
    building: building && { version: building.version, events: building.events },
  };
}

async function countBehind(
  { log }: ProjectionContext,
  projection: Projection,
  checkpoint: Position | undefined,
): Promise<number> {
  let count = 0;
  for await (const _event of log.readAll({ ...readOptions(projection, checkpoint), limit: maxCounted })) count += 1;
  return count;
}
