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
  readonly environment: Readonly<Record<string, string>>;
  readonly timeLimitSeconds: number;
  /** A server is told to stop (SIGTERM) as soon as its output matches; without a match it runs into the time limit. */
  readonly stopWhen?: RegExp;
}

/**
 * Runs a program to its end, without input and with an environment of its own.
 *
 * It runs as the leader of its own process group, and the group is what gets stopped, so that nothing a shell started stays.
 */
export function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const [program, ...parameters] = options.command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd: options.directory,
      env: options.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    let stopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      process.kill(-child.pid, signal);
    };
    const timer = setTimeout(() => {
      output += `\nStopped: it ran longer than ${options.timeLimitSeconds} s.\n`;
      stop("SIGKILL");
    }, options.timeLimitSeconds * 1000);
    const read = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
      if (stopping || options.stopWhen?.test(output) !== true) return;
      stopping = true;
      stop("SIGTERM");
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (exitCode, signal) => {
      clearTimeout(timer);
      resolve({ exitCode, signal, output });
    });
  });
}
