import {
  AgentKitError,
  type Agent,
  defineAgent,
  type FunctionCallItem,
  isFunctionCallOutput,
  isMessage,
  type Item,
  type JsonObject,
  messageText,
  type Model,
  type ModelStreamPart,
  type Tool,
} from "@agentkit/core";
import { z } from "zod";

/**
 * Makes the agent by which single tools are called over MCP. Code stands in its model's place: it asks for exactly the call that
 * its prompt names and then ends, so that the call has a session, roles, approvals and a record like any other.
 *
 * @example
 * ```ts
 * import { defineTool } from "@agentkit/core";
 * import { createMcpAgent } from "@agentkit/gateway";
 * import { z } from "zod";
 *
 * const now = defineTool({ name: "now", description: "The time.", input: z.object({}), run: () => new Date().toISOString() });
 * const agent = createMcpAgent([now]);
 * ```
 */
export function createMcpAgent(tools: readonly Tool[]): Agent {
  return defineAgent({
    name: mcpAgentName,
    model: mcpAgentName,
    description: "Runs one tool for a client of the Model Context Protocol.",
    tools,
    planner: planner(),
  });
}

/** Who calls, to an access policy, whatever is called over MCP. */
export const mcpAgentName = "agentkit:mcp";

/** The prompt that has a tool called. */
export function toMcpPrompt(tool: string, input: JsonObject): string {
  return JSON.stringify({ tool, arguments: input });
}

const promptSchema = z.strictObject({ tool: z.string(), arguments: z.record(z.string(), z.unknown()) });

function planner(): Model {
  return {
    description: "calls the tool that a client of the Model Context Protocol named",
    stream: async function* ({ input }, { signal }) {
      signal.throwIfAborted();
      const last = input.at(-1);
      yield* last !== undefined && isFunctionCallOutput(last) ? answer(farewell) : answer(toCall(last));
    },
  };
}

function* answer(item: Item): Generator<ModelStreamPart, void> {
  yield { type: "item.done", index: 0, item };
  yield { type: "completed", response: { status: "completed", output: [item] } };
}

const farewell: Item = {
  type: "message",
  role: "assistant",
  id: "msg_mcp",
  status: "completed",
  content: [{ type: "output_text", text: "The tool was called.", annotations: [] }],
};

function toCall(prompt: Item | undefined): FunctionCallItem {
  const call = prompt !== undefined && isMessage(prompt) ? parsePrompt(messageText(prompt)) : undefined;
  if (call === undefined)
    throw new AgentKitError("model_request_rejected", "This agent takes one call of a tool as JSON.");
  return {
    type: "function_call",
    id: "fc_mcp",
    call_id: "call_mcp",
    name: call.tool,
    arguments: JSON.stringify(call.arguments),
    status: "completed",
  };
}

function parsePrompt(text: string): z.output<typeof promptSchema> | undefined {
  try {
    return promptSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
