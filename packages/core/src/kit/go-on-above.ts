import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { RunResult } from "../run/run-result.ts";
import type { SessionState } from "../session/session-state.ts";
import { prepareResume } from "./resume-run.ts";
import type { SubRunPorts } from "./sub-run.ts";

/**
 * Goes on with the runs that waited for a sub-run which is over, one above the other. One that somebody drives is left to
 * them, and so is one that others take up at the same time: all of them find the sub-run's result.
 */
export async function goOnAbove(
  ports: SubRunPorts,
  { parent }: SessionState,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (parent === undefined) return;
  const state = await ports.context.ports.sessions.load(parent.session);
  if (state?.active?.turn.run !== parent.run || state.active.turn.status !== "suspended") return;
  const prepared = await prepareResume(ports.context, state, { takeOver: false, ...(signal && { signal }) });
  if (prepared === undefined) return;
  try {
    const result = await ports.finish({ ...prepared, unlessHeld: true });
    if (isOver(result)) await goOnAbove(ports, state, signal);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
}

/** Whether a run came to an end. */
export function isOver({ outcome }: RunResult): boolean {
  return outcome !== "suspended" && outcome !== "running";
}

/** Whether somebody else has the run. */
export function isTaken(error: unknown): boolean {
  return AgentKitError.is(error) && (error.code === "concurrency_conflict" || error.code === "session_busy");
}
