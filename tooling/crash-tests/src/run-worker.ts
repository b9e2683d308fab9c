import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { WorkerOrder } from "./worker.ts";

const worker = fileURLToPath(new URL("./worker.ts", import.meta.url));

/** How a worker ended. */
export interface WorkerEnd {
  /** The boundaries it crossed, in order; the last one is where it was killed. */
  readonly boundaries: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Lets another process carry on the story until it is over, or until it is killed. */
export async function runWorker(order: WorkerOrder): Promise<WorkerEnd> {
  const child = spawn(process.execPath, [worker, JSON.stringify(order)], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 15_000,
  });
  const ended = once(child, "exit");
  const printed = await text(child.stdout);
  await ended;
  return {
    boundaries: printed.split("\n").filter((line) => line !== ""),
    code: child.exitCode,
    signal: child.signalCode,
  };
}
