import type { ProjectionStore, ProjectionStoreCapabilities } from "../projections/projection-store.ts";
import type { Contract, ContractHarness } from "./contract.ts";
import { projectionStoreCommitCases } from "./projection-store-contract-commit.ts";
import { projectionStoreReadCases } from "./projection-store-contract-read.ts";
import { projectionStoreTableCases } from "./projection-store-contract-tables.ts";

/** What {@link projectionStoreContract} needs of an adapter. */
export interface ProjectionStoreHarness extends ContractHarness<keyof ProjectionStoreCapabilities> {
  /** Opens a store that is empty. */
  open(): Promise<ProjectionStore>;
  /** Opens what `store` holds once more, after `store` was closed. Needed where `durable` is declared. */
  reopen?(store: ProjectionStore): Promise<ProjectionStore>;
  /** Opens what `store` holds a second time beside it. Needed where `multiProcess` is declared. */
  openBeside?(store: ProjectionStore): Promise<ProjectionStore>;
}

/**
 * Every guarantee of the {@link ProjectionStore} port, one case each. Every implementation runs it with `runContract`.
 *
 * @example
 * ```ts
 * import { projectionStoreContract } from "@agentkit/core/testing";
 *
 * for (const { id, title } of projectionStoreContract.cases) console.log(id, title);
 * ```
 */
export const projectionStoreContract: Contract<ProjectionStoreHarness, keyof ProjectionStoreCapabilities> = {
  name: "ProjectionStore contract",
  cases: [...projectionStoreTableCases, ...projectionStoreCommitCases, ...projectionStoreReadCases],
};
