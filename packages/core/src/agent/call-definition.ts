import type { Agent } from "./define-agent.ts";
import type { Handoff } from "./handoff.ts";
import type { Tool } from "./tool.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import { contentHash } from "../json/content-hash.ts";
import type { ContentHash } from "../json/content-hash.ts";
import type { FunctionTool, ModelSettings } from "../model/model.ts";

/** Everything of a model request but its input: what the agent, the fork and the caller make of it together. */
export interface CallDefinition {
  readonly model: string;
  readonly instructions: string | undefined;
  readonly tools: readonly FunctionTool[];
  readonly settings: ModelSettings;
}

/** What a caller or a fork lays over an agent's definition. */
export interface CallOverrides {
  readonly model?: string | undefined;
  /** Takes the place of the agent's instructions (a fork). */
  readonly replaceInstructions?: string | undefined;
  /** Comes after the agent's instructions (a caller). */
  readonly addInstructions?: string | undefined;
  /** Functions that the caller runs itself. */
  readonly clientTools?: readonly FunctionTool[] | undefined;
  readonly settings?: ModelSettings | undefined;
}

/** Text that an event names by hash. */
export interface Content {
  readonly hash: ContentHash;
  readonly kind: "instructions" | "tools" | "settings";
  readonly content: string;
}

/** The parts of a definition that are recorded once by hash; a part that is empty is not recorded. */
export interface DefinitionContents {
  readonly instructions?: Content;
  readonly tools?: Content;
  readonly settings?: Content;
}

/**
 * Lays overrides over an agent's definition. The agent's own tools win over the caller's of the same name, also those that
 * are `hidden` from the model.
 */
export function toCallDefinition(
  agent: Agent,
  overrides: CallOverrides = {},
  hidden: ReadonlySet<string> = new Set(),
): CallDefinition {
  const own = [...agent.tools.map(toFunctionTool), ...agent.handoffs.map(toHandoffTool)];
  const names = new Set(own.map((tool) => tool.name));
  const added = (overrides.clientTools ?? []).filter((tool) => !names.has(tool.name));
  const instructions = [overrides.replaceInstructions ?? agent.instructions, overrides.addInstructions];
  return {
    model: overrides.model ?? agent.model,
    instructions: instructions.filter((text) => text !== undefined && text !== "").join("\n\n") || undefined,
    tools: [...own.filter((tool) => !hidden.has(tool.name)), ...added],
    settings: { ...agent.settings, ...overrides.settings },
  };
}

function toFunctionTool(tool: Tool): FunctionTool {
  const { name, description, parameters, strict } = tool;
  return { type: "function", name, description, parameters, strict };
}

function toHandoffTool({ name, description, parameters }: Handoff): FunctionTool {
  return { type: "function", name, description, parameters, strict: false };
}

/** The contents of a definition with their hashes. */
export function toContents(definition: CallDefinition): DefinitionContents {
  const { instructions, tools, settings } = definition;
  return {
    ...(instructions !== undefined && { instructions: toContent("instructions", instructions) }),
    ...(tools.length > 0 && { tools: toContent("tools", canonicalJson(tools)) }),
    ...(Object.keys(settings).length > 0 && { settings: toContent("settings", canonicalJson(settings)) }),
  };
}

/** Addresses a text by its hash. */
export function toContent(kind: Content["kind"], content: string): Content {
  return { hash: contentHash(content), kind, content };
}
