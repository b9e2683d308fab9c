import { toSessionStream } from "@agentkit/core";
import type { MiddlewareHandler } from "hono";
import { sessionHeader } from "../gateway-context.ts";
import type { GatewayContext, GatewayEnv, GatewayRequest } from "../gateway-context.ts";
import { refusal } from "../http/api-error.ts";

/** Answers 404 for a path whose session does not exist. Every other answer of the path names the session, errors too. */
export function requirePathSession(context: GatewayContext): MiddlewareHandler<GatewayEnv> {
  return async (request, next) => {
    const session = request.req.param("session") ?? "";
    await requireSession(context, request, { session, param: "session" });
    request.header(sessionHeader, session);
    await next();
  };
}

/** Refuses, in the name of the field that it came by, a session that the log does not have, or that is not the sender's. */
export async function requireSession(
  { log, guard }: Pick<GatewayContext, "log" | "guard">,
  request: GatewayRequest,
  { session, param }: { readonly session: string; readonly param: string },
): Promise<void> {
  // What cannot be an id is not shown to the log, which would speak of its streams.
  const exists = /^[A-Za-z0-9_-]{1,64}$/.test(session) && (await log.head(toSessionStream(session))) !== undefined;
  if (exists && (await guard.admits(request.get("principal"), session))) return;
  const shown = session.length <= 80 ? session : `${session.slice(0, 79)}…`;
  throw refusal(`There is no session '${shown}'.`, { status: 404, param, code: "session_not_found" });
}
