import { Hono } from "hono";
import { sessionHeader } from "../gateway-context.ts";
import type { GatewayContext, GatewayEnv, GatewayRequest } from "../gateway-context.ts";
import { refusal } from "../http/api-error.ts";
import { checkQuery } from "../http/check-query.ts";
import { createResponse } from "./create-response.ts";
import { listInputItems } from "./input-items.ts";
import { findRun, isStored, readRun } from "./read-run.ts";
import { parseResponseId } from "./response-id.ts";
import { toResponse } from "./response-object.ts";
import type { RunRecord } from "./response-object.ts";

/** The routes of the Responses API. */
export function createResponseRoutes(context: GatewayContext): Hono<GatewayEnv> {
  return (
    new Hono<GatewayEnv>()
      .post("/v1/responses", (request) => createResponse(context, request))
      // Without them, these would be responses of those ids, of which only the method is not served.
      .post("/v1/responses/compact", refuseEndpoint)
      .post("/v1/responses/input_tokens", refuseEndpoint)
      .get("/v1/responses/:id/input_items", (request) => listItems(context, request, request.req.param("id")))
      .get("/v1/responses/:id", (request) => retrieveResponse(context, request, request.req.param("id")))
  );
}

function refuseEndpoint(request: GatewayRequest): never {
  const message = `This gateway does not serve ${request.req.method} ${request.req.path}.`;
  throw refusal(message, { status: 404, code: "endpoint_not_served" });
}

async function listItems(context: GatewayContext, request: GatewayRequest, id: string): Promise<Response> {
  return listInputItems(request, await findRecord(context, request, id));
}

async function retrieveResponse(context: GatewayContext, request: GatewayRequest, id: string): Promise<Response> {
  checkQuery(request, Object.keys(unservedQuery));
  refuseUnserved(request);
  return request.json(toResponse(await findRecord(context, request, id)));
}

/** Finds what a response is computed from. Throws ApiError 404 where there is none, or it is not the sender's. */
async function findRecord(context: GatewayContext, request: GatewayRequest, id: string): Promise<RunRecord> {
  const name = parseResponseId(id);
  const found = name && (await findRun(context, name));
  const admitted = found !== undefined && (await context.guard.admits(request.get("principal"), found.state.session));
  const record =
    admitted && (await isStored(context, found)) ? await readRun(context, found, name?.part ?? 1) : undefined;
  if (record === undefined) {
    const shown = id.length <= 120 ? id : `${id.slice(0, 119)}…`;
    throw refusal(`Response with id '${shown}' not found.`, { status: 404, param: "id", code: "response_not_found" });
  }
  request.header(sessionHeader, record.session);
  return record;
}

/** Fields that OpenAI serves here and this gateway does not, and what they ask for. */
const unservedQuery: Readonly<Record<string, string>> = {
  include: "more than the response was created with",
  include_obfuscation: "streams of a response that exists already",
  starting_after: "streams of a response that exists already",
  stream: "streams of a response that exists already",
};

function refuseUnserved(request: GatewayRequest): void {
  for (const [field, [value]] of Object.entries(request.req.queries())) {
    if (value === "" || value === "false") continue;
    const param = field.replace(/\[\]$/, "");
    const message = `Unsupported parameter: '${param}'. This gateway does not serve ${unservedQuery[param]}.`;
    throw refusal(message, { param, code: "unsupported_parameter" });
  }
}
