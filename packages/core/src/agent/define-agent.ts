import { AgentKitError } from "../errors/agent-kit-error.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import { contentHash } from "../json/content-hash.ts";
import type { Model, ModelSettings } from "../model/model.ts";
import { recentTurns } from "../session/context-window.ts";
import type { ContextWindow } from "../session/context-window.ts";
import type { Handoff } from "./handoff.ts";
import type { Tool } from "./tool.ts";

/** What a run may use up before it fails. */
export interface RunLimits {
  /** Answers asked of the model in one run. Default 16. */
  readonly modelCalls: number;
  /** Milliseconds one drive of the run may take, waiting for a person not counted. Default 600,000. */
  readonly durationMs: number;
  /** Further attempts at a model call that failed and may be retried. Default 2. */
  readonly modelRetries: number;
  /** Milliseconds before the first retry, doubled each time. Default 500; the provider's own wish wins. */
  readonly retryDelayMs: number;
  /** Tool calls started in one run. Default 64. */
  readonly toolCalls: number;
  /** Calls that are refused in one run: no such tool, arguments that do not fit, a handoff too many. Default 8. */
  readonly invalidCalls: number;
  /** Handoffs in one run; each one more is refused, and counts as an invalid call. Default 8. */
  readonly handoffs: number;
  /** How deep the runs of other agents may nest below a run. Default 4. */
  readonly depth: number;
  /** Tokens of one run's model calls. Checked before each call, so that the last one may go over. Default: no limit. */
  readonly tokens?: number;
  /** Millionths of a US dollar for one run's model calls; checked as `tokens`. A run whose model has no price in the kit fails. Default: no limit. */
  readonly costMicroUsd?: number;
  /** What a run and all runs below it may use up together. What is over it stops all of them. */
  readonly tree?: TreeLimits;
}

/** What a tree of runs may use up together, by the names of {@link RunLimits}. `Infinity` is no limit. */
export interface TreeLimits {
  /** Default 64, or four times the agent's own limit if that is more. A run below another has no default. */
  readonly modelCalls?: number;
  /** Default 256, or four times the agent's own limit if that is more. A run below another has no default. */
  readonly toolCalls?: number;
  /** Default: no limit. */
  readonly tokens?: number;
  /** Default: no limit. */
  readonly costMicroUsd?: number;
}

/** What an agent is defined by. */
export interface AgentDefinition {
  /** 1 to 64 characters of `A-Z a-z 0-9 . _ : / -`. Clients name it where they would name a model. */
  readonly name: string;
  readonly model: string;
  readonly description?: string;
  readonly instructions?: string;
  readonly tools?: readonly Tool[];
  /** Passed on with each request, by the Responses API's names. */
  readonly settings?: ModelSettings;
  /** Agents that it may pass its run to. */
  readonly handoffs?: readonly Handoff[];
  readonly limits?: Partial<RunLimits>;
  /** Code that answers in the model's place, for an agent that follows a fixed plan. `model` then only names it. */
  readonly planner?: Model;
  /** Which part of the conversation a request carries. Default: `recentTurns()`. */
  readonly window?: ContextWindow;
}

/** An agent: a definition with its defaults filled in. Plain data, except for its tools and window. */
export interface Agent {
  readonly name: string;
  /** The start of the hash of everything the model is told, so that a record says which agent made it. */
  readonly version: string;
  readonly model: string;
  readonly description: string | undefined;
  readonly instructions: string | undefined;
  readonly tools: readonly Tool[];
  readonly handoffs: readonly Handoff[];
  readonly settings: ModelSettings;
  readonly limits: RunLimits;
  readonly planner: Model | undefined;
  readonly window: ContextWindow;
}

const defaultLimits: RunLimits = {
  modelCalls: 16,
  durationMs: 600_000,
  modelRetries: 2,
  retryDelayMs: 500,
  toolCalls: 64,
  invalidCalls: 8,
  handoffs: 8,
  depth: 4,
};

/**
 * Defines an agent.
 *
 * @throws AgentKitError `definition_invalid` for a bad name, an empty model, a bad limit, or two tools of one name.
 *
 * @example
 * ```ts
 * import { defineAgent } from "@agentkit/core";
 *
 * const assistant = defineAgent({ name: "assistant", model: "gpt-5.1", instructions: "Answer in one sentence." });
 * ```
 */
export function defineAgent(definition: AgentDefinition): Agent {
  const agent = {
    name: definition.name,
    model: definition.model,
    description: definition.description,
    instructions: definition.instructions,
    tools: definition.tools ?? [],
    handoffs: definition.handoffs ?? [],
    settings: definition.settings ?? {},
    limits: { ...defaultLimits, ...definition.limits },
    planner: definition.planner,
    window: definition.window ?? recentTurns(),
  };
  checkAgent(agent);
  return { ...agent, version: versionOf(agent) };
}

function versionOf(agent: Omit<Agent, "version">): string {
  const tools = agent.tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
  const handoffs = agent.handoffs.map(({ to, description, parameters, context }) => {
    return { to, description, parameters, context };
  });
  const { model, instructions, settings, window } = agent;
  const told = { model, instructions, settings, tools, window: window.name, ...(handoffs.length > 0 && { handoffs }) };
  const digest = contentHash(canonicalJson(told));
  return digest.slice("sha256:".length, "sha256:".length + 12);
}

function checkAgent(agent: Omit<Agent, "version">): void {
  if (!/^[A-Za-z0-9._:/-]{1,64}$/.test(agent.name)) {
    throw invalid(agent.name, "a name has 1 to 64 characters of A-Z a-z 0-9 . _ : / -");
  }
  if (agent.model === "") throw invalid(agent.name, "the model is empty");
  const { tree = {}, ...limits } = agent.limits;
  for (const [limit, value] of Object.entries(limits)) {
    if (!(Number.isFinite(value) && value >= 0)) throw invalid(agent.name, `limit ${limit} must be a number from 0`);
  }
  for (const [limit, value] of Object.entries(tree)) {
    if (!(value >= 0)) throw invalid(agent.name, `limit tree.${limit} must be a number from 0 or Infinity`);
  }
  const names = [...agent.tools, ...agent.handoffs].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(agent.name, `two tools are named '${twice}'`);
}

function invalid(name: string, reason: string): AgentKitError {
  return new AgentKitError("definition_invalid", `Agent '${name}' cannot be defined: ${reason}.`);
}
