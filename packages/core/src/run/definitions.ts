import type { AccessPolicy } from "../access/access-policy.ts";
import { anonymous } from "../access/principal.ts";
import type { Agent } from "../agent/define-agent.ts";
import type { CallOverrides, Content } from "../agent/call-definition.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { parseSettings, parseTools } from "../model/definition-schemas.ts";
import { toRunDefinition } from "../session/run-definition.ts";
import type { RunDefinition } from "../session/run-definition.ts";
import type { ActiveRun, RunRequest, SessionState } from "../session/session-state.ts";
import type { Safety } from "../safety/safety.ts";
import { listContents } from "./content-store.ts";
import type { ContentStore } from "./content-store.ts";

/** Finds the agent of a name. */
export type AgentSource = (name: string) => Agent | undefined;

/** Where definitions come from. */
export interface DefinitionSource {
  readonly agents: AgentSource;
  readonly contents: ContentStore;
  readonly policy?: AccessPolicy | undefined;
  readonly safety?: Safety | undefined;
}

/** What a run is defined by, besides the code. */
export interface DefinitionOrigin {
  /** The agent that the caller's and a fork's changes are laid over. */
  readonly agent: string;
  /** The agent that has the run now. Default: the same. */
  readonly current?: string;
  readonly request: RunRequest;
  readonly state: SessionState;
}

/** The definition of a session's current run: the code's agent, what a fork changed, and what the caller asked for. */
export function originOf(state: SessionState, active: ActiveRun): DefinitionOrigin {
  return { agent: active.definedBy, current: active.agent, request: active.request, state };
}

/**
 * Resolves what a run is defined by: its agent, and all those that it may be handed to.
 *
 * @throws AgentKitError `agent_not_found`, and `content_not_found` for a hash that the log does not have.
 */
export async function resolveDefinition(origin: DefinitionOrigin, source: DefinitionSource): Promise<RunDefinition> {
  const { policy, safety } = source;
  const control = { principal: origin.request.principal ?? anonymous, ...(policy && { policy }), safety };
  const overrides = await loadOverrides(origin, source.contents);
  // A fork changes the agent it takes up; the caller's additions hold for the whole run.
  const { model: _model, replaceInstructions: _instructions, ...added } = overrides;
  const others = new Map<string, RunDefinition>();
  const first = { ...toRunDefinition(requireAgent(origin.agent, source), overrides, control), others };
  others.set(origin.agent, first);
  const names = [origin.current ?? origin.agent, ...first.agent.handoffs.map(({ to }) => to)];
  for (const name of names) {
    if (others.has(name)) continue;
    const agent = requireAgent(name, source);
    others.set(name, { ...toRunDefinition(agent, added, control), others });
    names.push(...agent.handoffs.map(({ to }) => to));
  }
  return first;
}

/** Everything that the events of a run may name by hash. */
export function contentsOf({ others }: RunDefinition): readonly Content[] {
  const definitions = [...(others?.values() ?? [])];
  return definitions.flatMap(({ contents, later }) => [
    ...listContents(contents),
    ...(later ? listContents(later.contents) : []),
  ]);
}

function requireAgent(name: string, { agents }: DefinitionSource): Agent {
  const agent = agents(name);
  if (agent === undefined) throw agentNotFound(name);
  return agent;
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
