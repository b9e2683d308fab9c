import { setTimeout as sleep } from "node:timers/promises";
import type { AgentKitError, EventLog } from "@agentkit/core";
import { withAppend } from "@agentkit/core/testing";

/** A log that carries out everything, each append and each event it reads only after a while. */
export function slowLog(log: EventLog, delayMs: number): EventLog {
  async function* drip<T>(source: AsyncIterable<T>): AsyncGenerator<T, void> {
    for await (const item of source) {
      await sleep(delayMs);
      yield item;
    }
  }
  const slow = withAppend(log, async (stream, events, options) => {
    await sleep(delayMs);
    const result = await log.append(stream, events, options);
    await sleep(delayMs);
    return result;
  });
  return {
    ...slow,
    readStream: (stream, options) => drip(log.readStream(stream, options)),
    readAll: (options) => drip(log.readAll(options)),
  };
}

/** A log to which every append is delivered twice, and which answers with the second acknowledgement. */
export function doublingLog(log: EventLog): EventLog {
  return withAppend(log, async (stream, events, options) => {
    await log.append(stream, events, options);
    return log.append(stream, events, options);
  });
}

/** A log that fails for good from the first append that holds an event of this type. */
export function failingLog(log: EventLog, type: string, failure: AgentKitError): EventLog {
  let failed = false;
  return withAppend(log, async (stream, events, options) => {
    failed ||= events.some((event) => event.type === type);
    if (failed) throw failure;
    return log.append(stream, events, options);
  });
}
