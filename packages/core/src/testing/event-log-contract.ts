import type { EventLog, EventLogCapabilities } from "../event-log/event-log.ts";
import type { Contract, ContractHarness } from "./contract.ts";
import { appendCases } from "./event-log-contract-append.ts";
import { concurrencyCases } from "./event-log-contract-concurrency.ts";
import { deleteCases } from "./event-log-contract-delete.ts";
import { inputCases } from "./event-log-contract-input.ts";
import { lifecycleCases } from "./event-log-contract-lifecycle.ts";
import { readCases } from "./event-log-contract-read.ts";
import { subscribeCases } from "./event-log-contract-subscribe.ts";

/** What {@link eventLogContract} needs of an adapter. */
export interface EventLogHarness extends ContractHarness<keyof EventLogCapabilities> {
  /** What every log that is opened must declare, each reason included. */
  readonly capabilities: EventLogCapabilities;
  /** Opens a log that is empty. */
  open(): Promise<EventLog>;
  /** Opens what `log` holds once more, after `log` was closed. Needed where `durable` is declared. */
  reopen?(log: EventLog): Promise<EventLog>;
  /** Opens what `log` holds a second time beside it, as another process would. Needed where `multiProcess` is declared. */
  openBeside?(log: EventLog): Promise<EventLog>;
}

/**
 * Every guarantee of the {@link EventLog} port, one case each. Every implementation runs it with `runContract`.
 *
 * @example
 * ```ts
 * import { eventLogContract } from "@agentkit/core/testing";
 *
 * for (const { id, title } of eventLogContract.cases) console.log(id, title);
 * ```
 */
export const eventLogContract: Contract<EventLogHarness, keyof EventLogCapabilities> = {
  name: "EventLog contract",
  cases: [
    ...appendCases,
    ...inputCases,
    ...readCases,
    ...subscribeCases,
    ...concurrencyCases,
    ...deleteCases,
    ...lifecycleCases,
  ],
};
