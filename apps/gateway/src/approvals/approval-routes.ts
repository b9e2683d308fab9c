import { decodeEvent, parseTicket, type PendingApproval, type Principal, toApprovalStream } from "@agentkit/core";
import type { TicketDecision } from "@agentkit/core";
import { Hono } from "hono";
import { z } from "zod";
import { sessionHeader } from "../gateway-context.ts";
import type { GatewayContext, GatewayEnv, GatewayRequest } from "../gateway-context.ts";
import { checkQuery } from "../http/check-query.ts";
import { parseWhole, toPage } from "../http/page.ts";
import { requireJsonBody } from "../http/read-json-body.ts";
import { parseBody } from "../http/schema-issue.ts";
import { jsonValueSchema } from "../responses/input-schema.ts";
import { goOn, toResultView } from "../sessions/session-commands.ts";
import { toPendingView } from "./pending-view.ts";
import { requirePathSession } from "../sessions/require-session.ts";

/** What waits for an approval, deciding on it, and the attempts that were turned away. */
export function createApprovalRoutes(context: GatewayContext): Hono<GatewayEnv> {
  const guarded = requirePathSession(context);
  return new Hono<GatewayEnv>()
    .get("/agentkit/v1/approvals", (request) => listAll(context, request))
    .post("/agentkit/v1/approvals/decide", (request) => decide(context, request))
    .get("/agentkit/v1/approvals/refused", (request) => listRefused(context, request, undefined))
    .get("/agentkit/v1/sessions/:session/approvals", guarded, (request) =>
      listOne(context, request, request.req.param("session")),
    )
    .get("/agentkit/v1/sessions/:session/approvals/refused", guarded, (request) =>
      listRefused(context, request, request.req.param("session")),
    );
}

async function listAll(context: GatewayContext, request: GatewayRequest): Promise<Response> {
  checkQuery(request, []);
  const principal = request.get("principal");
  const found = new Map<string, PendingApproval>();
  for (const { session, status } of await context.sessions.read()) {
    if (status !== "suspended" || !(await context.guard.admits(principal, session))) continue;
    // A sub-run's request is listed with the session above it too.
    for (const pending of await context.kit.approvals(session)) found.set(pending.approval, pending);
  }
  return request.json(toList([...found.values()], principal));
}

async function listOne({ kit }: GatewayContext, request: GatewayRequest, session: string): Promise<Response> {
  checkQuery(request, []);
  return request.json(toList(await kit.approvals(session), request.get("principal")));
}

function toList(pending: readonly PendingApproval[], principal: Principal) {
  const data = pending.map((one) => toPendingView(one, principal));
  return toPage(data, data.length, ({ approval }) => approval);
}

const reasonSchema = z.string().max(2_000).nullish();
const decisionSchema = z.discriminatedUnion("outcome", [
  z.strictObject({
    ticket: z.string().min(1).max(4_000),
    outcome: z.literal("approve"),
    /** Other arguments: a JSON value, or its text. */
    arguments: jsonValueSchema.optional(),
    argumentsHash: z.string().max(200).nullish(),
    reason: reasonSchema,
  }),
  z.strictObject({ ticket: z.string().min(1).max(4_000), outcome: z.literal("deny"), reason: reasonSchema }),
]);

async function decide(context: GatewayContext, request: GatewayRequest): Promise<Response> {
  checkQuery(request, []);
  const body = parseBody(decisionSchema, await requireJsonBody(request.req.raw, context.maxBodyBytes));
  const approver = request.get("principal");
  const session = parseTicket(body.ticket)?.session;
  const admitted = session !== undefined && (await context.guard.admits(approver, session));
  if (admitted) request.header(sessionHeader, session);
  const decision = toDecision(body, approver);
  // Somebody else's ticket is to the sender none at all: without its signature the attempt is recorded, and refused.
  const attempt = admitted ? decision : { ...decision, ticket: withoutSignature(body.ticket) };
  const result = await goOn(context, session ?? "", async () => context.kit.decide(attempt));
  return request.json(await toResultView(context, result));
}

/** What a ticket is about, signed by nobody. */
function withoutSignature(ticket: string): string {
  return `${ticket.split(".")[0] ?? ""}.`;
}

function toDecision(body: z.output<typeof decisionSchema>, approver: Principal): TicketDecision {
  const { ticket, outcome, reason } = body;
  const common = { ticket, approver, ...(reason != null && { reason }) };
  if (outcome === "deny") return { ...common, outcome };
  const { arguments: given, argumentsHash } = body;
  const text = typeof given === "string" ? given : JSON.stringify(given);
  return {
    ...common,
    outcome,
    ...(given !== undefined && { arguments: text }),
    ...(argumentsHash != null && { argumentsHash }),
  };
}

async function listRefused(
  { log, guard }: GatewayContext,
  request: GatewayRequest,
  session: string | undefined,
): Promise<Response> {
  checkQuery(request, ["limit", "after"]);
  const limit = parseWhole(request.req.query("limit"), { param: "limit", min: 1, max: 1000 }) ?? 100;
  const after = parseWhole(request.req.query("after"), { param: "after", min: -1, max: Number.MAX_SAFE_INTEGER }) ?? -1;
  const { tenant } = request.get("principal");
  const attempts = [];
  for await (const stored of log.readStream(toApprovalStream(session), { from: after + 1 })) {
    if (attempts.length > limit) break;
    const event = decodeEvent(stored);
    if (event.type !== "ApprovalRefused") continue;
    // What names no session is its sender's.
    const isTheirs = session !== undefined || guard.admitsAll || event.data.approver.tenant === tenant;
    if (isTheirs) attempts.push({ revision: event.revision, time: event.time, ...event.data });
  }
  return request.json(toPage(attempts, limit, ({ revision }) => String(revision)));
}
