import { type Tool, type ToolOptions, toToolDeclaration } from "@agentkit/core";
import type { z } from "zod";
import { agentTool } from "../agents/agent-tool.ts";
import type { Workflow } from "./define-workflow.ts";

/** What {@link workflowTool} may be told beside the workflow. */
export interface WorkflowToolOptions<Input extends z.ZodType> extends ToolOptions<z.input<Input>> {
  /** Default: `ask_<workflow>`. */
  readonly name?: string;
  /** When to use it, for the model. Default: the workflow's own. */
  readonly description?: string;
  /** Schema of the answer, which then has to be JSON. Default: text as it is. */
  readonly output?: z.ZodType;
}

/**
 * Makes a tool that runs a workflow, in a session of its own that is linked to the call. Its arguments are the workflow's input, an
 * object. Otherwise as `agentTool`.
 *
 * @throws AgentKitError `definition_invalid`, also for a workflow whose input is no object.
 *
 * @example
 * ```ts
 * import { defineTool } from "@agentkit/core";
 * import { defineWorkflow, workflowTool } from "@agentkit/tools";
 * import { z } from "zod";
 *
 * const input = z.object({ order: z.string() });
 * const ship = defineTool({ name: "ship", description: "Ships.", input, run: () => "on its way" });
 * const fulfil = defineWorkflow({
 *   name: "fulfil",
 *   input,
 *   steps: (steps) => steps.tool("ship", { tool: ship, arguments: ({ input: { order } }) => ({ order }) }),
 * });
 * const fulfilTool = workflowTool(fulfil, { description: "Fulfils an order." });
 * ```
 */
export function workflowTool<Input extends z.ZodType>(
  workflow: Workflow<Input>,
  options: WorkflowToolOptions<Input> = {},
): Tool {
  const { name, output, ...declaration } = options;
  const { input, description = "" } = workflow;
  const tool = agentTool({
    agent: workflow.name,
    description: options.description ?? description,
    input,
    reason: () => "The workflow was asked for.",
    ...(name !== undefined && { name }),
    ...(output && { output }),
  });
  const { timeoutMs, sideEffects } = tool;
  return {
    ...tool,
    ...toToolDeclaration({ timeoutMs, sideEffects, ...declaration, name: tool.name, description: tool.description }),
    // The workflow parses its prompt itself: what a schema transforms must not be transformed twice.
    parse: (value) => {
      const parsed = tool.parse(value);
      return parsed.ok ? { ok: true, value } : parsed;
    },
  };
}
