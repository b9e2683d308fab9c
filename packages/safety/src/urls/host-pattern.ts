import { AgentKitError } from "@agentkit/core";

/** Whether a host is one of those that patterns name. */
export type HostMatcher = (host: string) => boolean;

/**
 * Makes a matcher of hosts: `example.org` is that host alone, `.example.org` it and all below it. Patterns are compared as
 * browsers write hosts (lower case, Punycode), and never as parts of a text: `example.org.evil.net` is not below `example.org`.
 *
 * @throws AgentKitError `definition_invalid` when a pattern is no host.
 */
export function createHostMatcher(patterns: readonly string[]): HostMatcher {
  const exact = new Set<string>();
  const suffixes: string[] = [];
  for (const pattern of patterns) {
    const isSuffix = pattern.startsWith(".");
    const host = parseHost(isSuffix ? pattern.slice(1) : pattern);
    exact.add(host);
    if (isSuffix) suffixes.push(`.${host}`);
  }
  if (exact.size === 0) return () => false;
  return (host) => {
    const name = host.endsWith(".") ? host.slice(0, -1) : host;
    return exact.has(name) || suffixes.some((suffix) => name.endsWith(suffix));
  };
}

function parseHost(pattern: string): string {
  const host = URL.canParse(`http://${pattern}/`) ? new URL(`http://${pattern}/`).host : "";
  if (host !== "" && !/[\s*/@?#\\]/.test(pattern)) return host;
  throw new AgentKitError(
    "definition_invalid",
    `'${pattern}' is no host. Write 'example.org' for one host, '.example.org' for it and all below it.`,
    { param: "hosts" },
  );
}
