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
        message: `This gateway does not serve ${request.req.method} ${shortenPath(request.req.path)}, only ${allowed} there.`,
        type: "invalid_request_error",
        param: null,
        code: "method_not_supported",
      });
    });
  }
}

/** A path as a message shows it: whoever made it up may have made it long. */
export function shortenPath(path: string): string {
  return path.length <= 120 ? path : `${path.slice(0, 119)}…`;
}
