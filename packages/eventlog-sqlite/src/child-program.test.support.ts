import { type ChildProcess, spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How long a child may take before it is killed: less than its test, which says how long that is. */
const timeoutMs = 40_000;

/** What a child left behind. */
export interface ChildResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** A program that runs in a process of its own. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves when the child has printed so many lines. */
  printed(lines: number): Promise<void>;
  readonly finished: Promise<ChildResult>;
}

/** Starts a program with the runtime that runs the tests. */
export function startProgram(program: URL, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], { stdio: "pipe", timeout: timeoutMs });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  // What follows the last line break is a line that a killed child did not finish.
  const lines = (): string[] => output.split("\n").slice(0, -1);
  const finish = async (): Promise<ChildResult> => {
    await once(child, "close");
    return { code: child.exitCode, signal: child.signalCode, lines: lines(), errors };
  };
  return {
    process: child,
    finished: finish(),
    async printed(count) {
      while (lines().length < count && child.exitCode === null && child.signalCode === null) {
        await once(child.stdout, "data");
      }
    },
  };
}

/** Runs a shell script as root of a mount namespace of its own. */
function unshare(script: string, environment: Readonly<Record<string, string>>): SpawnSyncReturns<string> {
  const command = 'exec unshare --mount --map-root-user sh -ec "$SCRIPT"';
  const env = { ...process.env, ...environment, SCRIPT: script, NODE: process.execPath };
  return spawnSync("sh", ["-c", command], { encoding: "utf8", env, timeout: timeoutMs });
}

/** Whether this machine lets a test mount a file system of its own, which full disks and read-only media need. */
export const canMount = unshare("mount -t tmpfs -o size=64k tmpfs /mnt", {}).status === 0;

/** Runs a shell script that may mount file systems of its own; `$NODE` runs programs. Returns its lines. */
export function runMounted(script: string, environment: Readonly<Record<string, string>>): readonly string[] {
  const { status, stdout, stderr } = unshare(script, environment);
  if (status !== 0) throw new Error(`The script ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout.trimEnd().split("\n");
}
