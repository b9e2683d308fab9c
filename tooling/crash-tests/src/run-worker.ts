import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { WorkerOrder } from "./worker.ts";

const worker = fileURLToPath(new URL("./worker.ts", import.meta.url));

/** How a worker ended. */
export interface WorkerEnd {
  /** The boundaries it crossed, in order; of one that was killed, the last is where. */
  readonly boundaries: readonly string[];
  /** The outcome of the run, or the code of the error that it ended with; nothing for one that was killed. */
  readonly ended: string | undefined;
  readonly signal: NodeJS.Signals | null;
}

/** A worker under way. */
export interface Worker {
  readonly child: ChildProcess;
  /** Resolves when it has named its n-th boundary. */
  reached(n: number): Promise<void>;
  readonly end: Promise<WorkerEnd>;
}

/**
 * Lets another process carry on the story until it is over, killed or stopped. It is killed when the test is over, for one
 * that is stopped would stay for ever.
 */
export function startWorker(order: WorkerOrder, whenOver: (kill: () => void) => void): Worker {
  const child = spawn(process.execPath, [worker, JSON.stringify(order)], {
    stdio: ["ignore", "pipe", "inherit"],
    // Where Node keeps compiled code by default: it halves the time a process takes to start.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") },
  });
  whenOver(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const printed = createInterface(child.stdout);
  printed.on("line", (line) => lines.push(line));
  return {
    child,
    async reached(n) {
      while (lines.length < n) await once(printed, "line");
    },
    end: endOf(child, lines),
  };
}

/** The same, to its end. */
export async function runWorker(order: WorkerOrder, whenOver: (kill: () => void) => void): Promise<WorkerEnd> {
  return startWorker(order, whenOver).end;
}

async function endOf(child: ChildProcess, lines: readonly string[]): Promise<WorkerEnd> {
  await once(child, "close");
  const ending = lines.find((line) => line.startsWith("ended: "));
  return {
    boundaries: lines.filter((line) => line !== ending),
    ended: ending?.slice("ended: ".length),
    signal: child.signalCode,
  };
}
