import { AgentKitError, findTurn } from "@agentkit/core";
import type { SessionState, Turn } from "@agentkit/core";
import type { GatewayContext } from "../gateway-context.ts";
import { readHistory, readSegments, segmentOfTurn } from "../sessions/lineage.ts";
import { toResponseId } from "./response-id.ts";
import type { ResponseName } from "./response-id.ts";
import type { RunRecord } from "./response-object.ts";

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

/** Reads from the log what a run's response is computed from. */
export async function readRun(context: GatewayContext, { state, turn }: FoundRun): Promise<RunRecord> {
  const history = await readHistory(context, state, turn);
  const events = history.filter((event) => event.meta.run === turn.run);
  const started = events.find((event) => event.type === "RunStarted");
  const asked = started?.data.request ?? {};
  return {
    session: state.session,
    run: turn.run,
    events,
    request: await context.contents.readRequest(asked),
    previousResponseId: await nameOfRun(context, state, asked.previousRun),
  };
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
  const { session } = turn.to >= state.base ? state : segmentOfTurn(await readSegments(context, state), turn);
  return toResponseId({ session, run: turn.run });
}
