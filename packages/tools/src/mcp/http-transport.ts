import { type FetchLike, StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { toSentHeaders } from "../http/secret-header.ts";
import type { CallSecrets } from "../secrets/call-secrets.ts";
import { createGuardedFetch } from "./guarded-fetch.ts";
import type { McpHttp } from "./mcp-server-options.ts";

/**
 * A transport over streamable HTTP, which goes where the network policy lets it. A redirect is followed only within the server's
 * origin, so that headers made of secrets never leave it.
 */
export function createHttpTransport(options: McpHttp, secrets: CallSecrets): Transport {
  const guarded = createGuardedFetch(options.network ?? {});
  const transport = new StreamableHTTPClientTransport(new URL(options.url), {
    fetch: withHeaders(options, secrets, guarded.fetch),
    // A stream that broke off is opened again a few times; a call whose answer is lost has an unknown outcome after that.
    reconnectionOptions: {
      maxRetries: 2,
      initialReconnectionDelay: 500,
      maxReconnectionDelay: 5_000,
      reconnectionDelayGrowFactor: 2,
    },
  });
  reportLostStreams(transport);
  const close = transport.close.bind(transport);
  transport.close = async () => {
    await endSession(transport);
    await close();
    await guarded.close();
  };
  return transport;
}

/** The code of the error that stands for an answer which never came: the stream that was to bring it is gone for good. */
export const streamLost = -32_098;

/**
 * Ends each request whose stream of events ended without its answer. The SDK leaves such a request open until its time is up. The
 * end of a stream that did bring the answer is reported too; an answer to a request that is over is passed over.
 */
function reportLostStreams(transport: StreamableHTTPClientTransport): void {
  const send = transport.send.bind(transport);
  transport.send = async (message, options) => {
    if (Array.isArray(message) || !("id" in message) || !("method" in message)) return send(message, options);
    const { id } = message;
    return send(message, {
      ...options,
      onRequestStreamEnd: () => {
        options?.onRequestStreamEnd?.();
        transport.onmessage?.({
          jsonrpc: "2.0",
          id,
          error: { code: streamLost, message: "The stream ended without an answer." },
        });
      },
    });
  };
}

/** Milliseconds that a server has to take note of the end of a session. */
const goodbyeMs = 1_000;

async function endSession(transport: StreamableHTTPClientTransport): Promise<void> {
  try {
    await transport.terminateSession();
  } catch {
    // A server that does not answer any more forgets the session by itself.
  }
}

function withHeaders({ headers = {} }: McpHttp, secrets: CallSecrets, fetch: FetchLike): FetchLike {
  return async (url, init) => {
    const all = new Headers(init?.headers);
    const { headers: own } = await toSentHeaders(headers, secrets);
    for (const [name, value] of Object.entries(own)) all.set(name, value);
    const signal = init?.method === "DELETE" ? AbortSignal.timeout(goodbyeMs) : init?.signal;
    return fetch(url, { ...init, headers: all, ...(signal && { signal }) });
  };
}
