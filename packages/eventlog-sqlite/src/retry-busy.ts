import { isBusy } from "@agentkit/sqlite";
import { setTimeout } from "node:timers/promises";

const firstDelayMs = 2;
const longestDelayMs = 20;

/**
 * Makes an attempt again, without blocking the event loop, while another process holds the lock it needs. Throws the
 * last error when `limitMs` have passed. The delays are random, so that two processes do not meet again and again.
 */
export async function retryBusy<T>(attempt: () => T, limitMs: number): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (let delay = firstDelayMs; ; delay = Math.min(delay * 2, longestDelayMs)) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
    }
    await setTimeout(delay * (0.5 + Math.random()));
  }
}
