import type { SecretSource, ToolOptions } from "@agentkit/core";
import type { NetworkPolicy } from "../http/network-policy.ts";
import type { HeaderValue } from "../http/secret-header.ts";
import type { ProgramEnvironment } from "../programs/program-environment.ts";
import type { McpPins } from "./mcp-pins.ts";
import type { McpToolInfo } from "./mcp-tool-definition.ts";

/** How {@link connectMcpServer} reaches a server, and what it lets in. */
export interface McpServerOptions {
  /** What the server is called here, in pins and in messages: 1 to 32 characters of `A-Z a-z 0-9 _ -`. */
  readonly name: string;
  readonly transport: McpStdio | McpHttp;
  /** Where the hashes of accepted tool definitions are kept. Default: in memory, so that each process accepts anew. */
  readonly pins?: McpPins;
  /**
   * What happens to the tools of a server that has no pins yet: `accept` pins them as they are, `refuse` offers none until
   * `acceptTools`. A tool that changes or appears later is refused in both cases. Default `accept`.
   */
  readonly onFirstUse?: "accept" | "refuse";
  /**
   * Whether to believe the server's `readOnlyHint` and `idempotentHint`. Default `false`: every tool counts as `unsafe`, because
   * a hint is a claim of the server about itself.
   */
  readonly trustAnnotations?: boolean;
  /** Comes before each tool's name, so that two servers do not collide. Default: the server's name and `_`. */
  readonly prefix?: string;
  /** What the operator declares about a tool, whatever the server says. */
  readonly declare?: (tool: McpToolInfo) => ToolOptions;
  /** Milliseconds a connection may take. Default 30,000. */
  readonly connectTimeoutMs?: number;
}

/**
 * A server that runs as a child process and speaks over its standard input and output. It gets the variables that are listed and
 * no others; without `inheritEnv` these are `PATH` and `HOME` of this process.
 */
export interface McpStdio extends ProgramEnvironment {
  readonly type: "stdio";
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** What becomes of what the server writes to its standard error. Default `ignore`. */
  readonly stderr?: "ignore" | "inherit";
}

/** A server that is reached over streamable HTTP. */
export interface McpHttp {
  readonly type: "http";
  readonly url: string;
  /** Where requests may go. Default: `https` on port 443 to the public internet. */
  readonly network?: NetworkPolicy;
  /** Headers of every request; what they need of `secrets` is asked for each time. */
  readonly headers?: Readonly<Record<string, HeaderValue>>;
  readonly secrets?: SecretSource;
}
