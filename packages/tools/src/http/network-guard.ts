import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { AgentKitError } from "@agentkit/core";
import { toHostMatcher, withoutFinalDot } from "./host-pattern.ts";
import type { HostMatcher } from "./host-pattern.ts";
import type { NetworkPolicy } from "./network-policy.ts";
import { addressProblem, isInBlocks, isInternalAddress, parseAddressBlock } from "./public-address.ts";
import type { AddressBlock } from "./public-address.ts";

/** Gives every address of a name. Rejects, or gives none, for a name that there is not. */
export type HostResolver = (hostname: string) => Promise<readonly string[]>;

/** Decides where requests may go. */
export interface NetworkGuard {
  /**
   * Checks what a URL says: scheme, user information, port, host. Says nothing about addresses.
   *
   * @throws AgentKitError `network_target_refused`.
   */
  checkUrl(url: URL): void;
  /**
   * Gives the addresses that a connection to a host may be made to. They are all checked, and a connection is made to one of
   * these and to no other: a name that is asked for again could stand for something else by then.
   *
   * @throws AgentKitError `network_target_refused` when any of them is not allowed, `network_unreachable` when there is none.
   */
  vetHost(hostname: string): Promise<readonly string[]>;
}

/** Makes a guard that keeps to a policy. Names are resolved by the system unless a resolver is given. */
export function createNetworkGuard(policy: NetworkPolicy = {}, resolve: HostResolver = resolveBySystem): NetworkGuard {
  const schemes = policy.schemes ?? ["https"];
  const ports = policy.ports ?? schemes.map((scheme) => defaultPorts[scheme]);
  const allowsHost = policy.allowHosts && toHostMatcher(policy.allowHosts);
  const internal = toInternalTargets(policy.allowPrivate ?? []);
  return {
    checkUrl: (url) => {
      const problem = urlProblem(url, { schemes, ports, allowsHost });
      if (problem !== undefined) throw refused(url.hostname, problem);
    },
    vetHost: async (hostname) => {
      const host = withoutBrackets(hostname);
      const addresses = isIP(host) === 0 ? await resolveName(host, resolve) : [host];
      for (const address of addresses) {
        const problem = addressProblem(address);
        if (problem !== undefined && !internal(host, address)) {
          throw refused(hostname, address === host ? `it ${problem}` : `it stands for ${address}, which ${problem}`);
        }
      }
      return addresses;
    },
  };
}

const defaultPorts = { http: 80, https: 443 } as const;

interface UrlRules {
  readonly schemes: readonly string[];
  readonly ports: readonly number[] | "any";
  readonly allowsHost: HostMatcher | undefined;
}

function urlProblem(url: URL, { schemes, ports, allowsHost }: UrlRules): string | undefined {
  const scheme = url.protocol.slice(0, -1);
  if (!schemes.includes(scheme)) return `the scheme '${scheme}' is not allowed (allowed: ${schemes.join(", ")})`;
  if (url.username !== "" || url.password !== "") return "a URL with a user name or password is not allowed";
  const port = url.port === "" ? defaultPorts[scheme === "http" ? "http" : "https"] : Number(url.port);
  if (ports !== "any" && !ports.includes(port)) return `port ${port} is not allowed (allowed: ${ports.join(", ")})`;
  if (allowsHost?.(url.hostname) === false) return "the host is not one of those that are allowed";
  return undefined;
}

/** Whether an address that is not public is let through for a host. */
type InternalTargets = (host: string, address: string) => boolean;

function toInternalTargets(entries: readonly string[]): InternalTargets {
  const blocks: AddressBlock[] = [];
  const names: string[] = [];
  for (const entry of entries) {
    const block = parseAddressBlock(withoutBrackets(entry));
    if (block === undefined) names.push(entry);
    else blocks.push(block);
  }
  const isNamed = toHostMatcher(names);
  return (host, address) => isInBlocks(address, blocks) || (isNamed(host) && isInternalAddress(address));
}

async function resolveName(host: string, resolve: HostResolver): Promise<readonly string[]> {
  const name = withoutFinalDot(host);
  // RFC 6761: these names are this machine's, whatever a server for names says.
  if (name === "localhost" || name.endsWith(".localhost")) return ["127.0.0.1", "::1"];
  let addresses: readonly string[];
  try {
    addresses = await resolve(host);
  } catch (cause) {
    throw unresolved(name, cause);
  }
  if (addresses.length === 0) throw unresolved(name);
  return addresses;
}

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith("[") && hostname.endsWith("]") ? hostname.slice(1, -1) : hostname;
}

function refused(hostname: string, reason: string): AgentKitError {
  return new AgentKitError("network_target_refused", `The request to '${hostname}' is refused: ${reason}.`);
}

function unresolved(name: string, cause?: unknown): AgentKitError {
  return new AgentKitError("network_unreachable", `The host name '${name}' cannot be resolved.`, {
    cause,
    retryable: true,
  });
}
