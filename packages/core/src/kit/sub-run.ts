import type { SubRunResult } from "../agent/tool-context.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { derivedId } from "../events/event-id.ts";
import type { DriveOptions, SubRunOrder } from "../run/engine-ports.ts";
import type { KitContext } from "../run/kit-context.ts";
import { findTurn, lastAssistantText, toReason } from "../run/run-result.ts";
import type { SessionState, Turn } from "../session/session-state.ts";
import { prepareResume } from "./resume-run.ts";
import { prepareRun } from "./start-run.ts";

/** What a sub-run is carried out with. */
export interface SubRunPorts {
  readonly context: KitContext;
  /** Drives a run until it is over or waits. */
  readonly finish: (options: Omit<DriveOptions, "streaming">) => Promise<unknown>;
}

interface Place {
  readonly session: string;
  readonly run: string;
}

/**
 * Runs an agent for a call of another run. Session and run have ids made of the call's key, so that whoever takes the call
 * up again finds them: the run goes on where it stood, and one that is over is not run again.
 *
 * @throws AgentKitError `run_depth_limit_exceeded`, `agent_not_found`, and what running throws.
 */
export async function runSubAgent(ports: SubRunPorts, order: SubRunOrder): Promise<SubRunResult> {
  const { request, maxDepth, depth } = order;
  if (depth >= maxDepth) {
    const message = `Agent '${request.agent}' was not run: runs may nest ${maxDepth} deep (limits.depth).`;
    throw new AgentKitError("run_depth_limit_exceeded", message);
  }
  const place = toPlace(order);
  const { sessions } = ports.context.ports;
  const before = await sessions.load(place.session);
  if (!order.known.has(place.session)) note(order, place);
  await takeFurther(ports, order, { place, state: before });
  const after = await sessions.load(place.session);
  return toResult(order, place, after);
}

function toPlace({ idempotencyKey: key, request, parent }: SubRunOrder): Place {
  const name = request.key ?? "";
  return {
    session: derivedId("session", parent.session, key, name),
    run: derivedId("run", parent.session, key, name),
  };
}

function note({ note: record, request, parent }: SubRunOrder, { session, run }: Place): void {
  const { agent, reason } = request;
  const data = { session, run, agent, callId: parent.callId, ...(reason !== undefined && { reason }) };
  record({ type: "SubRunStarted", data });
}

async function takeFurther(
  { context, finish }: SubRunPorts,
  order: SubRunOrder,
  { place, state }: { readonly place: Place; readonly state: SessionState | undefined },
): Promise<void> {
  const { signal, leave, budget, request, principal, parent, depth } = order;
  const within = { signal, leave, budget };
  if (state !== undefined && findTurn(state, place.run) !== undefined) {
    const prepared = await prepareResume(context, state, {});
    if (prepared !== undefined) await finish({ ...prepared, ...within });
    return;
  }
  const options = { session: place.session, agent: request.agent, input: request.input, principal };
  const link = { run: place.run, parent, depth: depth + 1 };
  await finish({ ...(await prepareRun(context, options, link)), ...within });
}

function toResult(order: SubRunOrder, { session, run }: Place, state: SessionState | undefined): SubRunResult {
  const turn = state && findTurn(state, run);
  if (turn?.status === "suspended") return { type: "suspended", waitsFor: { type: "sub_run", session } };
  const outcome = turn && outcomeOf(turn);
  if (turn === undefined || outcome === undefined) {
    throw new AgentKitError("run_interrupted", `The run of agent '${order.request.agent}' broke off.`, {
      retryable: true,
    });
  }
  if (order.known.get(session) !== "completed") {
    const spent = turn.spent && { spent: turn.spent };
    order.note({
      type: "SubRunCompleted",
      data: { session, run, status: outcome, callId: order.parent.callId, ...spent },
    });
  }
  const reason = toReason(turn.ending);
  return {
    type: "finished",
    session,
    run,
    outcome,
    text: lastAssistantText([...turn.items]),
    ...(reason && { reason }),
  };
}

function outcomeOf({ status, ending }: Turn): "completed" | "incomplete" | "failed" | "cancelled" | undefined {
  if (status === "running" || status === "suspended") return undefined;
  return status === "completed" && ending?.outcome === "incomplete" ? "incomplete" : status;
}
