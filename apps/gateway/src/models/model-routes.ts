import type { ModelInfo } from "@agentkit/core";
import { Hono } from "hono";
import type { GatewayContext, GatewayEnv, GatewayRequest } from "../gateway-context.ts";
import { refusal } from "../http/api-error.ts";

/** The routes of the Models API: the agents first, then the models that are let through. */
export function createModelRoutes(context: GatewayContext): Hono<GatewayEnv> {
  return new Hono<GatewayEnv>()
    .get("/v1/models", (request) => list(context, request))
    .get("/v1/models/:id", (request) => retrieve(context, request, request.req.param("id")));
}

async function list(context: GatewayContext, request: GatewayRequest): Promise<Response> {
  return request.json({ object: "list", data: await listModels(context) });
}

async function retrieve(context: GatewayContext, request: GatewayRequest, id: string): Promise<Response> {
  const model = (await listModels(context)).find((one) => one.id === id);
  if (model !== undefined) return request.json(model);
  const shown = id.length <= 80 ? id : `${id.slice(0, 79)}…`;
  throw refusal(`The model '${shown}' does not exist.`, { status: 404, param: "model", code: "model_not_found" });
}

async function listModels({ agents, modelAccess }: GatewayContext) {
  const names = new Set(agents.map((agent) => agent.name));
  const own = agents.map(({ name }) => toModel({ id: name, ownedBy: "agentkit" }));
  const others = (await modelAccess.list()).filter(({ id }) => !names.has(id));
  return [...own, ...others.map(toModel)];
}

function toModel({ id, created = 0, ownedBy = "system" }: ModelInfo) {
  return { id, object: "model", created, owned_by: ownedBy } as const;
}
