import { AgentKitError, type EventLog } from "@agentkit/core";
import { withAppend } from "@agentkit/core/testing";

/** A log that takes so many appends, and then no more: to its kit as good as a crash. */
export function dyingLog(log: EventLog, appends: number): EventLog {
  let left = appends;
  return withAppend(log, async (stream, events, options) => {
    left -= 1;
    if (left < 0) throw new AgentKitError("log_unavailable", "The log died.");
    return log.append(stream, events, options);
  });
}
