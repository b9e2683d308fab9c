import { AgentKitError, systemIds } from "@agentkit/core";
import { Hono } from "hono";
import type { GatewayContext, GatewayEnv, GatewayRequest } from "../gateway-context.ts";

/** How long the log may take to answer before the gateway calls itself not ready, in milliseconds. */
const patienceMs = 3_000;

/** `healthz`: the process answers. `readyz`: the log can be read, and takes appends as far as is known without making one. */
export function createHealthRoutes(context: GatewayContext): Hono<GatewayEnv> {
  return new Hono<GatewayEnv>()
    .get("/healthz", (request) => request.json({ status: "ok" }))
    .get("/readyz", (request) => answerReadiness(context, request));
}

async function answerReadiness(context: Sources, request: GatewayRequest): Promise<Response> {
  const fault = await findFault(context);
  if (fault === undefined) return request.json({ status: "ready" });
  return request.json({ status: "not_ready", ...fault }, 503);
}

type Sources = Pick<GatewayContext, "log" | "writes">;

interface Fault {
  readonly code: string;
  readonly reason: string;
}

async function findFault(context: Sources): Promise<Fault | undefined> {
  const { promise: timeUp, resolve } = Promise.withResolvers<Fault>();
  const late = { code: "log_unavailable", reason: `The log did not answer within ${patienceMs} ms.` };
  const timer = setTimeout(() => resolve(late), patienceMs);
  try {
    return await Promise.race([probe(context), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

async function probe({ log, writes }: Sources): Promise<Fault | undefined> {
  try {
    for await (const _ of log.readAll({ limit: 1 })) break;
    await writes.confirm();
    await log.append("readiness", [probeEvent()], { expected: Number.MAX_SAFE_INTEGER });
  } catch (error) {
    if (!AgentKitError.is(error)) return { code: "internal", reason: "The log failed in a way that nobody foresaw." };
    // The append was made to lose: the log had to look whether it could write, and wrote nothing.
    return error.code === "concurrency_conflict" ? undefined : { code: error.code, reason: error.message };
  }
  return undefined;
}

function probeEvent() {
  const hex = `${systemIds.next()}${systemIds.next()}`;
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  return { id, type: "ReadinessProbed", version: 1, time: new Date().toISOString(), data: {}, meta: {} };
}
