import {
  Client,
  type ClientOptions,
  SdkError,
  SdkErrorCode,
  type Tool as ListedTool,
  type Transport,
} from "@modelcontextprotocol/client";
import { AgentKitError } from "@agentkit/core";
import { ownError } from "./call-failure.ts";
import { documentValidator } from "./document-validator.ts";

/** What a connection is made with. */
export interface McpConnectionOptions {
  readonly server: string;
  readonly connectTimeoutMs: number;
  /** A new transport for each attempt: one can be started only once. */
  readonly openTransport: () => Promise<Transport>;
  /** Whether a server that ends at the first message it does not know is to be asked again in an older protocol. */
  readonly retryAsLegacy: boolean;
  readonly onToolsChanged: () => void;
}

/** A connection that is made when it is needed, and made again after it broke. */
export interface McpConnection {
  /** The client of the open connection, or of a new one. */
  client(): Promise<Client>;
  /** Every tool of the server, asked for now. A connection that turns out to be broken is made again once. */
  listTools(signal?: AbortSignal): Promise<readonly ListedTool[]>;
  close(): Promise<void>;
}

/** Makes a connection; nothing is opened yet. */
export function createMcpConnection(options: McpConnectionOptions): McpConnection {
  let current: Promise<Client> | undefined;
  let closed = false;

  const client = async (): Promise<Client> => {
    if (closed) throw unavailable(options.server, "was closed by this program");
    if (current !== undefined) return current;
    const mine = openClient(options, () => {
      if (current === mine) current = undefined;
    });
    current = mine;
    try {
      return await mine;
    } catch (error) {
      if (current === mine) current = undefined;
      throw error;
    }
  };

  const drop = async (broken: Promise<Client> | undefined): Promise<void> => {
    if (current === broken) current = undefined;
    // What cannot be closed is broken already.
    await broken?.then(async (open) => open.close()).catch(() => undefined);
  };

  return {
    client,
    listTools: async (signal) => {
      const before = current;
      try {
        return await listAll(await client(), options, signal);
      } catch (error) {
        if (before === undefined || signal?.aborted === true || closed) throw error;
        await drop(before);
        return listAll(await client(), options, signal);
      }
    },
    close: async () => {
      closed = true;
      await drop(current);
    },
  };
}

async function listAll(
  client: Client,
  { server, connectTimeoutMs }: McpConnectionOptions,
  signal: AbortSignal | undefined,
): Promise<readonly ListedTool[]> {
  if (client.getServerCapabilities()?.tools === undefined) return [];
  try {
    const options = { cacheMode: "refresh", timeout: connectTimeoutMs, ...(signal && { signal }) } as const;
    const { tools } = await client.listTools({}, options);
    return tools;
  } catch (error) {
    throw connectFailure(server, error);
  }
}

async function openClient(options: McpConnectionOptions, onClosed: () => void): Promise<Client> {
  try {
    return await connect(options, "auto", onClosed);
  } catch (error) {
    if (options.retryAsLegacy && endedDuringNegotiation(error)) return connectLegacy(options, onClosed);
    throw connectFailure(options.server, error);
  }
}

async function connectLegacy(options: McpConnectionOptions, onClosed: () => void): Promise<Client> {
  try {
    return await connect(options, "legacy", onClosed);
  } catch (error) {
    throw connectFailure(options.server, error);
  }
}

async function connect(options: McpConnectionOptions, mode: "auto" | "legacy", onClosed: () => void): Promise<Client> {
  const { onToolsChanged, connectTimeoutMs } = options;
  const client = new Client(clientInfo, {
    ...clientOptions,
    versionNegotiation: { mode, probe: { timeoutMs: Math.min(5_000, connectTimeoutMs) } },
    listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: onToolsChanged } },
  });
  const transport = await options.openTransport();
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK's client is no event target; it calls this property
  client.onclose = onClosed;
  try {
    await client.connect(transport, { timeout: connectTimeoutMs });
    return client;
  } catch (error) {
    await transport.close();
    throw error;
  }
}

const clientInfo = { name: "agentkit", version: "1" };

/** No capabilities: a server may not ask this side for text of a model (sampling), for input of a person, or for roots. */
const clientOptions: ClientOptions = {
  capabilities: {},
  inputRequired: { autoFulfill: false },
  jsonSchemaValidator: documentValidator,
};

function endedDuringNegotiation(error: unknown): boolean {
  return (
    SdkError.isInstance(error) &&
    (error.code === SdkErrorCode.EraNegotiationFailed || error.code === SdkErrorCode.ConnectionClosed)
  );
}

function connectFailure(server: string, cause: unknown): AgentKitError {
  return ownError(cause) ?? unavailable(server, `cannot be connected to (${reasonOf(cause)})`, cause);
}

// The code of a system error says what is wrong without paths, arguments or addresses.
function reasonOf(error: unknown): string {
  const causes = [error, error instanceof Error ? error.cause : undefined];
  const code = causes.map(codeOf).find((found) => found !== undefined);
  return code ?? "unknown reason";
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" || typeof code === "number" ? String(code) : undefined;
}

function unavailable(server: string, what: string, cause?: unknown): AgentKitError {
  return new AgentKitError("mcp_server_unavailable", `MCP server '${server}' ${what}.`, { cause, retryable: true });
}
