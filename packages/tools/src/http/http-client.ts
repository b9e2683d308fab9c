import { AgentKitError } from "@agentkit/core";
import type { Agent, Dispatcher } from "undici";
import { createGuardedAgent } from "./guarded-agent.ts";
import type { HttpRequest, HttpRequestOnItsWay, HttpResponse } from "./http-message.ts";
import { createNetworkGuard } from "./network-guard.ts";
import type { HostResolver, NetworkGuard } from "./network-guard.ts";
import type { NetworkPolicy } from "./network-policy.ts";
import { readBody } from "./read-body.ts";
import { toRedirect } from "./redirect.ts";
import { isReservedHeader } from "./reserved-headers.ts";

/** What an {@link HttpClient} is made with. */
export interface HttpClientOptions extends NetworkPolicy {
  /** Milliseconds for a request with all of its redirects and the whole answer. Default 30,000. */
  readonly timeoutMs?: number;
  /** Milliseconds until a connection stands. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Bytes of an answer's body, decompressed. Default 4 MiB. */
  readonly maxResponseBytes?: number;
  /** Bytes of an answer's headers. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Redirects that are followed, each checked like the first request. Default 5. */
  readonly maxRedirects?: number;
  /** Gives the addresses of a name. Default: the system's resolver. */
  readonly resolve?: HostResolver;
}

/**
 * An HTTP client that goes only where its {@link NetworkPolicy} lets it: by default to the public internet, whatever notation,
 * name, redirect or changing answer of a name server a URL comes with. It reads no more than its limits, and uses no proxy.
 */
export interface HttpClient {
  /**
   * Sends a request, follows redirects and reads the answer.
   *
   * @throws AgentKitError `network_target_refused`, `network_unreachable` (nothing was asked of that server yet; of one that
   * redirected to it, something was), `network_connection_lost`, `network_timeout`, `network_redirects_exceeded`,
   * `network_response_too_large`, `network_response_invalid`, `input_invalid` for a URL or header that cannot be sent, `aborted`.
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/**
 * Makes an {@link HttpClient}.
 *
 * @throws AgentKitError `config_invalid` for a policy that names no valid host or block.
 *
 * @example
 * ```ts
 * import { createHttpClient } from "@agentkit/tools";
 *
 * const client = createHttpClient({ allowHosts: ["api.example.com"], maxResponseBytes: 100_000 });
 * await client.close();
 * ```
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const limits: Limits = {
    timeoutMs: options.timeoutMs ?? 30_000,
    maxResponseBytes: options.maxResponseBytes ?? 4 * 1024 * 1024,
    maxRedirects: options.maxRedirects ?? 5,
  };
  const guard = createNetworkGuard(options, options.resolve);
  const agent = createGuardedAgent(guard, {
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    maxHeaderBytes: options.maxHeaderBytes ?? 16 * 1024,
  });
  return {
    send: async (request) => {
      const timeoutMs = request.timeoutMs ?? limits.timeoutMs;
      const timeout = AbortSignal.timeout(timeoutMs);
      const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
      const url = parseUrl(request.url);
      try {
        return await followRedirects({ agent, guard, limits, signal }, { ...request, url });
      } catch (error) {
        if (request.signal?.aborted === true) throw new AgentKitError("aborted", "The request was aborted.");
        throw toNetworkError(error, url, timeout.aborted ? timeoutMs : undefined);
      }
    },
    close: async () => agent.destroy(),
  };
}

interface Limits {
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly maxRedirects: number;
}

interface Sending {
  readonly agent: Agent;
  readonly guard: NetworkGuard;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

async function followRedirects(sending: Sending, first: HttpRequestOnItsWay): Promise<HttpResponse> {
  let hop = first;
  for (let followed = 0; followed <= sending.limits.maxRedirects; followed += 1) {
    const response = await exchange(sending, hop);
    const headers = toHeaders(response.headers);
    response.body.on("error", ignoreBrokenBody);
    hop.onAnswer?.({ status: response.statusCode, headers, url: hop.url });
    const next = toRedirect(hop, response.statusCode, headers["location"]);
    if (next === undefined) return finish({ hop, response, headers }, sending.limits.maxResponseBytes);
    response.body.destroy();
    if (next.url.origin !== hop.url.origin) await hop.onLeave?.(next);
    hop = next;
  }
  throw new AgentKitError(
    "network_redirects_exceeded",
    `'${first.url.hostname}' redirected more than ${sending.limits.maxRedirects} times.`,
  );
}

async function exchange({ agent, guard, signal }: Sending, hop: HttpRequestOnItsWay): Promise<Dispatcher.ResponseData> {
  guard.checkUrl(hop.url);
  const sent = { "user-agent": "agentkit", "accept-encoding": "gzip, deflate, br", accept: "*/*", ...hop.headers };
  const reserved = Object.keys(sent).find(isReservedHeader);
  if (reserved !== undefined) {
    throw new AgentKitError("input_invalid", `The header '${reserved}' is the client's own and cannot be given.`);
  }
  return agent.request({
    origin: hop.url.origin,
    path: `${hop.url.pathname}${hop.url.search}`,
    method: hop.method,
    headers: sent,
    body: hop.body ?? null,
    signal,
  });
}

interface Answer {
  readonly hop: HttpRequestOnItsWay;
  readonly response: Dispatcher.ResponseData;
  readonly headers: Readonly<Record<string, string>>;
}

async function finish({ hop, response, headers }: Answer, maxBytes: number): Promise<HttpResponse> {
  const { statusCode: status, body: stream } = response;
  const body = await readBody(stream, {
    // Without a body, the header says what the body would have been.
    encoding: hop.method === "HEAD" || status === 204 ? undefined : headers["content-encoding"],
    mediaType: headers["content-type"],
    mediaTypes: hop.mediaTypes,
    maxBytes,
    origin: `'${hop.url.hostname}' answered with status ${status}`,
  });
  return { status, headers, url: hop.url, body };
}

function parseUrl(url: string | URL): URL {
  const parsed = URL.parse(String(url));
  if (parsed === null) throw new AgentKitError("input_invalid", "The text is no absolute URL.", { param: "url" });
  return parsed;
}

function toHeaders(headers: Dispatcher.ResponseData["headers"]): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).map(([name, value]) => [name, String(value ?? "")] as const);
  return Object.fromEntries(entries);
}

function ignoreBrokenBody(): void {
  // Who reads the body hears of it there. One that is given up (a redirect's, one that is too large) may end as it likes.
}

/** An error that is no refusal or failure to connect came after the request was on its way. */
function toNetworkError(error: unknown, url: URL, timeoutMs: number | undefined): AgentKitError {
  if (timeoutMs !== undefined) {
    const message = `'${url.hostname}' did not answer within ${timeoutMs} ms.`;
    return new AgentKitError("network_timeout", message, { retryable: true });
  }
  if (AgentKitError.is(error)) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "UND_ERR_HEADERS_OVERFLOW") {
    return new AgentKitError("network_response_too_large", `The headers of '${url.hostname}' are too large.`);
  }
  if (code === "UND_ERR_INVALID_ARG") {
    return new AgentKitError("input_invalid", "The request has a method or header that HTTP cannot carry.");
  }
  if (error instanceof Error && error.name === "HTTPParserError") {
    return new AgentKitError("network_response_invalid", `'${url.hostname}' did not answer in HTTP.`);
  }
  const message = `The connection to '${url.hostname}' broke before its answer was complete${code && ` (${code})`}.`;
  return new AgentKitError("network_connection_lost", message, { cause: error, retryable: true });
}
