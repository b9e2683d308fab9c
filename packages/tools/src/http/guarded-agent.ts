import { AgentKitError } from "@agentkit/core";
import { Agent, buildConnector } from "undici";
import type { NetworkGuard } from "./network-guard.ts";

/** Bounds of what a server may make a client wait for or hold. */
export interface GuardedAgentOptions {
  /** Milliseconds until a connection stands, name and TLS included. */
  readonly connectTimeoutMs: number;
  /** Bytes of an answer's headers. */
  readonly maxHeaderBytes: number;
}

/**
 * Makes an undici agent that connects to nothing but the addresses its guard gave for that very connection. This is the one
 * place where a socket is opened, for literal addresses too, so that nothing gets past the check by another notation. TLS and
 * the Host header keep the name. Proxies of the environment are not used.
 */
export function createGuardedAgent(guard: NetworkGuard, options: GuardedAgentOptions): Agent {
  return new Agent({
    allowH2: false,
    // A connection a request: one that was kept may be closed by the server just as the next request is sent, and whether
    // that took effect would be unknown.
    pipelining: 0,
    maxHeaderSize: options.maxHeaderBytes,
    connect: (target, callback) => {
      // It answers by the callback, whatever happens.
      void connectVetted({ guard, timeoutMs: options.connectTimeoutMs, target }, callback);
    },
  });
}

interface Connecting {
  readonly guard: NetworkGuard;
  readonly timeoutMs: number;
  readonly target: buildConnector.Options;
}

async function connectVetted(
  { guard, timeoutMs, target }: Connecting,
  callback: buildConnector.Callback,
): Promise<void> {
  let addresses: readonly string[];
  try {
    addresses = await withDeadline(guard.vetHost(target.hostname), timeoutMs);
  } catch (error) {
    callback(toConnectError(error, target.hostname), null);
    return;
  }
  connectTo(addresses, timeoutMs)(target, callback);
}

function connectTo(addresses: readonly string[], timeout: number): buildConnector.connector {
  const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  const connector = buildConnector({
    allowH2: false,
    timeout,
    // Not asked for a literal address: that is then the one that was vetted, in the URL parser's canonical form.
    lookup: (_hostname, { all }, callback) => {
      const first = found[0];
      if (all === true || first === undefined) callback(null, found);
      else callback(null, first.address, first.family);
    },
  });
  return (target, callback) => {
    connector({ ...target, hostname: target.hostname.replace(/^\[(.*)\]$/, "$1") }, (...result) => {
      const [error, socket] = result;
      if (error === null) callback(null, socket);
      else callback(toConnectError(error, target.hostname), null);
    });
  };
}

/** A connection that does not come about is told apart from one that breaks later: nothing has been asked of the server yet. */
function toConnectError(error: unknown, hostname: string): AgentKitError {
  if (AgentKitError.is(error)) return error;
  const reason = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  return new AgentKitError("network_unreachable", `No connection to '${hostname}' could be made${reason}.`, {
    cause: error,
    retryable: true,
  });
}

async function withDeadline<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("The name was not resolved in time.")), timeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
