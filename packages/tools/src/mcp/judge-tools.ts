import type { ContentHash } from "@agentkit/core";
import type { McpServerPins } from "./mcp-pins.ts";
import type { McpToolDefinition } from "./mcp-tool-definition.ts";

/** A tool of a server that is not offered, and why. Hand it to `acceptTools` to accept exactly this definition. */
export interface RefusedMcpTool {
  /** The server's own name of the tool. */
  readonly tool: string;
  /** `new` and `changed` can be accepted; `unusable` cannot: its schema cannot be used, its name is listed twice, or it is a task. */
  readonly reason: "new" | "changed" | "unusable";
  readonly description: string;
  readonly hash: ContentHash;
  /** The hash that was accepted, where there is one. */
  readonly pinned?: ContentHash;
}

/** Which of a server's tools its pins let in. */
export interface Judgement {
  readonly accepted: readonly McpToolDefinition[];
  readonly refused: readonly RefusedMcpTool[];
}

/** Compares what a server lists with what was accepted. */
export function judgeTools(definitions: readonly McpToolDefinition[], pins: McpServerPins): Judgement {
  const listings = Map.groupBy(definitions, ({ name }) => name);
  const isAccepted = ({ name, hash }: McpToolDefinition): boolean =>
    pinOf(pins, name) === hash && listings.get(name)?.length === 1;
  const refused = definitions.filter((definition) => !isAccepted(definition));
  return {
    accepted: definitions.filter(isAccepted),
    refused: refused.map((definition) => toRefused(definition, pins)),
  };
}

function toRefused({ name, description, hash }: McpToolDefinition, pins: McpServerPins): RefusedMcpTool {
  const pinned = pinOf(pins, name);
  if (pinned === undefined) return { tool: name, reason: "new", description, hash };
  return { tool: name, reason: pinned === hash ? "unusable" : "changed", description, hash, pinned };
}

// A server may call a tool `constructor`, which every object seems to have.
function pinOf(pins: McpServerPins, tool: string): ContentHash | undefined {
  return Object.hasOwn(pins, tool) ? pins[tool] : undefined;
}
