import { type AgentEvent, anonymous } from "@agentkit/core";
import { Hono } from "hono";
import { z } from "zod";
import { sessionHeader } from "../gateway-context.ts";
import type { GatewayContext, GatewayEnv, GatewayRequest } from "../gateway-context.ts";
import { refusal } from "../http/api-error.ts";
import { readJsonBody } from "../http/read-json-body.ts";
import { parseBody } from "../http/schema-issue.ts";
import { metadataSchema } from "../responses/create-schema.ts";
import { jsonValueSchema } from "../responses/input-schema.ts";
import { parseConversationId, toConversationId } from "../responses/response-id.ts";
import { readFirstEvent } from "../sessions/lineage.ts";

/** The routes of the Conversations API. A conversation is a session under another name. */
export function createConversationRoutes(context: GatewayContext): Hono<GatewayEnv> {
  return new Hono<GatewayEnv>()
    .post("/v1/conversations", (request) => createConversation(context, request))
    .get("/v1/conversations/:id", (request) => retrieveConversation(context, request, request.req.param("id")));
}

const createSchema = z.strictObject({
  items: z.array(jsonValueSchema).nullish(),
  metadata: metadataSchema.nullish(),
});

async function createConversation(context: GatewayContext, request: GatewayRequest): Promise<Response> {
  const body = parseBody(createSchema, (await readJsonBody(request.req.raw, context.maxBodyBytes)) ?? {});
  if (body.items != null && body.items.length > 0) {
    const message =
      "Unsupported parameter: 'items'. Begin the conversation empty and send the items as input of the first response.";
    throw refusal(message, { param: "items", code: "unsupported_parameter" });
  }
  const metadata = body.metadata ?? {};
  const hasMetadata = Object.keys(metadata).length > 0;
  const principal = request.get("principal");
  const { session } = await context.kit.createSession({
    ...(hasMetadata && { metadata }),
    ...(principal !== anonymous && { principal }),
  });
  return answer(context, request, session);
}

async function retrieveConversation(context: GatewayContext, request: GatewayRequest, id: string): Promise<Response> {
  return answer(context, request, parseConversationId(id) ?? "");
}

async function answer(
  { log, guard, view }: GatewayContext,
  request: GatewayRequest,
  session: string,
): Promise<Response> {
  const first = session === "" ? undefined : await readFirstEvent(log, session);
  if (first === undefined || !(await guard.admits(request.get("principal"), session))) {
    throw refusal("There is no conversation of that id.", { status: 404, param: "id", code: "conversation_not_found" });
  }
  request.header(sessionHeader, session);
  return request.json({
    id: toConversationId(session),
    object: "conversation",
    created_at: Math.floor(Date.parse(first.time) / 1000),
    ...(await view.echo({ metadata: metadataOf(first) }, { session })),
  });
}

function metadataOf(first: AgentEvent): Readonly<Record<string, string>> {
  const began = first.type === "SessionStarted" || first.type === "SessionForked";
  return (began ? first.data.metadata : undefined) ?? {};
}
