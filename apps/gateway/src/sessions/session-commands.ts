import type { Principal, ResumeOptions, RunResult } from "@agentkit/core";
import { Hono } from "hono";
import { z } from "zod";
import { sessionHeader } from "../gateway-context.ts";
import type { GatewayContext, GatewayEnv, GatewayRequest } from "../gateway-context.ts";
import { ApiError, refusal } from "../http/api-error.ts";
import { checkQuery } from "../http/check-query.ts";
import { toFailure } from "../http/failure-table.ts";
import { readJsonBody } from "../http/read-json-body.ts";
import { parseBody } from "../http/schema-issue.ts";
import { metadataSchema } from "../responses/create-schema.ts";
import { displayArguments } from "../approvals/display-arguments.ts";
import { findRun, newestResponseId } from "../responses/read-run.ts";
import { toResponseId } from "../responses/response-id.ts";
import { requireAgent, requireModel } from "../models/require-model.ts";

/** What can be done with a session besides going on with it. */
export function createSessionCommands(context: GatewayContext): Hono<GatewayEnv> {
  return new Hono<GatewayEnv>()
    .post("/agentkit/v1/sessions/:session/replay", (request) => replay(context, request, request.req.param("session")))
    .post("/agentkit/v1/sessions/:session/fork", (request) => fork(context, request, request.req.param("session")))
    .post("/agentkit/v1/sessions/:session/resume", (request) => resume(context, request, request.req.param("session")));
}

const replaySchema = z.strictObject({});

async function replay(context: GatewayContext, request: GatewayRequest, session: string): Promise<Response> {
  await readOptions(context, request, replaySchema);
  return request.json(await context.kit.replay(session));
}

/** Reads what a command is given: a body may be left out, fields of the query there are none. */
async function readOptions<Schema extends z.ZodType>(
  { maxBodyBytes }: GatewayContext,
  request: GatewayRequest,
  schema: Schema,
): Promise<z.output<Schema>> {
  checkQuery(request, []);
  return parseBody(schema, (await readJsonBody(request.req.raw, maxBodyBytes)) ?? {});
}

const forkSchema = z.strictObject({
  at: z.int().min(0).nullish(),
  agent: z.string().min(1).max(200).nullish(),
  model: z.string().min(1).max(200).nullish(),
  instructions: z.string().nullish(),
  metadata: metadataSchema.nullish(),
});

async function fork(context: GatewayContext, request: GatewayRequest, session: string): Promise<Response> {
  const body = await readOptions(context, request, forkSchema);
  if (body.agent != null) await requireAgent(context, body.agent);
  if (body.model != null && !context.agents.some(({ model }) => model === body.model)) {
    await requireModel(context, body.model);
  }
  const options = {
    ...(body.at != null && { at: body.at }),
    ...(body.agent != null && { agent: body.agent }),
    ...(body.model != null && { model: body.model }),
    ...(body.instructions != null && { instructions: body.instructions }),
    ...(body.metadata != null && { metadata: body.metadata }),
  };
  const forked = await context.kit.fork(session, options);
  request.header(sessionHeader, forked.session);
  return request.json({ session: forked.session, parent: session }, 201);
}

const decisionSchema = z.discriminatedUnion("outcome", [
  z.strictObject({ callId: z.string().min(1), outcome: z.literal("succeeded"), output: z.string() }),
  z.strictObject({ callId: z.string().min(1), outcome: z.literal("failed"), message: z.string() }),
  z.strictObject({ callId: z.string().min(1), outcome: z.literal("retry"), reason: z.string().nullish() }),
]);

const resumeSchema = z.strictObject({
  decisions: z.array(decisionSchema).max(100).nullish(),
  actor: z.string().min(1).max(100).nullish(),
});

async function resume(context: GatewayContext, request: GatewayRequest, session: string): Promise<Response> {
  const body = await readOptions(context, request, resumeSchema);
  const options = toResumeOptions(body, request.get("principal"));
  const result = await goOn(context, session, async () => context.kit.resume(session, options));
  return request.json(await toResultView(context, result));
}

/**
 * Takes a session's run up, unless this gateway is at it already. Not bound to the connection: what a person decided goes on when
 * its screen is closed.
 */
export async function goOn<Result>(
  { work }: Pick<GatewayContext, "work">,
  session: string,
  take: () => Promise<Result>,
): Promise<Result> {
  if (!work.isBusy(session)) return work.track(session, take());
  const message = `This gateway runs a turn of session '${session}' at present. Wait for it to end.`;
  throw new ApiError(toFailure({ code: "session_busy", message, param: "session" }));
}

/** What a run came to, as AgentKit's own routes show it. */
export async function toResultView(context: GatewayContext, result: RunResult) {
  const { session, run, outcome, text, usage, reason, waiting, calls } = result;
  const found = await findRun(context, result);
  const response = found === undefined ? toResponseId(result) : await newestResponseId(context, found);
  return {
    session,
    run,
    response,
    outcome,
    text,
    usage,
    reason: reason ?? null,
    waiting: toShownWaiting(context, waiting),
    calls,
  };
}

/** The calls that wait, with their arguments as they may be shown. */
export function toShownWaiting({ agents }: Pick<GatewayContext, "agents">, waiting: RunResult["waiting"]) {
  return waiting.map((call) => ({ ...call, arguments: displayArguments(agents, call) }));
}

function toResumeOptions({ decisions, actor }: z.output<typeof resumeSchema>, approver: Principal): ResumeOptions {
  if (actor != null && approver.user !== undefined) {
    const message = `You are known as '${approver.user}': leave 'actor' out.`;
    throw refusal(message, { param: "actor", code: "invalid_value" });
  }
  return {
    approver,
    ...(decisions != null && {
      decisions: decisions.map((decision) => {
        if (decision.outcome !== "retry") return decision;
        const { callId, outcome, reason } = decision;
        return { callId, outcome, ...(reason != null && { reason }) };
      }),
    }),
    ...(actor != null && { actor: actor.startsWith("person:") ? actor : `person:${actor}` }),
  };
}
