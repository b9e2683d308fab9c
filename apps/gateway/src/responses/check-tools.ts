import type { Agent } from "@agentkit/core";
import { refusal } from "../http/api-error.ts";
import { isJsonObject } from "../http/json.ts";
import type { CreateRequest } from "./parse-create-request.ts";

/**
 * Refuses what goes wrong only because the agent has tools of its own.
 *
 * @throws ApiError 400 for a function with the name of one of the agent's tools, and for a `tool_choice` that would make
 * the agent call its own tools again and again.
 */
export function checkTools(agents: readonly Agent[], { model, tools, settings }: CreateRequest): void {
  const own = new Set(agents.find((agent) => agent.name === model)?.tools.map((tool) => tool.name));
  if (own.size === 0) return;
  const taken = tools.findIndex((tool) => own.has(tool.name));
  if (taken !== -1) {
    const message = `Agent '${model}' has a tool named '${tools[taken]?.name}' itself. Give yours another name.`;
    throw refusal(message, { param: `tools[${taken}].name`, code: "invalid_value" });
  }
  const choice = settings["tool_choice"];
  const name = isJsonObject(choice) && choice["type"] === "function" ? choice["name"] : undefined;
  const forced = choice === "required" || (isJsonObject(choice) && choice["mode"] === "required");
  // The choice holds for every model call of the turn: only a call that goes to the caller would end it.
  if (!forced && (typeof name !== "string" || !own.has(name))) return;
  const message = `Agent '${model}' runs tools itself and cannot be made to call one: it would never stop. Leave the choice to it.`;
  throw refusal(message, { param: "tool_choice", code: "unsupported_value" });
}
