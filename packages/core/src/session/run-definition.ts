import { anonymous } from "../access/principal.ts";
import { decideOffers } from "../access/decide-access.ts";
import type { AccessControl, OfferDecision } from "../access/decide-access.ts";
import { toCallDefinition, toContents } from "../agent/call-definition.ts";
import type { CallDefinition, CallOverrides, DefinitionContents } from "../agent/call-definition.ts";
import type { Agent } from "../agent/define-agent.ts";
import type { ModelSettings } from "../model/model.ts";
import { redactCall } from "../safety/redact-definition.ts";
import type { Safety } from "../safety/safety.ts";
import type { ActiveRun } from "./session-state.ts";

/** What a request says, and the contents that events name by hash. */
export interface CallContents {
  readonly call: CallDefinition;
  readonly contents: DefinitionContents;
}

/** An agent together with what its requests say in this run, and what its principal may do. */
export interface RunDefinition extends CallContents {
  readonly agent: Agent;
  /** What requests say after the run's first answer, where that differs. */
  readonly later?: CallContents;
  readonly access: AccessControl;
  readonly safety?: Safety | undefined;
  /** What was decided about the tools that the model is shown. */
  readonly offers: readonly OfferDecision[];
  /** The agents that the run may be handed to, by name, itself among them. */
  readonly others?: ReadonlyMap<string, RunDefinition>;
}

/** Who asks, what they may do, and what keeps them safe. */
export interface RunControl extends AccessControl {
  readonly safety?: Safety | undefined;
}

/** Lays overrides over an agent and addresses the result by its hashes, once for all calls of a run. */
export function toRunDefinition(
  agent: Agent,
  overrides: CallOverrides,
  { safety, ...access }: RunControl = { principal: anonymous },
): RunDefinition {
  const offers = decideOffers(access, agent);
  const hidden = new Set(offers.filter(({ effect }) => effect === "deny").flatMap(({ tools }) => tools));
  const call = redactCall(safety, toCallDefinition(agent, overrides, hidden));
  const settings = unforced(call.settings);
  const later = settings && toCallContents({ ...call, settings });
  return { agent, ...toCallContents(call), ...(later && { later }), access, ...(safety && { safety }), offers };
}

function toCallContents(call: CallDefinition): CallContents {
  return { call, contents: toContents(call) };
}

// A model that has to call a tool each time never gets to answer: what forces it holds for the run's first answer.
function unforced({ tool_choice: choice, ...rest }: ModelSettings): ModelSettings | undefined {
  if (choice === undefined || choice === "auto" || choice === "none") return undefined;
  const isList = typeof choice === "object" && choice !== null && "tools" in choice;
  return isList ? { ...rest, tool_choice: { ...choice, mode: "auto" } } : rest;
}

/** The definition of the agent that has the run now. */
export function currentDefinition(definition: RunDefinition, active: ActiveRun | undefined): RunDefinition {
  return (active && definition.others?.get(active.agent)) ?? definition;
}
