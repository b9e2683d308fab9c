import type { Tool as McpTool } from "@modelcontextprotocol/server";
import type { Agent, JsonObject, Principal, Tool } from "@agentkit/core";
import type { McpOptions } from "./mcp-options.ts";

/** What a client can call by a name: an agent, which takes a text, or a tool. */
export type McpTarget =
  | { readonly type: "agent"; readonly agent: Agent }
  | { readonly type: "tool"; readonly tool: Tool; readonly runner: Agent };

/** Everything that is served over MCP. */
export interface McpCatalogue {
  /** What a principal is shown. */
  list(principal: Principal): McpTool[];
  /** What a name stands for, whoever asks: whether they may is decided, and recorded, by the run. */
  find(name: string): McpTarget | undefined;
  /** Whether a principal is shown a target. */
  shows(target: McpTarget, principal: Principal): boolean;
}

/** Puts the tools of the runner and the agents into one list. A tool keeps its name where an agent has the same. */
export function createMcpCatalogue(agents: readonly Agent[], options: McpOptions): McpCatalogue {
  const { agent: runner } = options;
  const targets = new Map<string, McpTarget>(agents.map((agent) => [toName(agent), { type: "agent", agent }]));
  if (runner !== undefined) {
    for (const tool of runner.tools) targets.set(tool.name, { type: "tool", tool, runner });
  }
  const shows: McpCatalogue["shows"] = (target, principal) =>
    target.type === "agent" || isOffered(target, principal, options);
  return {
    list: (principal) => {
      const shown = [...targets].filter(([, target]) => shows(target, principal));
      return shown.map(([name, target]) => toMcpTool(name, target));
    },
    find: (name) => targets.get(name),
    shows,
  };
}

// A client may refuse other characters in the name of a tool, and an agent may be called as a model is.
function toName({ name }: Agent): string {
  return name.replaceAll(/[^A-Za-z0-9_.-]/g, "_");
}

function isOffered(
  { tool, runner }: Extract<McpTarget, { type: "tool" }>,
  principal: Principal,
  { access }: McpOptions,
): boolean {
  const { name, roles, sideEffects, tags = [] } = tool;
  if (roles !== undefined && !roles.some((role) => principal.roles.includes(role))) return false;
  const decision = access?.decide({ principal, agent: runner.name, tool: { name, tags, sideEffects } });
  return decision?.effect !== "deny";
}

function toMcpTool(name: string, target: McpTarget): McpTool {
  if (target.type === "agent") {
    const { agent } = target;
    return { name, description: agent.description ?? `Asks the agent '${agent.name}'.`, inputSchema: agentInput };
  }
  const { description, parameters, sideEffects } = target.tool;
  return {
    name,
    description,
    inputSchema: { ...toMutable(parameters), type: "object" },
    annotations: { readOnlyHint: sideEffects === "none", idempotentHint: sideEffects !== "unsafe" },
  };
}

const agentInput = {
  type: "object",
  properties: { input: { type: "string", description: "What to ask the agent." } },
  required: ["input"],
  additionalProperties: false,
} satisfies McpTool["inputSchema"];

function toMutable(schema: JsonObject): Record<string, unknown> {
  return structuredClone({ ...schema });
}
