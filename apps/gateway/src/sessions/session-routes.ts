import { decodeEvent, toSessionStream } from "@agentkit/core";
import type { AgentEvent } from "@agentkit/core";
import { Hono } from "hono";
import type { GatewayContext, GatewayEnv, GatewayRequest } from "../gateway-context.ts";
import { refusal } from "../http/api-error.ts";
import { checkQuery } from "../http/check-query.ts";
import { eventStreamHeaders, toEventStream } from "../http/event-stream.ts";
import { parseWhole, toPage } from "../http/page.ts";
import { toLiveFrames } from "./live-events.ts";
import { requirePathSession, requireSession } from "./require-session.ts";
import { createSessionCommands } from "./session-commands.ts";
import { readSessionView } from "./session-view.ts";

/** AgentKit's own routes: what OpenAI's API has no place for. */
export function createSessionRoutes(context: GatewayContext): Hono<GatewayEnv> {
  return new Hono<GatewayEnv>()
    .use("/agentkit/v1/sessions/:session/*", requirePathSession(context))
    .get("/agentkit/v1/sessions", (request) => listSessions(context, request))
    .get("/agentkit/v1/sessions/:session", (request) => showSession(context, request, request.req.param("session")))
    .get("/agentkit/v1/sessions/:session/events", (request) =>
      readEvents(context, request, request.req.param("session")),
    )
    .get("/agentkit/v1/sessions/:session/diff", (request) => diff(context, request, request.req.param("session")))
    .route("/", createSessionCommands(context));
}

async function showSession(context: GatewayContext, request: GatewayRequest, session: string): Promise<Response> {
  checkQuery(request, []);
  return request.json(await readSessionView(context, session, request.get("principal")));
}

async function diff(context: GatewayContext, request: GatewayRequest, session: string): Promise<Response> {
  checkQuery(request, ["with"]);
  const other = request.req.query("with") ?? "";
  if (other === "") {
    const message = "Missing required parameter: 'with', the session to compare with.";
    throw refusal(message, { param: "with", code: "missing_required_parameter" });
  }
  await requireSession(context, request, { session: other, param: "with" });
  return request.json(await context.kit.diff(session, other));
}

async function listSessions(context: GatewayContext, request: GatewayRequest): Promise<Response> {
  checkQuery(request, ["limit", "after"]);
  const limit = parseWhole(request.req.query("limit"), { param: "limit", min: 1, max: 100 }) ?? 20;
  const after = request.req.query("after");
  const all = await context.sessions.read();
  const index = after === undefined ? -1 : all.findIndex(({ session }) => session === after);
  if (after !== undefined && (index === -1 || !(await context.guard.admits(request.get("principal"), after)))) {
    throw refusal("There is no session of the id given as 'after'.", { param: "after", code: "invalid_value" });
  }
  const page = [];
  for (const summary of all.slice(index + 1)) {
    if (page.length > limit) break;
    if (await context.guard.admits(request.get("principal"), summary.session)) page.push(summary);
  }
  return request.json(toPage(page, limit, ({ session }) => session));
}

async function readEvents(context: GatewayContext, request: GatewayRequest, session: string): Promise<Response> {
  checkQuery(request, ["limit", "after"]);
  const live = (request.req.header("accept") ?? "").includes("text/event-stream");
  const after = parseAfter(request, live);
  return live ? streamEvents(context, request, { session, after }) : listEvents(context, request, { session, after });
}

function parseAfter(request: GatewayRequest, live: boolean): number {
  const bounds = { min: -1, max: Number.MAX_SAFE_INTEGER };
  // What a client that connects again has seen wins over where it began.
  const seen = live ? request.req.header("last-event-id") : undefined;
  if (seen !== undefined && seen !== "") return parseWhole(seen, { param: "Last-Event-ID", ...bounds }) ?? -1;
  return parseWhole(request.req.query("after"), { param: "after", ...bounds }) ?? -1;
}

interface EventRange {
  readonly session: string;
  readonly after: number;
}

async function listEvents(
  { log }: GatewayContext,
  request: GatewayRequest,
  { session, after }: EventRange,
): Promise<Response> {
  const limit = parseWhole(request.req.query("limit"), { param: "limit", min: 1, max: 1000 }) ?? 100;
  const events: AgentEvent[] = [];
  for await (const stored of log.readStream(toSessionStream(session), { from: after + 1, limit: limit + 1 })) {
    events.push(decodeEvent(stored));
  }
  return request.json(toPage(events, limit, ({ revision }) => String(revision)));
}

function streamEvents(context: GatewayContext, request: GatewayRequest, { session, after }: EventRange): Response {
  const stop = new AbortController();
  const body = toEventStream({
    frames: toLiveFrames(context.log, { session, after, signal: stop.signal }),
    heartbeatMs: context.heartbeatMs,
    writeStallMs: context.writeStallMs,
    onAbandoned: (reason) => {
      stop.abort();
      if (reason === "stalled") request.env?.outgoing?.destroy();
    },
  });
  for (const [name, value] of Object.entries(eventStreamHeaders)) request.header(name, value);
  return request.body(body);
}
