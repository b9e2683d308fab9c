import type { GatewayContext } from "../gateway-context.ts";
import { refusal } from "../http/api-error.ts";

/** How many names a refusal lists. */
const listed = 20;

type Sources = Pick<GatewayContext, "agents" | "modelAccess">;

/** Refuses the name of what is neither an agent nor a model that is let through, given as a model. */
export async function requireModel(context: Sources, name: string): Promise<void> {
  if (await isServed(context, name)) return;
  const message = `The requested model '${shorten(name)}' does not exist.${await listNames(context)}`;
  throw refusal(message, { param: "model", code: "model_not_found" });
}

/** The same for a name given as an agent: a model that is let through is an agent without instructions and tools. */
export async function requireAgent(context: Sources, name: string): Promise<void> {
  if (await isServed(context, name)) return;
  const message = `There is no agent '${shorten(name)}'.${await listNames(context)}`;
  throw refusal(message, { param: "agent", code: "agent_not_found" });
}

async function isServed({ agents, modelAccess }: Sources, name: string): Promise<boolean> {
  return agents.some((agent) => agent.name === name) || modelAccess.allows(name);
}

async function listNames({ agents, modelAccess }: Sources): Promise<string> {
  const names = [...agents.map(({ name }) => name), ...(await modelAccess.list()).map(({ id }) => id)];
  const more = names.length > listed ? `, and ${names.length - listed} more` : "";
  return names.length === 0 ? "" : ` There are: ${names.slice(0, listed).join(", ")}${more}.`;
}

function shorten(name: string): string {
  return name.length <= 80 ? name : `${name.slice(0, 79)}…`;
}
