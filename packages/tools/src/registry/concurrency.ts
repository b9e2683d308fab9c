import { AgentKitError, type Tool, toolDefinitionInvalid } from "@agentkit/core";

/** How many calls of a tool run at once in this process. */
export interface ConcurrencyOptions {
  /** Calls that run at once, from 1. */
  readonly parallel: number;
  /** Calls that wait for their turn, in the order they came, from 0. A call beyond them fails at once with `tool_busy`. */
  readonly queue: number;
}

/**
 * Bounds how many calls of a tool run at once. A call that is cancelled, or whose time is up, while it waits leaves the queue and
 * fails with `tool_busy`: it has not run. A call that goes on although it was stopped keeps its place until it ends.
 */
export function withConcurrency(tool: Tool, { parallel, queue }: ConcurrencyOptions): Tool {
  if (!isCount(parallel) || parallel === 0) throw invalid(tool.name, "parallel must be a whole number from 1");
  if (!isCount(queue)) throw invalid(tool.name, "queue must be a whole number from 0");
  const waiting = new Set<() => void>();
  let running = 0;

  const next = (): void => {
    const [first] = waiting;
    // Who is woken takes the place over, so that nobody who comes in between can.
    if (first === undefined) running -= 1;
    else first();
  };
  const enter = async (signal: AbortSignal): Promise<void> => {
    if (running < parallel) {
      running += 1;
      return;
    }
    if (waiting.size >= queue) throw busy(tool.name, `${running} calls run and ${waiting.size} wait`);
    await turn(tool.name, waiting, signal);
  };

  return {
    ...tool,
    parse: (input) => tool.parse(input),
    execute: async (input, context) => {
      await enter(context.signal);
      try {
        return await tool.execute(input, context);
      } finally {
        next();
      }
    },
  };
}

async function turn(name: string, waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const leave = (settle: () => void): void => {
      waiting.delete(wake);
      signal.removeEventListener("abort", giveUp);
      settle();
    };
    const wake = (): void => leave(resolve);
    const giveUp = (): void => leave(() => reject(busy(name, "the call was stopped while it waited for its turn")));
    if (signal.aborted) return giveUp();
    waiting.add(wake);
    signal.addEventListener("abort", giveUp, { once: true });
  });
}

function busy(name: string, reason: string): AgentKitError {
  return new AgentKitError("tool_busy", `The tool '${name}' did not run: ${reason}. Try again later.`, {
    retryable: true,
  });
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

function invalid(name: string, reason: string): AgentKitError {
  return toolDefinitionInvalid(name, `concurrency.${reason}`);
}
