import type { AccessPolicy, Agent, Principal } from "@agentkit/core";

/** How a gateway serves MCP at `/mcp`. */
export interface McpOptions {
  /** The kit's agent that runs single tools: one of `createMcpAgent`. Without it, only the agents are served. */
  readonly agent?: Agent;
  /**
   * The kit's access policy: what it denies is not listed. An agent is asked about as a tool of its name with the tag `agent`, called
   * by `agentkit:mcp`. Default: roles that tools name are all that counts.
   */
  readonly access?: AccessPolicy;
  /** On whose behalf a request is made. Default: who the gateway's `authenticate` says. */
  readonly principal?: (request: Request) => Principal | Promise<Principal>;
  /**
   * Further host names by which requests may reach the gateway, without port; an IPv6 address in brackets. Those of this machine
   * always may. A web page whose own name is made to stand for this address is refused by it.
   */
  readonly allowedHosts?: readonly string[];
  /** Further host names of web pages that may send requests. Those of this machine always may. */
  readonly allowedOrigins?: readonly string[];
}
