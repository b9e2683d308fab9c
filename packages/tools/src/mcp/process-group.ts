import type { ChildProcess } from "node:child_process";

const running = new Set<ChildProcess>();

/** Takes care that a child that leads a process group is gone, with its own children, when this process ends. */
export function endWithThisProcess(child: ChildProcess): void {
  if (running.size === 0) process.on("exit", killAll);
  running.add(child);
  child.once("exit", () => {
    // What it started stays in its group, and may hold its output open.
    signalGroup(child, "SIGKILL");
    running.delete(child);
    if (running.size === 0) process.off("exit", killAll);
  });
}

/** Signals a child and what it started. */
export function signalGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

function killAll(): void {
  for (const child of running) signalGroup(child, "SIGKILL");
}
