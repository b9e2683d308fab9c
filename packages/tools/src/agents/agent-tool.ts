import {
  AgentKitError,
  defineTool,
  type Item,
  type JsonValue,
  parseJson,
  type SubRunRequest,
  type Tool,
  type ToolContext,
  type ToolOptions,
  type ToolSuspension,
} from "@agentkit/core";
import { z } from "zod";
import { agentTimeoutMs, answerOf, toAgentToolName } from "./sub-run-answer.ts";

/** What a tool that asks another agent is defined by. */
export interface AgentToolDefinition<Input extends z.ZodType = AgentRequestSchema> extends ToolOptions<
  z.output<Input>
> {
  /** The name of an agent of the kit. */
  readonly agent: string;
  /** Default: `ask_<agent>`. */
  readonly name?: string;
  /** When to ask it, for the model. */
  readonly description: string;
  /** Schema of the arguments, an object. Default: `request`, the text that the agent gets, and `reason`, why it is asked. */
  readonly input?: Input;
  /** What the agent is told. Default: the `request`; with an `input` of your own, the arguments as JSON. */
  readonly prompt?: (input: z.output<Input>) => string | readonly Item[];
  /** Why it is asked, for the record. Default: the argument `reason`, where there is no `input` of your own. */
  readonly reason?: (input: z.output<Input>) => string;
  /** Schema of the answer, which then has to be JSON. Default: text as it is. */
  readonly output?: z.ZodType;
}

/** Schema of the arguments of a tool that asks an agent, where it declares none of its own. */
export type AgentRequestSchema = z.ZodObject<{ request: z.ZodString; reason: z.ZodString }>;

const requestSchema: AgentRequestSchema = z.object({
  request: z.string().min(1).describe("What the assistant is to do, with everything that it needs to know."),
  reason: z.string().min(1).describe("Why this assistant is the right one."),
});

/**
 * Makes a tool that asks another agent, in a session of its own that is linked to the call. Interrupted, it goes on where the
 * sub-run stood: so its side effects count as `idempotent` and an unknown outcome is retried, unless it says otherwise.
 *
 * While the sub-run waits for a person the call waits too. A sub-run that failed is a failure of the call with the same code.
 *
 * @throws AgentKitError `definition_invalid`. The tool fails with `sub_run_failed`, the code of the sub-run's failure,
 * `agent_not_found`, `run_depth_limit_exceeded`, or `tool_result_invalid` for an answer that does not fit `output`.
 *
 * @example
 * ```ts
 * import { agentTool } from "@agentkit/tools";
 * import { z } from "zod";
 *
 * const askLawyer = agentTool({
 *   agent: "lawyer",
 *   description: "Tells whether a clause is allowed.",
 *   output: z.object({ allowed: z.boolean(), because: z.string() }),
 * });
 * ```
 */
export function agentTool(definition: AgentToolDefinition): Tool;
export function agentTool<Input extends z.ZodType>(
  definition: AgentToolDefinition<Input> & { readonly input: Input },
): Tool;
export function agentTool(definition: AgentToolDefinition<z.ZodType>): Tool {
  const {
    agent,
    name = toAgentToolName(agent),
    input = requestSchema,
    prompt,
    reason,
    output,
    ...options
  } = definition;
  const toRequest = definition.input === undefined ? fromRequest : fromArguments;
  const declaration = { timeoutMs: agentTimeoutMs, sideEffects: "idempotent", ...options, name, input } as const;
  const ask = async (value: unknown, { runAgent }: ToolContext): Promise<string | ToolSuspension> => {
    const own = { ...(prompt && { input: prompt(value) }), ...(reason && { reason: reason(value) }) };
    const result = await runAgent({ agent, ...toRequest(value), ...own });
    return result.type === "suspended" ? result : answerOf(agent, result);
  };
  if (output === undefined) return defineTool({ ...declaration, run: ask });
  return defineTool({
    ...declaration,
    output,
    run: async (value, context) => {
      const answer = await ask(value, context);
      return typeof answer === "string" ? parseAnswer(agent, answer) : answer;
    },
  });
}

function fromRequest(value: unknown): Pick<SubRunRequest, "input" | "reason"> {
  const { request: input, reason } = requestSchema.parse(value);
  return { input, reason };
}

function fromArguments(value: unknown): Pick<SubRunRequest, "input" | "reason"> {
  return { input: JSON.stringify(value) };
}

function parseAnswer(agent: string, text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new AgentKitError("tool_result_invalid", `The answer of agent '${agent}' is no JSON.`, { cause });
  }
}
