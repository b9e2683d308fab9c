import type { Agent } from "../agent/define-agent.ts";
import type { EventLog } from "../event-log/event-log.ts";

/** A story that is kept as a log of each version: what is written, and the agents that wrote it. */
export interface GoldenScenario {
  readonly agents: readonly Agent[];
  write(log: EventLog): Promise<void>;
}
