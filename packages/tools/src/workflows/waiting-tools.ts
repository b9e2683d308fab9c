import { type Clock, defineTool, type Tool } from "@agentkit/core";
import { z } from "zod";

/** The names of the tools that wait; rules of an access policy reach them by their tag, `workflow`. */
export const waitingTools = { clock: "workflow_clock", wait: "workflow_wait" } as const;

/** A wait that is shorter is slept through: to suspend a run costs more. */
const longestSleepMs = 5_000;

/**
 * The tool that reads the clock. A plan cannot: it would decide otherwise when it is asked again. So the time at which a wait
 * begins is a result on record.
 */
export function createClockTool(clock: Clock): Tool {
  return defineTool({
    name: waitingTools.clock,
    description: "Tells the time.",
    input: z.object({}),
    sideEffects: "none",
    tags: ["workflow"],
    run: () => new Date(clock.now()).toISOString(),
  });
}

/** The tool that waits until a time. */
export function createWaitTool(clock: Clock): Tool {
  return defineTool({
    name: waitingTools.wait,
    description: "Waits until a time.",
    input: z.object({ until: z.iso.datetime() }),
    sideEffects: "none",
    tags: ["workflow"],
    run: async ({ until }, { signal }) => {
      const leftMs = Date.parse(until) - clock.now();
      if (leftMs > longestSleepMs) return { type: "suspended", waitsFor: { type: "time", until } };
      if (leftMs > 0) await clock.sleep(leftMs, signal);
      return until;
    },
  });
}
