/** The entry's name, until its owner replaces this file. */
export const entryName: string = "testing";
export { type Contract, type ContractCase, type ContractHarness, type ContractRunner, runContract } from "./contract.ts";
export { eventLogContract, type EventLogHarness } from "./event-log-contract.ts";
export { checkAgainstModel, type EventLogOperation } from "./event-log-model.ts";
