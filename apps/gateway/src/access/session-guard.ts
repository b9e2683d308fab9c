import { decodeEvent, type EventLog, type Principal, toSessionStream } from "@agentkit/core";

/** Says whose sessions are whose. */
export interface SessionGuard {
  /** Whether nobody is asked who they are. */
  readonly admitsAll: boolean;
  /** Whether a principal may see a session and go on with it. A session that there is not is nobody's. */
  admits(principal: Principal, session: string): Promise<boolean>;
}

/** How many sessions' tenants are remembered; they never change. */
const remembered = 10_000;

/**
 * A session belongs to the tenant of whoever began it, and a fork or a sub-run to that of the session it comes from. Nobody else
 * sees it: a principal without a tenant sees the sessions without one, and no others.
 */
export function createSessionGuard(log: EventLog): SessionGuard {
  const tenants = new Map<string, string | undefined>();

  async function tenantOf(session: string): Promise<string | undefined> {
    if (tenants.has(session)) return tenants.get(session);
    const tenant = await readTenant(log, session);
    const [oldest] = tenants.keys();
    if (oldest !== undefined && tenants.size >= remembered) tenants.delete(oldest);
    tenants.set(session, tenant);
    return tenant;
  }

  return {
    admitsAll: false,
    admits: async ({ tenant }, session) => {
      return (await log.head(toSessionStream(session))) !== undefined && (await tenantOf(session)) === tenant;
    },
  };
}

/** Lets everybody see every session, where nobody is asked who they are. */
export const openToAll: SessionGuard = { admitsAll: true, admits: () => Promise.resolve(true) };

/** A session's first run is among its first events, when it does not begin empty. */
const eventsLookedAt = 4;

async function readTenant(log: EventLog, session: string): Promise<string | undefined> {
  for await (const stored of log.readStream(toSessionStream(session), { limit: eventsLookedAt })) {
    const event = decodeEvent(stored);
    if (event.type === "SessionForked") return readTenant(log, event.data.parent.session);
    const principal = event.type === "SessionStarted" ? event.data.principal : undefined;
    if (principal !== undefined) return principal.tenant;
    if (event.type === "RunStarted") return event.data.request?.principal?.tenant;
  }
  return undefined;
}
