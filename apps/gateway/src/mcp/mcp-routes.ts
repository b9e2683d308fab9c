import {
  createMcpHandler,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import {
  type AccessPolicy,
  anonymous,
  type JsonObject,
  parseJson,
  type Principal,
  type RecordedEvent,
} from "@agentkit/core";
import { Hono } from "hono";
import type { GatewayContext, GatewayEnv } from "../gateway-context.ts";
import { callTarget, deniedResult } from "./mcp-call.ts";
import { createMcpCatalogue, type McpCatalogue } from "./mcp-catalogue.ts";
import type { McpOptions } from "./mcp-options.ts";

/**
 * `/mcp`: the agents, and the tools of the runner, over streamable HTTP. Nothing is kept between requests, so that any instance
 * answers any of them; a client of a revision before 2026-07-28 is answered without a session too.
 *
 * @see Model Context Protocol, revision 2026-07-28
 */
export function createMcpRoutes(context: GatewayContext, options: McpOptions): Hono<GatewayEnv> {
  const catalogue = createMcpCatalogue(context.agents, options);
  const hosts = [...localhostAllowedHostnames(), ...(options.allowedHosts ?? [])];
  const origins = [...localhostAllowedOrigins(), ...(options.allowedOrigins ?? [])];
  const handler = createMcpHandler(
    async ({ requestInfo }) => {
      const principal = requestInfo && (await options.principal?.(requestInfo));
      return createServer({ context, catalogue, policy: options.access, principal: principal ?? anonymous });
    },
    { maxRequestBodySize: context.maxBodyBytes, keepAliveMs: context.heartbeatMs },
  );
  return new Hono<GatewayEnv>().all("/mcp", async ({ req: { raw } }) => {
    const refused = hostHeaderValidationResponse(raw, hosts) ?? originValidationResponse(raw, origins);
    return refused ?? handler.fetch(raw);
  });
}

interface Serving {
  readonly context: GatewayContext;
  readonly catalogue: McpCatalogue;
  readonly policy: AccessPolicy | undefined;
  readonly principal: Principal;
}

/** The server of one request. */
function createServer(serving: Serving): Server {
  const { catalogue, principal } = serving;
  const server = new Server({ name: "agentkit", version: "1" }, { capabilities: { tools: {} } });
  server.setRequestHandler("tools/list", () => ({ tools: catalogue.list(principal) }));
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => callTool(serving, params, mcpReq));
  return server;
}

interface CallParams {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

async function callTool(
  { context, catalogue, policy, principal }: Serving,
  params: CallParams,
  { signal, _meta: meta, notify }: ServerContext["mcpReq"],
) {
  const target = catalogue.find(params.name);
  if (target === undefined) throw unknownTool(params.name);
  const input = toInput(params.arguments);
  const decision = target.type === "agent" ? catalogue.decide(target.agent, principal, input) : undefined;
  if (decision?.effect === "deny") {
    if (catalogue.shows(target, principal)) return deniedResult(params.name);
    throw unknownTool(params.name);
  }
  let progress = 0;
  const onEvent = async ({ type }: RecordedEvent): Promise<void> => {
    if (meta?.progressToken === undefined) return;
    progress += 1;
    const notification = { progressToken: meta.progressToken, progress, message: type };
    try {
      await notify({ method: "notifications/progress", params: notification });
    } catch {
      // Whoever does not hear of the progress has not called the run off by that.
    }
  };
  const { result, denied } = await callTarget(context, {
    target,
    input,
    principal,
    signal,
    access: decision && policy && { rule: decision.rule, policy: `${policy.id}@${policy.version}` },
    onEvent,
  });
  // Whoever may not see a tool hears of it what they hear of one that there is not.
  if (denied && !catalogue.shows(target, principal)) throw unknownTool(params.name);
  return result;
}

function toInput(given: CallParams["arguments"] = {}): JsonObject {
  const value = parseJson(JSON.stringify(given));
  return isJsonObject(value) ? value : {};
}

function isJsonObject(value: ReturnType<typeof parseJson>): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownTool(name: string): ProtocolError {
  const shown = name.length <= 80 ? name : `${name.slice(0, 79)}…`;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${shown}`);
}
