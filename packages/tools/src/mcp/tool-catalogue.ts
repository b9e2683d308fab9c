import { AgentKitError, type Tool } from "@agentkit/core";
import type { CallSecrets } from "../secrets/call-secrets.ts";
import { judgeTools, type RefusedMcpTool } from "./judge-tools.ts";
import type { McpConnection } from "./mcp-connection.ts";
import type { McpPins, McpServerPins } from "./mcp-pins.ts";
import type { McpServerOptions } from "./mcp-server-options.ts";
import { type McpToolDefinition, toToolDefinition } from "./mcp-tool-definition.ts";
import { type McpToolServer, toMcpTool } from "./to-mcp-tool.ts";
import { toToolNames } from "./tool-names.ts";

/** The tools of a server, as its last listing and the pins make them. */
export interface ToolCatalogue {
  readonly tools: readonly Tool[];
  readonly refused: readonly RefusedMcpTool[];
  /** Reads the list and the pins again. */
  load(signal?: AbortSignal): Promise<void>;
}

/** What a catalogue is made of. */
export interface ToolCatalogueOptions {
  readonly server: McpServerOptions;
  readonly pins: McpPins;
  readonly connection: McpConnection;
  readonly secrets: CallSecrets;
}

/** Makes a catalogue; nothing is read yet. */
export function createToolCatalogue({ server, pins, connection, secrets }: ToolCatalogueOptions): ToolCatalogue {
  let offered: Offer = { definitions: [], tools: [], unusable: [] };
  let refused: readonly RefusedMcpTool[] = [];

  const load = async (signal?: AbortSignal): Promise<void> => {
    const listed = await connection.listTools(signal);
    const definitions = listed.map(toToolDefinition);
    const judgement = judgeTools(definitions, await readPins(server, pins, definitions));
    // The same tools stay the same objects, and their schemas are not compiled again at each look.
    if (!sameDefinitions(judgement.accepted, offered.definitions)) offered = toOffer(judgement.accepted, source);
    refused = [...judgement.refused, ...offered.unusable];
  };

  const source: McpToolServer = {
    options: server,
    secrets,
    clientFor: async (definition, signal) => {
      await load(signal);
      if (!offered.definitions.some((now) => isSame(now, definition))) throw changed(server.name, definition.name);
      return connection.client();
    },
  };

  return {
    get tools() {
      return offered.tools;
    },
    get refused() {
      return refused;
    },
    load,
  };
}

/** The tools made of accepted definitions, and those of which no tool can be made. */
interface Offer {
  readonly definitions: readonly McpToolDefinition[];
  readonly tools: readonly Tool[];
  readonly unusable: readonly RefusedMcpTool[];
}

function toOffer(definitions: readonly McpToolDefinition[], source: McpToolServer): Offer {
  const { name: server, prefix = `${server}_` } = source.options;
  const names = toToolNames(
    prefix,
    definitions.map(({ name }) => name),
  );
  const tools: Tool[] = [];
  const unusable: RefusedMcpTool[] = [];
  for (const definition of definitions) {
    const { name, description, hash } = definition;
    const tool = toMcpTool(definition, names.get(name) ?? name, source);
    if (tool === undefined) unusable.push({ tool: name, reason: "unusable", description, hash, pinned: hash });
    else tools.push(tool);
  }
  return { definitions, tools, unusable };
}

async function readPins(
  { name, onFirstUse = "accept" }: McpServerOptions,
  pins: McpPins,
  definitions: readonly McpToolDefinition[],
): Promise<McpServerPins> {
  const pinned = await pins.read(name);
  if (pinned !== undefined) return pinned;
  if (onFirstUse === "refuse") return {};
  const accepted = Object.fromEntries(definitions.map((definition) => [definition.name, definition.hash]));
  await pins.write(name, accepted);
  return accepted;
}

function sameDefinitions(left: readonly McpToolDefinition[], right: readonly McpToolDefinition[]): boolean {
  return (
    left.length === right.length &&
    left.every((definition, index) => {
      const other = right[index];
      return other !== undefined && isSame(definition, other);
    })
  );
}

function isSame(left: McpToolDefinition, right: McpToolDefinition): boolean {
  return left.name === right.name && left.hash === right.hash;
}

function changed(server: string, tool: string): AgentKitError {
  return new AgentKitError(
    "mcp_tool_changed",
    `Tool '${tool}' of MCP server '${server}' is no longer what was accepted, so that it was not called. An operator has to look at its new definition and accept it.`,
  );
}
