import { AgentKitError, findTurn } from "@agentkit/core";
import type { AgentEvent, Item, Position, SessionState, Turn } from "@agentkit/core";
import { readBelow } from "../approvals/read-below.ts";
import { createWaitFold } from "../approvals/wait-fold.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { readHistory, readSegments, segmentOfTurn } from "../sessions/lineage.ts";
import { toResponseId } from "./response-id.ts";
import type { ResponseName } from "./response-id.ts";
import type { RunRecord } from "./response-object.ts";
import { toParts } from "./response-parts.ts";

/** A run in the session it ran in. */
export interface FoundRun {
  readonly state: SessionState;
  readonly turn: Turn;
}

/** Finds a run in the session that ended it; `undefined` when there is none of that name. */
export async function findRun(
  { kit }: Pick<GatewayContext, "kit">,
  { session, run }: ResponseName,
): Promise<FoundRun | undefined> {
  const state = await loadOrUndefined(kit, session);
  const turn = state && findTurn(state, run);
  // A turn that a fork inherits is the parent's, and so is its response.
  return state === undefined || turn === undefined || turn.to < state.base ? undefined : { state, turn };
}

/**
 * Reads from the log what a run's response is computed from; `undefined` for a response that the run does not have.
 *
 * @param part Which of its responses. Default: the newest.
 */
export async function readRun(
  context: GatewayContext,
  { state, turn }: FoundRun,
  part?: number,
): Promise<RunRecord | undefined> {
  const parts = await readParts(context, { state, turn });
  const number = part ?? parts.length;
  const events = parts[number - 1];
  if (events === undefined) return undefined;
  const recorded = parts.slice(0, number - 1).flat();
  const started = [...recorded, ...events].find((event) => event.type === "RunStarted");
  const asked = started?.data.request ?? {};
  const { session } = state;
  const { run } = turn;
  const request = await context.contents.readRequest(asked);
  const view = context.view.ofRun(state, request.tools);
  return {
    session,
    run,
    part: number,
    earlier: await view.events(recorded),
    events: await view.events(events),
    agents: context.agents,
    toApprovalItem: context.toApprovalItem,
    guarded: context.view.guarded,
    below: await readWaiting(context, session, [...recorded, ...events]),
    request: await context.view.echo(request, { session, family: state.family, run }),
    previousResponseId:
      number > 1
        ? toResponseId({ session, run, part: number - 1 })
        : await nameOfRun(context, state, asked.previousRun),
  };
}

/** The id of a run's newest response. */
export async function newestResponseId(context: GatewayContext, found: FoundRun): Promise<string> {
  const { length } = await readParts(context, found);
  return toResponseId({ session: found.state.session, run: found.turn.run, part: Math.max(1, length) });
}

async function readParts(
  context: GatewayContext,
  { state, turn }: FoundRun,
): Promise<readonly (readonly AgentEvent[])[]> {
  const history = await readHistory(context, state, turn);
  return toParts(
    state.session,
    history.filter((event) => event.meta.run === turn.run),
  );
}

/** What sub-runs waited for, as items, by the id of the event in which the run began to wait. */
async function readWaiting(
  context: GatewayContext,
  session: string,
  events: readonly AgentEvent[],
): Promise<ReadonlyMap<string, readonly Item[]>> {
  const waiting = new Map<string, readonly Item[]>();
  const fold = createWaitFold(session);
  for (const event of events) {
    fold.accept(event);
    if (event.type !== "RunSuspended" || fold.below().length === 0) continue;
    waiting.set(event.id, await readItemsBelow(context, fold.below(), event.position));
  }
  return waiting;
}

/** What sub-runs wait for, as items. */
export async function readItemsBelow(
  { log, toApprovalItem }: GatewayContext,
  sessions: readonly string[],
  until?: Position,
): Promise<readonly Item[]> {
  return (await readBelow(log, sessions, until)).flatMap((request) => toApprovalItem(request) ?? []);
}

/** Whether a run's response may be asked for by its id: not when its caller asked that it is not kept. */
export async function isStored(context: GatewayContext, { state, turn }: FoundRun): Promise<boolean> {
  const [started] = await readHistory(context, state, { from: turn.from, to: turn.from });
  return started?.type !== "RunStarted" || started.data.request?.store !== false;
}

/** The session as it is, or `undefined` when there is none. */
export async function loadOrUndefined(kit: GatewayContext["kit"], session: string): Promise<SessionState | undefined> {
  try {
    return await kit.load(session);
  } catch (error) {
    if (AgentKitError.is(error) && error.code === "session_not_found") return undefined;
    throw error;
  }
}

async function nameOfRun(
  context: GatewayContext,
  state: SessionState,
  run: string | undefined,
): Promise<string | undefined> {
  const turn = run === undefined ? undefined : findTurn(state, run);
  if (turn === undefined) return undefined;
  if (turn.to >= state.base) return newestResponseId(context, { state, turn });
  const { session } = segmentOfTurn(await readSegments(context, state), turn);
  const found = await findRun(context, { session, run: turn.run });
  return found && newestResponseId(context, found);
}
