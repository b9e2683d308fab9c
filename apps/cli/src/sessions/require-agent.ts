import { AgentKitError } from "@agentkit/core";
import type { Runtime } from "@agentkit/gateway";

/** What decides which names are known. */
type Served = Pick<Runtime, "agents" | "modelAccess">;

/**
 * Refuses the name of what is neither an agent nor a model that the gateway would let through in the place of one.
 *
 * @throws AgentKitError `agent_not_found`.
 */
export async function requireAgent(served: Served, name: string): Promise<void> {
  if (served.agents.some((agent) => agent.name === name) || (await served.modelAccess.allows(name))) return;
  const message = `No agent named '${name}' is configured, and no model of that name is let through. ${await listNames(served)}`;
  throw new AgentKitError("agent_not_found", message, { param: "agent" });
}

/**
 * Refuses a model that neither an agent asks for nor the gateway would let through.
 *
 * @throws AgentKitError `model_not_found`.
 */
export async function requireModel(served: Served, name: string): Promise<void> {
  if (served.agents.some(({ model }) => model === name) || (await served.modelAccess.allows(name))) return;
  const message = `No agent asks for a model '${name}', and none of that name is let through. ${await listNames(served)}`;
  throw new AgentKitError("model_not_found", message, { param: "model" });
}

/** How many names a refusal lists. */
const listed = 20;

async function listNames({ agents, modelAccess }: Served): Promise<string> {
  const own = agents.map(({ name }) => name);
  const models = (await modelAccess.list()).map(({ id }) => id);
  const more = models.length > listed ? `, and ${models.length - listed} more` : "";
  return `Agents: ${own.join(", ")}. Models: ${models.slice(0, listed).join(", ") || "none"}${more}.`;
}
