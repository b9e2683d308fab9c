import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { Projection } from "./projection.ts";
import type { ProjectionStore, TableState } from "./projection-store.ts";

/** The table that a projection's events go to next. */
export interface OpenedTable {
  readonly state: TableState;
  /** The table of an older version that is read until this one has caught up; `undefined` when this one is active. */
  readonly replaces: string | undefined;
}

/**
 * Finds the table of a projection, or makes it: the first one of its name is active at once, one of a new version is
 * built beside the old one.
 *
 * @throws AgentKitError `projection_superseded` when the active table is of a newer version than this code.
 */
export async function openTable(store: ProjectionStore, projection: Projection): Promise<OpenedTable> {
  const { name, version } = projection;
  const tables = await tablesOf(store, name);
  const active = tables.find((table) => table.active);
  if (active?.version === version) return { state: active, replaces: undefined };
  if (active !== undefined && active.version > version) throw superseded(projection, active);
  const begun = tables.find((table) => !table.active && table.version === version);
  const state = begun ?? (await store.create(name, version));
  if (active !== undefined) return { state, replaces: active.table };
  try {
    await store.activate(state.table, undefined);
  } catch (error) {
    // Another process was first: its table is the one to go on with.
    await store.drop(state.table);
    throw error;
  }
  return { state: { ...state, active: true }, replaces: undefined };
}

/** All tables of a projection's name. */
export async function tablesOf(store: ProjectionStore, name: string): Promise<readonly TableState[]> {
  return (await store.tables()).filter((table) => table.name === name);
}

function superseded({ name, version }: Projection, active: TableState): AgentKitError {
  return new AgentKitError(
    "projection_superseded",
    `The projection '${name}' stands at version ${active.version}, and this code has version ${version}. ` +
      `Update this process; to go back to version ${version}, rebuild the projection with it.`,
  );
}
