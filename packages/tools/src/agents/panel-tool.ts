import {
  AgentKitError,
  defineTool,
  type SubRunRequest,
  type SubRunResult,
  type Tool,
  type ToolContext,
  toolDefinitionInvalid,
  type ToolOptions,
  type ToolSuspension,
} from "@agentkit/core";
import type { z } from "zod";
import { agentTimeoutMs, answerOf } from "./sub-run-answer.ts";

/** What one agent of a panel came to. */
export type Opinion =
  | { readonly status: "completed"; readonly agent: string; readonly text: string }
  | { readonly status: "failed"; readonly agent: string; readonly code: string; readonly message: string };

/** What the agents of a panel came to, each under its key. */
export type Opinions<Key extends string = string> = Readonly<Record<Key, Opinion>>;

/** What a tool that asks several agents at once is defined by. */
export interface PanelToolDefinition<Input extends z.ZodType, Key extends string> extends ToolOptions<z.output<Input>> {
  /** 1 to 64 characters of `A-Z a-z 0-9 _ -`. */
  readonly name: string;
  readonly description: string;
  /** Schema of the arguments: an object. */
  readonly input: Input;
  /** The names of agents of the kit, each under a key that tells its opinion from the others'. */
  readonly agents: Readonly<Record<Key, string>>;
  /** What each agent is told. Default: the arguments as JSON. */
  readonly prompt?: (input: z.output<Input>, key: Key) => string;
  /**
   * Makes one result of the opinions, failed ones among them: a pure function, whose result goes to the model as a text or as
   * JSON, or an agent that is given them. An agent is not asked when all have failed.
   */
  readonly merge:
    | ((opinions: Opinions<Key>, input: z.output<Input>) => unknown)
    | {
        readonly agent: string;
        /** What it is told. Default: the arguments and the opinions as JSON. */
        readonly prompt?: (opinions: Opinions<Key>, input: z.output<Input>) => string;
      };
}

/**
 * Makes a tool that asks several agents at once and merges what they say. Each has a session of its own that is linked to the
 * call, so that a call that is taken up again finds those that are over. While one of them waits for a person, the call
 * waits, when the others have come to their end. Cancelling the call cancels all.
 *
 * Defaults as for `agentTool`: `idempotent`, an hour.
 *
 * @throws AgentKitError `definition_invalid`. The tool fails with `sub_run_failed` when an agent is to merge and all have failed,
 * and with the code of a merging agent's failure.
 *
 * @example
 * ```ts
 * import { panelTool } from "@agentkit/tools";
 * import { z } from "zod";
 *
 * const review = panelTool({
 *   name: "review",
 *   description: "Has a text reviewed for law and for style.",
 *   input: z.object({ text: z.string() }),
 *   agents: { law: "lawyer", style: "editor" },
 *   prompt: ({ text }) => text,
 *   merge: ({ law, style }) => ({ law, style }),
 * });
 * ```
 */
export function panelTool<Input extends z.ZodType, const Key extends string>(
  definition: PanelToolDefinition<Input, Key>,
): Tool;
export function panelTool(definition: PanelToolDefinition<z.ZodType, string>): Tool {
  const { agents, prompt, merge, ...options } = definition;
  const panel = Object.entries(agents);
  if (panel.length === 0) throw toolDefinitionInvalid(definition.name, "the panel has no agents");
  return defineTool({
    timeoutMs: agentTimeoutMs,
    sideEffects: "idempotent",
    ...options,
    run: async (input, context) => {
      const request = (key: string): string => prompt?.(input, key) ?? JSON.stringify(input);
      const results = await askAll(
        panel.map(([key, agent]) => ({
          agent,
          input: request(key),
          key: `agent:${key}`,
          reason: `Panel member '${key}'.`,
        })),
        context,
      );
      const waiting = results.find((result) => result.type === "suspended");
      if (waiting !== undefined) return waiting;
      const opinions = Object.fromEntries(panel.map(([key, agent], index) => [key, toOpinion(agent, results[index])]));
      return typeof merge === "function" ? merge(opinions, input) : mergeByAgent(merge, { opinions, input }, context);
    },
  });
}

type Result = SubRunResult | { readonly type: "refused"; readonly error: AgentKitError };

async function askAll(requests: readonly SubRunRequest[], context: ToolContext): Promise<readonly Result[]> {
  const settled = await Promise.allSettled(requests.map((request) => context.runAgent(request)));
  context.signal.throwIfAborted();
  return settled.map((result): Result => {
    if (result.status === "fulfilled") return result.value;
    // What may go better next time is no opinion: the call fails, and those who have answered keep their answers.
    if (!AgentKitError.is(result.reason) || result.reason.retryable) throw result.reason;
    return { type: "refused", error: result.reason };
  });
}

function toOpinion(agent: string, result: Result | undefined): Opinion {
  try {
    if (result?.type === "finished") return { status: "completed", agent, text: answerOf(agent, result) };
    throw result?.type === "refused"
      ? result.error
      : new AgentKitError("sub_run_failed", `Agent '${agent}' did not run.`);
  } catch (error) {
    if (!AgentKitError.is(error)) throw error;
    return { status: "failed", agent, code: error.code, message: error.message };
  }
}

interface Gathered {
  readonly opinions: Opinions;
  readonly input: unknown;
}

async function mergeByAgent(
  { agent, prompt }: Extract<PanelToolDefinition<z.ZodType, string>["merge"], { agent: string }>,
  { opinions, input }: Gathered,
  { runAgent }: ToolContext,
): Promise<string | ToolSuspension> {
  const failed = Object.values(opinions).filter((opinion) => opinion.status === "failed");
  if (failed.length === Object.keys(opinions).length) {
    const reasons = failed.map(({ message }) => message).join(" ");
    throw new AgentKitError("sub_run_failed", `No agent of the panel has an opinion. ${reasons}`);
  }
  const request = prompt?.(opinions, input) ?? JSON.stringify({ request: input, opinions });
  const result = await runAgent({ agent, input: request, key: "merge", reason: "Merges the panel's opinions." });
  return result.type === "suspended" ? result : answerOf(agent, result);
}
