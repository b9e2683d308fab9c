import { AgentKitError, type EventLog } from "@agentkit/core";

/** A log that takes so many appends, and then no more: to its kit as good as a crash. */
export function dyingLog(log: EventLog, appends: number): EventLog {
  let left = appends;
  return {
    capabilities: log.capabilities,
    async append(stream, events, options) {
      left -= 1;
      if (left < 0) throw new AgentKitError("log_unavailable", "The log died.");
      return log.append(stream, events, options);
    },
    deleteStream: (stream, options) => log.deleteStream(stream, options),
    readStream: (stream, options) => log.readStream(stream, options),
    readAll: (options) => log.readAll(options),
    subscribe: (options) => log.subscribe(options),
    head: (stream) => log.head(stream),
    compare: (a, b) => log.compare(a, b),
    close: () => log.close(),
  };
}
