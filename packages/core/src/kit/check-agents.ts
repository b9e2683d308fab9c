import type { Agent } from "../agent/define-agent.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { Tool } from "../agent/tool.ts";
import type { KitContext } from "../run/kit-context.ts";
import type { AgentSource } from "../run/definitions.ts";

/** The parts of a kit that its agents need. */
export interface KitParts {
  readonly agents: readonly Agent[];
  readonly resolveAgent?: AgentSource;
}

/**
 * Checks that agents fit the kit they are put in, so that what is missing shows at the start and not in the middle of a run.
 *
 * @throws AgentKitError `definition_invalid` for two agents of one name, and a handoff to an agent that the kit does not have.
 */
export function checkAgents(options: KitParts): void {
  const { agents, resolveAgent } = options;
  const names = new Set(agents.map(({ name }) => name));
  if (names.size === 0 && resolveAgent === undefined) throw invalid("A kit needs at least one agent.");
  if (names.size < agents.length) throw invalid("Two agents have the same name.");
  for (const agent of agents) {
    const lost = agent.handoffs.find(({ to }) => !names.has(to) && resolveAgent?.(to) === undefined);
    if (lost !== undefined)
      throw invalid(`Agent '${agent.name}' hands off to '${lost.to}', which the kit does not have.`);
  }
}

/**
 * Checks that whoever is asked for approvals in a run can give them. A kit that only replays needs no key.
 *
 * @throws AgentKitError `definition_invalid`
 */
export function checkApprovals(agents: readonly Agent[], { authority, ports }: KitContext): void {
  if (authority !== undefined) return;
  const anyEffect = ports.safety?.asksForApproval === true;
  for (const agent of agents) {
    const tool = findAsking(agent, anyEffect);
    if (tool === undefined) continue;
    const how = "Give the kit `approvals: createApprovalAuthority({ key })` of @agentkit/tools.";
    throw invalid(`Tool '${tool}' of agent '${agent.name}' needs approvals, which nobody signs. ${how}`);
  }
}

function findAsking({ tools }: Agent, anyEffect: boolean): string | undefined {
  const asks = ({ approval, sideEffects }: Tool): boolean =>
    (approval !== undefined && approval.when !== "never") || (anyEffect && sideEffects !== "none");
  return tools.find(asks)?.name;
}

function invalid(message: string): AgentKitError {
  return new AgentKitError("definition_invalid", message);
}
