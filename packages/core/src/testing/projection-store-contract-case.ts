import type { JsonObject } from "../json/json.ts";
import type {
  Checkpoint,
  ParkedEvent,
  ProjectionCommit,
  ProjectionStore,
  ProjectionStoreCapabilities,
  TableState,
} from "../projections/projection-store.ts";
import type { ContractCase } from "./contract.ts";
import { testEventId } from "./event-log-contract-case.ts";
import type { ProjectionStoreHarness } from "./projection-store-contract.ts";

/** A case of the projection store's contract. */
export type ProjectionStoreCase = ContractCase<ProjectionStoreHarness, keyof ProjectionStoreCapabilities>;

/** A table of `counts` that is active. */
export async function activeTable(store: ProjectionStore, name: string = "counts"): Promise<TableState> {
  const state = await store.create(name, 1);
  await store.activate(state.table, undefined);
  return { ...state, active: true };
}

/** A commit to a table at `expected`, of the rows that are given. */
export function toCommit(
  expected: number,
  rows: Readonly<Record<string, JsonObject | undefined>>,
  changes: Partial<ProjectionCommit> = {},
): ProjectionCommit {
  return {
    expected,
    checkpoint: checkpointAt(expected + 1),
    events: 1,
    rows: new Map(Object.entries(rows)),
    park: [],
    unpark: [],
    skip: [],
    unskip: [],
    ...changes,
  };
}

/** The checkpoint behind the n-th event. */
export function checkpointAt(n: number): Checkpoint {
  return { position: String(n), event: { id: testEventId(n), stream: "session-a", revision: n } };
}

/** The n-th parked event. */
export function parkedEvent(n: number, reason: string = "It failed."): ParkedEvent {
  return { id: testEventId(n), stream: `session-${n % 2}`, revision: n, position: String(n), reason };
}
