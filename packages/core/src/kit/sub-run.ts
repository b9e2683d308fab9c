import type { FinishedSubRun, SubRunResult } from "../agent/tool-context.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { derivedId } from "../events/event-id.ts";
import type { MessageItem } from "../model/items.ts";
import type { SubRunOrder } from "../run/engine-ports.ts";
import type { KitContext } from "../run/kit-context.ts";
import { findTurn, lastAssistantText, toReason } from "../run/run-result.ts";
import type { RunResult } from "../run/run-result.ts";
import type { SessionState, Turn } from "../session/session-state.ts";
import { spentOfSubRun } from "./ancestor-budget.ts";
import { prepareResume } from "./resume-run.ts";
import type { PreparedDrive } from "./resume-run.ts";
import { prepareRun } from "./start-run.ts";

/** What a sub-run is carried out with. */
export interface SubRunPorts {
  readonly context: KitContext;
  /** Drives a run until it is over or waits. */
  readonly finish: (prepared: PreparedDrive) => Promise<RunResult>;
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
  checkParent(order, place, before);
  if (!order.known.has(place.session)) note(order, place);
  const isHeld = await takeFurther(ports, order, { place, state: before });
  if (isHeld) return waitingFor(place);
  const result = toResult(order, place, await sessions.load(place.session));
  return result.type === "finished" ? readable(ports.context, result) : result;
}

// The id can be computed by whoever knows the call: a session that somebody else began under it is not the call's.
function checkParent({ parent, request }: SubRunOrder, { session }: Place, state: SessionState | undefined): void {
  if (state === undefined || (state.parent?.session === parent.session && state.parent.callId === parent.callId))
    return;
  const message = `Agent '${request.agent}' was not run: session '${session}' is there, and was not begun for this call.`;
  throw new AgentKitError("session_busy", message, { param: "session" });
}

function waitingFor({ session }: Place): SubRunResult {
  return { type: "suspended", waitsFor: { type: "sub_run", session } };
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

/** Drives the sub-run as far as it goes; whether it was left to another worker, who drives it. */
async function takeFurther(
  { context, finish }: SubRunPorts,
  order: SubRunOrder,
  { place, state }: { readonly place: Place; readonly state: SessionState | undefined },
): Promise<boolean> {
  const { signal, leave, budget, unlessHeld, request, principal, parent, depth } = order;
  const within = { signal, leave, budget, unlessHeld };
  if (state !== undefined) {
    const prepared = await prepareResume(context, state, { takeOver: !unlessHeld });
    if (prepared === undefined) await countSpent(context, order, state);
    return prepared !== undefined && driveUnlessHeld(finish, { ...prepared, ...within });
  }
  const options = { session: place.session, agent: request.agent, input: request.input, principal };
  const link = { run: place.run, parent, depth: depth + 1, isUntrusted: order.isUntrusted };
  return driveUnlessHeld(finish, { ...(await prepareRun(context, options, link)), ...within });
}

async function driveUnlessHeld(finish: SubRunPorts["finish"], prepared: PreparedDrive): Promise<boolean> {
  try {
    await finish(prepared);
    return false;
  } catch (error) {
    const isHeld = prepared.unlessHeld === true && AgentKitError.is(error) && error.code === "session_busy";
    if (isHeld) return true;
    throw error;
  }
}

// What is driven counts while it is; what was used up elsewhere has to be added, unless the parent's log says it already.
async function countSpent(context: KitContext, { known, budget }: SubRunOrder, state: SessionState): Promise<void> {
  if (known.get(state.session) === "completed") return;
  budget?.add(await spentOfSubRun(context.ports.sessions, state));
}

// The placeholders of a session say nothing in another: the tool gets the values that it may have, and what it gives is redacted anew.
async function readable({ ports }: KitContext, result: FinishedSubRun): Promise<FinishedSubRun> {
  const { restorer } = ports.safety ?? {};
  if (restorer === undefined) return result;
  const { session, run } = result;
  const message: MessageItem = { type: "message", role: "assistant", content: result.text };
  const items = await restorer.items([message], { session, run });
  return { ...result, text: lastAssistantText(items) };
}

function toResult(order: SubRunOrder, place: Place, state: SessionState | undefined): SubRunResult {
  const { session, run } = place;
  const turn = state && findTurn(state, run);
  if (turn?.status === "suspended") return waitingFor(place);
  const outcome = turn && outcomeOf(turn);
  if (turn === undefined || outcome === undefined) {
    throw new AgentKitError("run_interrupted", `The run of agent '${order.request.agent}' broke off.`, {
      retryable: true,
    });
  }
  if (order.known.get(session) !== "completed") {
    const spent = turn.spent && { spent: turn.spent };
    const trust = state?.untrusted === true ? { trust: "untrusted" as const } : {};
    order.note({
      type: "SubRunCompleted",
      data: { session, run, status: outcome, callId: order.parent.callId, ...spent, ...trust },
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
