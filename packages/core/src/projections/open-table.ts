import { AgentKitError } from "../errors/agent-kit-error.ts";
import { fitsLog } from "./checkpoint.ts";
import type { Projection } from "./projection.ts";
import type { ProjectionContext } from "./projection-context.ts";
import type { ProjectionStore, TableState } from "./projection-store.ts";

/** The table that a projection's events go to next. */
export interface OpenedTable {
  readonly state: TableState;
  /** The table that is read until this one has caught up; `undefined` when this one is active. */
  readonly replaces: string | undefined;
}

/**
 * Finds the table of a projection, or makes it: the first one of its name is active at once; one of a new version, or in
 * the place of one that does not fit the log, is built beside the old one.
 *
 * @throws AgentKitError `projection_superseded` when the active table is of a newer version than this code.
 */
export async function openTable(context: ProjectionContext, projection: Projection): Promise<OpenedTable> {
  const { log, store } = context;
  const { name, version } = projection;
  const tables = await tablesOf(store, name);
  const active = tables.find((table) => table.active);
  if (active?.version === version && (await fitsLog(log, active.checkpoint))) {
    return { state: active, replaces: undefined };
  }
  if (active !== undefined && active.version > version) throw superseded(projection, active);
  const begun = await findBegun(context, tables, version);
  if (begun === undefined && active?.version === version) context.notice(toNotice(active));
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

/** What an earlier process began beside the active table, or another one is building now: they go on with it together. */
async function findBegun(
  { log, store }: ProjectionContext,
  tables: readonly TableState[],
  version: number,
): Promise<TableState | undefined> {
  for (const table of tables) {
    if (table.active || table.version !== version || table.rebuild !== undefined) continue;
    if (await fitsLog(log, table.checkpoint)) return table;
    await store.drop(table.table);
  }
  return undefined;
}

function toNotice({ name, checkpoint }: TableState): string {
  const begin = `The projection '${name}' stands at position ${checkpoint?.position ?? "-"}`;
  const reason =
    checkpoint?.event === undefined
      ? "but was written by an earlier version, which did not keep the event it belongs to"
      : `and the log does not have its event ${checkpoint.event.id} there: the log was exchanged for another one, or set back to an older one`;
  return `${begin}, ${reason}. It is built anew from this log.`;
}

function superseded({ name, version }: Projection, active: TableState): AgentKitError {
  return new AgentKitError(
    "projection_superseded",
    `The projection '${name}' stands at version ${active.version}, and this code has version ${version}. ` +
      `Update this process; to go back to version ${version}, rebuild the projection with it.`,
  );
}
