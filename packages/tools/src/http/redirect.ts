import { AgentKitError } from "@agentkit/core";
import type { HttpRequestOnItsWay } from "./http-message.ts";

/**
 * What a redirect makes of a request, by the rules of Fetch: 303 asks again with GET, so do 301 and 302 after a POST, and
 * credentials do not go to another origin. Nothing for an answer that is no redirect.
 *
 * @throws AgentKitError `network_response_invalid` for a location that is no URL.
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
  const dropped = [
    ...(asksAgain ? bodyHeaders : []),
    ...(url.origin === hop.url.origin ? [] : [...credentialHeaders, ...(hop.secretHeaders ?? [])]),
  ];
  return {
    ...request,
    url,
    method: asksAgain ? "GET" : hop.method,
    headers: without(hop.headers ?? {}, new Set(dropped.map((name) => name.toLowerCase()))),
    ...(!asksAgain && body !== undefined && { body }),
  };
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const bodyHeaders = ["content-type", "content-encoding", "content-language", "content-location"];
const credentialHeaders = ["authorization", "cookie"];

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

function without(headers: Readonly<Record<string, string>>, dropped: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name.toLowerCase())));
}
