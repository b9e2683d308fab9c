import { spawn } from "node:child_process";

/** How a program ended and what it wrote. */
export interface ProgramResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** What to run, where, and for how long at most. */
export interface ProgramOptions {
  readonly command: readonly [program: string, ...parameters: string[]];
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly timeLimitSeconds: number;
  /** A server is told to stop (SIGTERM) as soon as its output matches; without a match it runs into the time limit. */
  readonly stopWhen?: RegExp;
}

/**
 * Runs a program to its end, without input; never throws, because a program that cannot be started has failed too.
 *
 * It leads a process group of its own, and the group is what gets stopped, also when this process ends first, so that nothing
 * that a shell or a test runner started stays behind.
 */
export function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const [program, ...parameters] = options.command;
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: options.directory,
      env: options.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    let stopping = false;
    const stop = (signal: NodeJS.Signals): void => stopGroup(child.pid, signal);
    const stopNow = (): void => stop("SIGKILL");
    process.once("exit", stopNow);
    const timer = setTimeout(() => {
      output += `\nStopped: it ran longer than ${options.timeLimitSeconds} s.\n`;
      stopNow();
    }, options.timeLimitSeconds * 1000);
    const read = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
      if (stopping || options.stopWhen?.test(output) !== true) return;
      stopping = true;
      stop("SIGTERM");
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("error", (error) => (output += `${program} could not be started: ${error.message}\n`));
    child.on("close", (exitCode, signal) => {
      clearTimeout(timer);
      process.off("exit", stopNow);
      resolve({ exitCode, signal, output });
    });
  });
}

function stopGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch (error) {
    // The group ended by itself between the decision and the signal.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
