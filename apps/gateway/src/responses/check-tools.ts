import type { Agent, JsonValue } from "@agentkit/core";
import { refusal } from "../http/api-error.ts";
import { isJsonArray, isJsonObject } from "../http/json.ts";
import type { CreateRequest } from "./parse-create-request.ts";

/**
 * Refuses tools and a choice among them that do not fit each other, or the agent's own tools.
 *
 * @throws ApiError 400 for a function with the name of one of the agent's tools or handoffs, and for a `tool_choice` of a
 * function that there is not.
 */
export function checkTools(agents: readonly Agent[], { model, tools, settings }: CreateRequest): void {
  const agent = agents.find(({ name }) => name === model);
  const own = new Set([...(agent?.tools ?? []), ...(agent?.handoffs ?? [])].map(({ name }) => name));
  const taken = tools.findIndex((tool) => own.has(tool.name));
  if (taken !== -1) {
    const message = `Agent '${model}' has a tool named '${tools[taken]?.name}' itself. Give yours another name.`;
    throw refusal(message, { param: `tools[${taken}].name`, code: "invalid_value" });
  }
  const choice = toChoice(settings["tool_choice"]);
  checkChosen(choice, new Set([...own, ...tools.map((tool) => tool.name)]));
}

/** What a `tool_choice` asks for. */
interface ToolChoice {
  /** Whether some tool has to be called. */
  readonly required: boolean;
  /** What is named in it, by the field that names it. */
  readonly named: ReadonlyMap<string, JsonValue | undefined>;
}

function toChoice(choice: JsonValue | undefined): ToolChoice {
  if (!isJsonObject(choice)) return { required: choice === "required", named: new Map() };
  const { name, tools } = choice;
  if (typeof name === "string") return { required: true, named: new Map([["tool_choice", name]]) };
  const listed = isJsonArray(tools) ? tools : [];
  return {
    required: choice["mode"] === "required",
    named: new Map(listed.map((tool, index) => [`tool_choice.tools[${index}]`, nameOf(tool)])),
  };
}

function nameOf(tool: JsonValue): JsonValue | undefined {
  return isJsonObject(tool) && tool["type"] === "function" ? tool["name"] : undefined;
}

function checkChosen({ required, named }: ToolChoice, there: ReadonlySet<string>): void {
  for (const [param, name] of named) {
    if (typeof name === "string" && there.has(name)) continue;
    const what = typeof name === "string" ? `the function '${name.slice(0, 64)}'` : "something that is no function";
    const message = `Invalid value for '${param}': it names ${what}, which is not among the tools of this request.`;
    throw refusal(message, { param, code: "invalid_value" });
  }
  if (!required || there.size > 0) return;
  const message =
    "Invalid value for 'tool_choice': a tool has to be called, and the request has none. Give it 'tools'.";
  throw refusal(message, { param: "tool_choice", code: "invalid_value" });
}
