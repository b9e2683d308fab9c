import { hostname } from "node:os";

/** Names this process, for others to see whether it still runs. */
export function thisRebuilder(): string {
  return `process ${process.pid} of ${hostname()}`;
}

/**
 * A rebuild commits each thousand events. One that has not for so long is taken for dead whatever its process id says: that
 * may have gone to another program, or be of a machine that cannot be asked.
 */
const silenceMs = 600_000;

/** Whether a rebuild that committed last at a time will not go on, as far as that can be told. */
export function isRebuilderGone(rebuilder: string, touchedAt: number): boolean {
  if (Date.now() - touchedAt > silenceMs) return true;
  const [, pid = "", host = ""] = /^process (\d+) of (.*)$/s.exec(rebuilder) ?? [];
  return host === hostname() && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user is there, and must not be signalled.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
