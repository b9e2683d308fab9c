import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { Clock } from "../runtime/clock.ts";
import { TreeLimitReached } from "./tree-budget.ts";

class TimeLimit extends Error {}

/** Stops a drive when its time is up, unless the controller that is returned was aborted before. */
export function startTimeLimit(clock: Clock, milliseconds: number, stop: AbortController): AbortController {
  const over = new AbortController();
  void stopAfter(clock.sleep(milliseconds, over.signal), milliseconds, stop); // it ends by itself, one way or the other
  return over;
}

async function stopAfter(timeUp: Promise<void>, milliseconds: number, stop: AbortController): Promise<void> {
  try {
    await timeUp;
  } catch {
    return;
  }
  stop.abort(new TimeLimit(`The run took longer than ${milliseconds} ms (limits.durationMs).`));
}

/** The event that ends a run that was stopped, by what stopped it. */
export function toEnding(signal: AbortSignal): EventDraft {
  const reason: unknown = signal.reason;
  if (reason instanceof TimeLimit) {
    return { type: "RunFailed", data: { code: "run_time_limit_exceeded", message: reason.message } };
  }
  if (reason instanceof TreeLimitReached) {
    return { type: "RunFailed", data: { code: "run_tree_limit_exceeded", message: reason.message } };
  }
  const message = AgentKitError.is(reason) ? reason.message : "The caller cancelled it.";
  return { type: "RunCancelled", data: { reason: message } };
}
