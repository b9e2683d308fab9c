import { AgentKitError, type Tool } from "@agentkit/core";
import { createCallSecrets } from "../secrets/call-secrets.ts";
import type { RefusedMcpTool } from "./judge-tools.ts";
import { createMcpConnection, type McpConnection } from "./mcp-connection.ts";
import { createInMemoryMcpPins, type McpPins } from "./mcp-pins.ts";
import type { McpServerOptions } from "./mcp-server-options.ts";
import { openTransport } from "./open-transport.ts";
import { createToolCatalogue, type ToolCatalogue } from "./tool-catalogue.ts";

/** A connected server. */
export interface McpServer {
  readonly name: string;
  /** The accepted tools, as the server listed them last. */
  readonly tools: readonly Tool[];
  /** The tools that are not offered, and why. */
  readonly refused: readonly RefusedMcpTool[];
  /** Pins refused tools in the very form in which they were shown, and offers them. */
  acceptTools(tools: readonly RefusedMcpTool[]): Promise<void>;
  /** Ends the connection, and the server's process with all that it started. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Connects to an MCP server and makes its tools tools of an agent.
 *
 * Each definition (name, title, description, schemas, annotations) has a SHA-256 that must be pinned. A tool that is new or differs
 * from its pin is not offered. The list is read at the start, when the server says that it changed, and again before each call: a
 * call of a tool that is no longer what was accepted fails with `mcp_tool_changed` and never reaches the server. What the protocol
 * cannot show is a server that behaves otherwise behind an unchanged definition, or that changes between that look and the call.
 *
 * A server that ended is started again by the next call. A call that was under way then has an unknown outcome
 * (`tool_outcome_unknown`), and the tool's policy decides. The server gets no capability of this side: it cannot ask for a model's
 * text (sampling), a person's input (elicitation) or roots.
 *
 * @throws AgentKitError `mcp_server_unavailable` when it cannot be started or reached, `definition_invalid` for a
 * declaration that cannot work, `config_invalid` for options or pins that cannot.
 * @see Model Context Protocol, revision 2026-07-28; servers of earlier revisions are served too
 *
 * @example
 * ```ts
 * import { connectMcpServer, mcpPinFile } from "@agentkit/tools";
 *
 * const files = await connectMcpServer({
 *   name: "files",
 *   transport: { type: "stdio", command: "npx", args: ["@modelcontextprotocol/server-filesystem", "."] },
 *   pins: mcpPinFile("mcp-pins.json"),
 * });
 * console.log(files.tools.map((tool) => tool.name));
 * await files.close();
 * ```
 */
export async function connectMcpServer(options: McpServerOptions): Promise<McpServer> {
  checkOptions(options);
  const pins = options.pins ?? createInMemoryMcpPins();
  const secrets = createCallSecrets(options.transport.secrets);
  const connection = createMcpConnection({
    server: options.name,
    connectTimeoutMs: options.connectTimeoutMs ?? 30_000,
    openTransport: async () => openTransport(options.transport, secrets),
    retryAsLegacy: options.transport.type === "stdio",
    onToolsChanged: () => {
      // A list that cannot be read now is read before the next call, which reports why.
      void catalogue.load().catch(() => undefined);
    },
  });
  const catalogue = createToolCatalogue({ server: options, pins, connection, secrets });
  try {
    await catalogue.load();
  } catch (error) {
    await connection.close();
    throw error;
  }
  return toMcpServer(options.name, { catalogue, pins, connection });
}

interface Parts {
  readonly catalogue: ToolCatalogue;
  readonly pins: McpPins;
  readonly connection: McpConnection;
}

function toMcpServer(name: string, { catalogue, pins, connection }: Parts): McpServer {
  const close = async (): Promise<void> => connection.close();
  return {
    name,
    get tools() {
      return catalogue.tools;
    },
    get refused() {
      return catalogue.refused;
    },
    acceptTools: async (tools) => {
      const accepted = Object.fromEntries(tools.map(({ tool, hash }) => [tool, hash]));
      await pins.write(name, { ...(await pins.read(name)), ...accepted });
      await catalogue.load();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkOptions({ name }: McpServerOptions): void {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(name)) {
    throw new AgentKitError(
      "config_invalid",
      `'${name}' is no name of an MCP server: 1 to 32 characters of A-Z a-z 0-9 _ -.`,
    );
  }
}
