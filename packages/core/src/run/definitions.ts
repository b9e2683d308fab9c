import type { Agent } from "../agent/define-agent.ts";
import type { CallOverrides } from "../agent/call-definition.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { parseSettings, parseTools } from "../model/definition-schemas.ts";
import { toRunDefinition } from "../session/run-definition.ts";
import type { RunDefinition } from "../session/run-definition.ts";
import type { ActiveRun, RunRequest, SessionState } from "../session/session-state.ts";
import type { ContentStore } from "./content-store.ts";

/** Finds the agent of a name. */
export type AgentSource = (name: string) => Agent | undefined;

/** What a run is defined by, besides the code. */
export interface DefinitionOrigin {
  readonly agent: string;
  readonly request: RunRequest;
  readonly state: SessionState;
}

/** The definition of a session's current run: the code's agent, what a fork changed, and what the caller asked for. */
export function originOf(state: SessionState, active: ActiveRun): DefinitionOrigin {
  // A run that a fork took over in the middle goes on with the fork's agent.
  const inherited = active.turn.from < state.base;
  const agent = inherited ? (state.overrides.agent ?? active.turn.agent) : active.turn.agent;
  return { agent, request: active.request, state };
}

/**
 * Resolves what a run is defined by.
 *
 * @throws AgentKitError `agent_not_found`, and `content_not_found` for a hash that the log does not have.
 */
export async function resolveDefinition(
  origin: DefinitionOrigin,
  agents: AgentSource,
  contents: ContentStore,
): Promise<RunDefinition> {
  const agent = agents(origin.agent);
  if (agent === undefined) throw agentNotFound(origin.agent);
  return toRunDefinition(agent, await loadOverrides(origin, contents));
}

async function loadOverrides({ request, state }: DefinitionOrigin, contents: ContentStore): Promise<CallOverrides> {
  const { model, instructions } = state.overrides;
  return {
    model,
    replaceInstructions: instructions && (await contents.load(instructions)),
    addInstructions: request.instructions && (await contents.load(request.instructions)),
    clientTools: request.tools && parseTools(await contents.load(request.tools)),
    settings: request.settings && parseSettings(await contents.load(request.settings)),
  };
}

/** The error for an agent that is not configured. */
export function agentNotFound(name: string): AgentKitError {
  return new AgentKitError("agent_not_found", `No agent named '${name}' is configured.`, { param: "model" });
}
