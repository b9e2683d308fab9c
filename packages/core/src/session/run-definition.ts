import { toCallDefinition, toContents } from "../agent/call-definition.ts";
import type { CallDefinition, CallOverrides, DefinitionContents } from "../agent/call-definition.ts";
import type { Agent } from "../agent/define-agent.ts";

/** An agent together with what its requests say in this run, and the contents that the events name by hash. */
export interface RunDefinition {
  readonly agent: Agent;
  readonly call: CallDefinition;
  readonly contents: DefinitionContents;
}

/** Lays overrides over an agent and addresses the result by its hashes, once for all calls of a run. */
export function toRunDefinition(agent: Agent, overrides: CallOverrides): RunDefinition {
  const call = toCallDefinition(agent, overrides);
  return { agent, call, contents: toContents(call) };
}
