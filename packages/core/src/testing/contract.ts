/** One guarantee of a port, as a function that throws when an implementation does not keep it. */
export interface ContractCase<Harness, Capability extends string = string> {
  /** Stable, `group/name`: what a report or an exception list refers to. */
  readonly id: string;
  /** The behaviour, verb first. */
  readonly title: string;
  /** The capability the case is about. An adapter that does not declare it skips the case. */
  readonly capability?: Capability;
  run(harness: Harness): Promise<void>;
}

/** A port's guarantees as data, so that any test runner can check them. */
export interface Contract<Harness, Capability extends string = string> {
  readonly name: string;
  readonly cases: readonly ContractCase<Harness, Capability>[];
}

/** What {@link runContract} needs of an adapter beside what the cases need. */
export interface ContractHarness<Capability extends string = string> {
  /** What the adapter declares, or why it does not. A case about what is not declared is skipped, with that as its reason. */
  readonly capabilities: Readonly<Record<Capability, boolean | { readonly reason: string }>>;
  /** Frees what the case made it open. Called after every case, whatever its outcome. */
  cleanUp(): Promise<void>;
}

/** The part of a test runner's functions that {@link runContract} uses: vitest, Jest and node:test all have it. */
export interface ContractRunner {
  readonly describe: (title: string, register: () => void) => unknown;
  readonly it: {
    (title: string, run: () => Promise<void>): unknown;
    readonly skip: (title: string, run: () => Promise<void>) => unknown;
  };
}

/**
 * Registers a contract's cases as tests of an adapter.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog, type EventLog } from "@agentkit/core";
 * import { eventLogContract, runContract } from "@agentkit/core/testing";
 * import { describe, it } from "node:test";
 *
 * const opened: EventLog[] = [];
 * runContract(
 *   eventLogContract,
 *   {
 *     capabilities: createInMemoryEventLog().capabilities,
 *     async open() {
 *       const log = createInMemoryEventLog();
 *       opened.push(log);
 *       return log;
 *     },
 *     async cleanUp() {
 *       await Promise.all(opened.splice(0).map((log) => log.close()));
 *     },
 *   },
 *   { describe, it },
 * );
 * ```
 */
export function runContract<Harness extends ContractHarness<Capability>, Capability extends string>(
  contract: Contract<Harness, Capability>,
  harness: Harness,
  { describe, it }: ContractRunner,
): void {
  describe(contract.name, () => {
    for (const contractCase of contract.cases) {
      const { id, title, capability } = contractCase;
      const test = async (): Promise<void> => {
        try {
          await contractCase.run(harness);
        } finally {
          await harness.cleanUp();
        }
      };
      const declared = capability === undefined ? true : harness.capabilities[capability];
      if (declared === true) it(`${id}: ${title}`, test);
      else it.skip(`${id}: ${title} (the capability '${capability}' is not declared${reasonOf(declared)})`, test);
    }
  });
}

function reasonOf(undeclared: false | { readonly reason: string }): string {
  return undeclared === false ? "" : `: ${undeclared.reason}`;
}
