import type { ContentHash } from "@agentkit/core";

/** The accepted tools of one server: the server's name of a tool to the hash of its definition. */
export type McpServerPins = Readonly<Record<string, ContentHash>>;

/**
 * Where accepted tool definitions are kept. An implementation must make a `write` visible to every later `read` and leave other
 * servers' pins as they are. `mcpPinFile` keeps them in a file, `createInMemoryMcpPins` for as long as the process lives.
 */
export interface McpPins {
  /** The pins of a server; nothing when none were ever written, which is its first use. */
  read(server: string): Promise<McpServerPins | undefined>;
  /** Takes the place of all pins of a server. */
  write(server: string, pins: McpServerPins): Promise<void>;
}

/** Pins that are gone with the process, from those given. */
export function createInMemoryMcpPins(pins: Readonly<Record<string, McpServerPins>> = {}): McpPins {
  const servers = new Map(Object.entries(pins));
  return {
    read: async (server) => servers.get(server),
    write: async (server, changed) => {
      servers.set(server, changed);
    },
  };
}
