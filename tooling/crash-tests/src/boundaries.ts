import { writeSync } from "node:fs";
import type { EventLog, Model } from "@agentkit/core";
import { withAppend } from "@agentkit/core/testing";

/** Called at each boundary between the process and the world, with its name. It may not return. */
export type Cross = (boundary: string) => void;

/**
 * Names each boundary on standard output, one a line, and sends this process a signal at the n-th (0: never). SIGKILL: no
 * handler runs and no buffer is flushed. SIGSTOP: nothing of the process moves until it is told to go on.
 */
export function signallingAt(n: number, signal: "SIGKILL" | "SIGSTOP"): Cross {
  let count = 0;
  return (boundary) => {
    count += 1;
    writeSync(1, `${boundary}\n`);
    if (count === n) process.kill(process.pid, signal);
  };
}

/** A log with a boundary before and after each append. */
export function crossingLog(log: EventLog, cross: Cross): EventLog {
  return withAppend(log, async (stream, events, options) => {
    const what = events.map(({ type }) => type).join(" ");
    cross(`before append: ${what}`);
    const result = await log.append(stream, events, options);
    cross(`after append: ${what}`);
    return result;
  });
}

/** A model with a boundary before each question and one after each answer, when nothing of it is recorded yet. */
export function crossingModel(model: Model, cross: Cross): Model {
  return {
    description: model.description,
    async *stream(request, options) {
      cross("before model call");
      for await (const part of model.stream(request, options)) {
        if (part.type === "completed") cross("after model call");
        yield part;
      }
    },
  };
}
