import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Gateway } from "./gateway.ts";

/** Where to listen. */
export interface ServeOptions {
  /** Default `127.0.0.1`. There is no authentication: whoever reaches the address may use it. */
  readonly host?: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Milliseconds that answers under way have to end by themselves when the server closes. Default 5,000. */
  readonly graceMs?: number;
}

/** A gateway that listens. */
export interface GatewayServer {
  /** For instance `http://127.0.0.1:8787`. */
  readonly url: string;
  /**
   * Takes no more connections, lets answers under way end, drops those that are not done within the grace time, and
   * resolves when each run has recorded its end. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Serves a gateway over HTTP.
 *
 * @throws the system's error when the address cannot be had, for instance `EADDRINUSE`.
 *
 * @example
 * ```ts
 * import { createGateway, serveGateway } from "@agentkit/gateway";
 *
 * declare const gateway: ReturnType<typeof createGateway>;
 * const server = await serveGateway(gateway, { port: 8787 });
 * console.log(server.url); // http://127.0.0.1:8787
 * ```
 */
export async function serveGateway(gateway: Gateway, options: ServeOptions): Promise<GatewayServer> {
  const { host = "127.0.0.1", port, graceMs = 5_000 } = options;
  const answer = getRequestListener(gateway.fetch, { overrideGlobalObjects: false });
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  server.listen(port, host);
  await once(server, "listening");
  let closed: Promise<void> | undefined;
  return {
    url: toUrl(server, host),
    close: () => (closed ??= closeServer(server, gateway, graceMs)),
  };
}

async function closeServer(server: Server, gateway: Gateway, graceMs: number): Promise<void> {
  const ended = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await ended;
  clearTimeout(timer);
  await gateway.settled();
}

function toUrl(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
