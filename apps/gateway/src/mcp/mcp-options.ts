import type { AccessPolicy, Agent, Principal } from "@agentkit/core";

/** How a gateway serves MCP at `/mcp`. */
export interface McpOptions {
  /** The kit's agent that runs single tools: one of `createMcpAgent`. Without it, only the agents are served. */
  readonly agent?: Agent;
  /** The kit's access policy: a tool that it denies is not listed. Default: roles that tools name are all that counts. */
  readonly access?: AccessPolicy;
  /** On whose behalf a request is made. Default: who the gateway's `authenticate` says. */
  readonly principal?: (request: Request) => Principal | Promise<Principal>;
  /**
   * Host names by which requests may reach the gateway, without port; an IPv6 address in brackets. Default: those of this
   * machine. A web page whose own name is made to stand for this address is refused by it.
   */
  readonly allowedHosts?: readonly string[];
  /** Host names of web pages that may send requests. Default: those of this machine. */
  readonly allowedOrigins?: readonly string[];
}
