import { AgentKitError } from "@agentkit/core";
import type { HttpRequestOnItsWay } from "./http-message.ts";

/**
 * What a redirect makes of a request, by the rules of Fetch: 303 asks again with GET, so do 301 and 302 after a POST, and
 * credentials do not go to another origin. Stricter than Fetch, neither does a body or a method that changes something: who
 * was trusted with a request does not choose who else gets it. Nothing for an answer that is no redirect.
 *
 * @throws AgentKitError `network_response_invalid` for a location that is no URL, `network_target_refused`.
 */
export function toRedirect(
  hop: HttpRequestOnItsWay,
  status: number,
  location: string | undefined,
): HttpRequestOnItsWay | undefined {
  if (!redirectStatuses.has(status) || location === undefined) return undefined;
  const url = URL.parse(location, hop.url.href);
  if (url === null) {
    throw new AgentKitError(
      "network_response_invalid",
      `'${hop.url.hostname}' redirected to something that is no URL.`,
    );
  }
  const { body, ...request } = hop;
  const asksAgain = becomesGet(status, hop.method);
  const leaves = url.origin !== hop.url.origin;
  if (leaves && !asksAgain) checkLeaving(hop, url);
  const dropped = droppedHeaders(hop, { asksAgain, leaves });
  return {
    ...request,
    url,
    method: asksAgain ? "GET" : hop.method,
    headers: without(hop.headers ?? {}, new Set(dropped.map((name) => name.toLowerCase()))),
    ...(!asksAgain && body !== undefined && { body }),
  };
}

function checkLeaving({ method, body, url: from }: HttpRequestOnItsWay, to: URL): void {
  if (body === undefined && harmlessMethods.has(method.toUpperCase())) return;
  const rule = "only a request without a body that changes nothing follows to another server";
  const message = `'${from.hostname}' redirected the request to '${to.host}', and ${rule}.`;
  throw new AgentKitError("network_target_refused", message);
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const bodyHeaders = ["content-type", "content-encoding", "content-language", "content-location"];
const ownHeaders = ["authorization", "cookie", "idempotency-key"];
const harmlessMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

interface Change {
  readonly asksAgain: boolean;
  readonly leaves: boolean;
}

function droppedHeaders({ secretHeaders = [] }: HttpRequestOnItsWay, { asksAgain, leaves }: Change): readonly string[] {
  return [...(asksAgain ? bodyHeaders : []), ...(leaves ? [...ownHeaders, ...secretHeaders] : [])];
}

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

function without(headers: Readonly<Record<string, string>>, dropped: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name.toLowerCase())));
}
