import { Hono } from "hono";
import { sessionHeader } from "../gateway-context.ts";
import type { GatewayContext, GatewayEnv, GatewayRequest } from "../gateway-context.ts";
import { refusal } from "../http/api-error.ts";
import { createResponse } from "./create-response.ts";
import { findRun, isStored, readRun } from "./read-run.ts";
import { parseResponseId } from "./response-id.ts";
import { toResponse } from "./response-object.ts";

/** The routes of the Responses API. */
export function createResponseRoutes(context: GatewayContext): Hono<GatewayEnv> {
  return new Hono<GatewayEnv>()
    .post("/v1/responses", (request) => createResponse(context, request))
    .get("/v1/responses/:id", (request) => retrieveResponse(context, request, request.req.param("id")));
}

async function retrieveResponse(context: GatewayContext, request: GatewayRequest, id: string): Promise<Response> {
  if (request.req.query("stream") === "true") {
    const message = "Unsupported parameter: 'stream'. This gateway does not stream a response that exists already.";
    throw refusal(message, { param: "stream", code: "unsupported_parameter" });
  }
  const name = parseResponseId(id);
  const found = name && (await findRun(context, name));
  if (found === undefined || !(await isStored(context, found))) {
    const shown = id.length <= 120 ? id : `${id.slice(0, 119)}…`;
    throw refusal(`Response with id '${shown}' not found.`, { status: 404, param: "id", code: "response_not_found" });
  }
  request.header(sessionHeader, found.state.session);
  return request.json(toResponse(await readRun(context, found)));
}
