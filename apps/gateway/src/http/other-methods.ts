import type { Hono } from "hono";
import type { GatewayEnv } from "../gateway-context.ts";
import { ApiError } from "./api-error.ts";

/** Answers 405 where a path is served and the method is not. Call it after every route is there. */
export function refuseOtherMethods(app: Hono<GatewayEnv>): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    // Middleware is registered for all methods.
    if (method === "ALL") continue;
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  for (const [path, served] of methods) {
    const allowed = [...served].join(", ");
    app.all(path, (request) => {
      request.header("allow", allowed);
      throw new ApiError({
        status: 405,
        message: `Not allowed to ${request.req.method} on ${request.req.path}. Allowed: ${allowed}.`,
        type: "invalid_request_error",
        param: null,
        code: "method_not_supported",
      });
    });
  }
}
