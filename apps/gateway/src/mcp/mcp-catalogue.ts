import type { Tool as McpTool } from "@modelcontextprotocol/server";
import type { AccessDecision, AccessRequest, Agent, JsonObject, Principal, Tool } from "@agentkit/core";
import { mcpAgentName } from "./mcp-agent.ts";
import type { McpOptions } from "./mcp-options.ts";

/** What a client can call by a name: an agent, which takes a text, or a tool. */
export type McpTarget =
  | { readonly type: "agent"; readonly agent: Agent }
  | { readonly type: "tool"; readonly tool: Tool; readonly runner: Agent };

/** Everything that is served over MCP. */
export interface McpCatalogue {
  /** What a principal is shown. */
  list(principal: Principal): McpTool[];
  /** What a name stands for, whoever asks. Whether they may call a tool is decided, and recorded, by its run. */
  find(name: string): McpTarget | undefined;
  /** What the access policy says of a call of an agent, which is asked about as a tool with the tag `agent`. */
  decide(agent: Agent, principal: Principal, input: JsonObject): AccessDecision | undefined;
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
  const shows: McpCatalogue["shows"] = (target, principal) => {
    const request = { principal, ...toSubject(target) };
    return hasRole(target, principal) && decide(options, request)?.effect !== "deny";
  };
  return {
    list: (principal) => {
      const shown = [...targets].filter(([, target]) => shows(target, principal));
      return shown.map(([name, target]) => toMcpTool(name, target));
    },
    find: (name) => targets.get(name),
    decide: (agent, principal, input) =>
      decide(options, { principal, ...toSubject({ type: "agent", agent }), arguments: input }),
    shows,
  };
}

// A client may refuse other characters in the name of a tool, and an agent may be called as a model is.
function toName({ name }: Agent): string {
  return name.replaceAll(/[^A-Za-z0-9_.-]/g, "_");
}

function hasRole(target: McpTarget, { roles }: Principal): boolean {
  const needed = target.type === "tool" ? target.tool.roles : undefined;
  return needed === undefined || needed.some((role) => roles.includes(role));
}

function toSubject(target: McpTarget): Pick<AccessRequest, "agent" | "tool"> {
  if (target.type === "agent") {
    return { agent: mcpAgentName, tool: { name: toName(target.agent), tags: ["agent"], sideEffects: "unsafe" } };
  }
  const { name, sideEffects, tags = [] } = target.tool;
  return { agent: target.runner.name, tool: { name, tags, sideEffects } };
}

// A policy that fails, or answers with anything else than a decision, lets nobody in.
function decide({ access }: McpOptions, request: AccessRequest): AccessDecision | undefined {
  if (access === undefined) return undefined;
  try {
    const { effect, rule } = access.decide(request);
    return { effect: effect === "allow" ? "allow" : "deny", rule };
  } catch {
    return { effect: "deny", rule: "policy-failed" };
  }
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
