import type { GatewayContext } from "../gateway-context.ts";
import { refusal } from "../http/api-error.ts";

/** How many names a refusal lists. */
const listed = 20;

/** Refuses the name of what is neither an agent nor a model that is let through. */
export async function requireModel(
  { agents, modelAccess }: Pick<GatewayContext, "agents" | "modelAccess">,
  name: string,
): Promise<void> {
  if (agents.some((agent) => agent.name === name) || (await modelAccess.allows(name))) return;
  const names = [...agents, ...(await modelAccess.list()).map(({ id }) => ({ name: id }))].map((one) => one.name);
  const more = names.length > listed ? `, and ${names.length - listed} more` : "";
  const shown = name.length <= 80 ? name : `${name.slice(0, 79)}…`;
  const there = names.length === 0 ? "" : ` There are: ${names.slice(0, listed).join(", ")}${more}.`;
  throw refusal(`The requested model '${shown}' does not exist.${there}`, { param: "model", code: "model_not_found" });
}
