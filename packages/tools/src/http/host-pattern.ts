import { AgentKitError } from "@agentkit/core";

/** Whether a host name, in the URL parser's form, is one of those that a list of patterns names. */
export type HostMatcher = (hostname: string) => boolean;

/**
 * Makes a matcher of exact names and `.suffix` patterns, both in the URL parser's own form, so that capitals, international
 * names and a final dot make no difference.
 *
 * @throws AgentKitError `config_invalid` for a pattern that is no host.
 */
export function toHostMatcher(patterns: readonly string[]): HostMatcher {
  const exact = new Set<string>();
  const suffixes: string[] = [];
  for (const pattern of patterns) {
    const below = pattern.startsWith(".");
    const host = canonicalHost(below ? pattern.slice(1) : pattern);
    if (host === undefined) {
      throw new AgentKitError("config_invalid", `'${pattern}' is no host, and no suffix with a leading dot.`);
    }
    if (below) suffixes.push(`.${host}`);
    else exact.add(host);
  }
  return (hostname) => {
    const host = withoutFinalDot(hostname);
    return exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix));
  };
}

/** The name without the dot that makes it absolute: `example.com.` is `example.com`. */
export function withoutFinalDot(hostname: string): string {
  return hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
}

function canonicalHost(text: string): string | undefined {
  if (text === "" || /[/?#@\\:\s*]/.test(text.replace(/^\[[0-9a-f:.]+\]$/i, ""))) return undefined;
  const url = URL.parse(`https://${text}/`);
  return url === null ? undefined : withoutFinalDot(url.hostname);
}
