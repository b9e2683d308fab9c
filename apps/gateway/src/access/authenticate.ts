import { createHash, timingSafeEqual } from "node:crypto";
import { AgentKitError, anonymous, type EventRedactor, parsePrincipal, type Principal } from "@agentkit/core";
import { ApiError } from "../http/api-error.ts";

/** Finds out on whose behalf a request is made; nobody, where it does not say so or cannot prove it. */
export type Authenticate = (request: Request) => Principal | undefined | Promise<Principal | undefined>;

/** The principals of a deployment by the SHA-256 of their API keys, in hexadecimal digits. */
export type ApiKeys = Readonly<Record<string, Principal>>;

/**
 * Authenticates by the bearer token that `openai` clients send as their API key. Only hashes are kept, compared in constant time.
 */
export function authenticateByKey(apiKeys: ApiKeys): Authenticate {
  const known = Object.entries(apiKeys).map(([hash, principal]) => ({ hash: Buffer.from(hash, "hex"), principal }));
  return ({ headers }) => {
    const [, key] = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
    if (key === undefined) return undefined;
    const given = createHash("sha256").update(key).digest();
    // All are compared, so that the time says nothing of which one it was.
    return known.filter(({ hash }) => timingSafeEqual(hash, given))[0]?.principal;
  };
}

/**
 * Makes a function that gives a request's principal, and asks once for each. Without an `authenticate`, everybody is nobody in
 * particular.
 *
 * The function throws ApiError 401 for a request whose sender is not known, or cannot be found out.
 */
export function createPrincipalReader(
  authenticate: Authenticate | undefined,
  redactor?: Pick<EventRedactor, "text">,
): (request: Request) => Promise<Principal> {
  const known = new WeakMap<Request, Promise<Principal>>();
  return (request) => {
    if (authenticate === undefined) return Promise.resolve(anonymous);
    const principal = known.get(request) ?? readPrincipal(authenticate, request, redactor);
    known.set(request, principal);
    return principal;
  };
}

async function readPrincipal(
  authenticate: Authenticate,
  request: Request,
  redactor: Pick<EventRedactor, "text"> | undefined,
): Promise<Principal> {
  const found = await askFor(authenticate, request);
  if (found === undefined) throw unauthenticated(request);
  const principal = parsePrincipal(found);
  if (principal === undefined)
    throw unusable("something that is no principal: it has roles, and may have a user and a tenant");
  const { tenant } = principal;
  // What the log does not hold cannot be compared with it: the tenant's sessions would be nobody's.
  if (tenant !== undefined && redactor !== undefined && redactor.text(tenant, { session: "tenants" }) !== tenant) {
    throw unusable("a tenant that the safety policy redacts: name tenants by ids that tell nothing");
  }
  return principal;
}

function unusable(what: string): AgentKitError {
  return new AgentKitError("config_invalid", `The configuration's 'authenticate' gave ${what}.`);
}

async function askFor(authenticate: Authenticate, request: Request): Promise<Principal | undefined> {
  try {
    return await authenticate(request);
  } catch {
    // What went wrong may hold a credential, and whoever is not known is told nothing.
    return undefined;
  }
}

function unauthenticated({ headers }: Request): ApiError {
  const given = headers.get("authorization") !== null;
  const message = given
    ? "Incorrect API key provided."
    : "You didn't provide an API key. Send it as a bearer token in the header 'authorization', as openai clients do.";
  return new ApiError({ status: 401, message, type: "invalid_request_error", param: null, code: "invalid_api_key" });
}
