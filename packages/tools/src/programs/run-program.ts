import { AgentKitError } from "@agentkit/core";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { endWithThisProcess } from "../mcp/process-group.ts";
import { ProcessTree } from "./process-tree.ts";

/** One run of a program. */
export interface ProgramRun {
  /** The tool's name, for messages. */
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string | undefined;
  /** The whole environment, but for the mark by which its children are found. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly maxMemoryBytes: number | undefined;
  readonly maxStreamBytes: number;
  readonly graceMs: number;
  readonly signal: AbortSignal;
}

/** How a program ended, and what it wrote until then. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * Runs a program to its end and leaves nothing behind: whatever it started is killed when it ends, when the signal aborts and
 * when it writes too much. Throws `aborted`, `tool_program_not_started` or `tool_output_limit_exceeded`.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  if (run.signal.aborted) throw notBegun(run);
  const mark = randomUUID();
  const child = start(run, mark);
  const tree = new ProcessTree(child, `${markName}=${mark}`);
  const watch = watchChild(child, { ...run, mark });
  child.stdin.end(run.stdin);
  const stopped = await Promise.race([watch.ended, watch.stopped]);
  if (stopped instanceof AgentKitError && child.exitCode === null && child.signalCode === null) {
    await tree.signal("SIGTERM");
    await Promise.race([watch.ended, sleep(run.graceMs, undefined, { ref: false })]);
  }
  await tree.kill();
  // What was written is read to its end, unless somebody who escaped holds the pipe open.
  await Promise.race([watch.closed, sleep(closeMs, undefined, { ref: false })]);
  return watch.finish();
}

const markName = "AGENTKIT_PROGRAM_RUN";
const closeMs = 1_000;

function start(run: ProgramRun, mark: string): ChildProcessWithoutNullStreams {
  const [file = "", ...argv] =
    run.maxMemoryBytes === undefined ? run.command : limited(run.command, run.maxMemoryBytes);
  try {
    return spawn(file, argv, {
      ...(run.cwd !== undefined && { cwd: run.cwd }),
      env: { ...run.env, [markName]: mark },
      detached: process.platform !== "win32",
      windowsHide: true,
    });
  } catch {
    // The platform's message quotes the environment, and may have a secret in it.
    throw notStarted(run, "an argument or a variable of its environment cannot be passed on");
  }
}

/**
 * A shell that sets the limit and becomes the program; the arguments are passed to it, never read by it. An exit code of its own
 * could be the program's as well: that it did not come to start it, it says by the mark.
 */
function limited(command: readonly string[], maxMemoryBytes: number): readonly string[] {
  const refuse = `{ printf %s "$${markName}" >&2; exit 127; }`;
  const script = `{ ulimit -v "$1" && shift && command -v "$1" >/dev/null; } 2>/dev/null || ${refuse}; exec "$@"`;
  return ["/bin/sh", "-c", script, "sh", String(Math.ceil(maxMemoryBytes / 1024)), ...command];
}

interface Watch {
  /** Settles when the program ended by itself or could not be started. */
  readonly ended: Promise<AgentKitError | undefined>;
  /** Settles with the reason when the program has to be stopped. */
  readonly stopped: Promise<AgentKitError>;
  /** Settles when its pipes are closed. */
  readonly closed: Promise<void>;
  finish(): ProgramEnd;
}

function watchChild(child: ChildProcessWithoutNullStreams, run: ProgramRun & { readonly mark: string }): Watch {
  const ended = Promise.withResolvers<AgentKitError | undefined>();
  const stopped = Promise.withResolvers<AgentKitError>();
  const closed = Promise.withResolvers<void>();
  let failure: AgentKitError | undefined;
  const stop = (error: AgentKitError): void => {
    failure ??= error;
    stopped.resolve(error);
  };
  const abort = (): void => stop(aborted(run));
  run.signal.addEventListener("abort", abort, { once: true });
  const stdout = collect(child.stdout, run.maxStreamBytes, () => stop(tooMuch(run, "stdout")));
  const stderr = collect(child.stderr, run.maxStreamBytes, () => stop(tooMuch(run, "stderr")));
  // A program need not read its input.
  child.stdin.on("error", () => undefined);
  child.once("spawn", () => endWithThisProcess(child));
  child.on("error", (error) => {
    failure ??= notStarted(run, codeOf(error));
    ended.resolve(failure);
    closed.resolve();
  });
  child.once("exit", () => ended.resolve(undefined));
  child.once("close", () => closed.resolve());
  return {
    ended: ended.promise,
    stopped: stopped.promise,
    closed: closed.promise,
    finish() {
      run.signal.removeEventListener("abort", abort);
      for (const stream of child.stdio) stream?.destroy();
      if (failure !== undefined) throw failure;
      const { exitCode: code, signalCode: signal } = child;
      const end = { code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
      if (code === 127 && end.stderr.equals(Buffer.from(run.mark))) throw notStarted(run, "there is no such program");
      return end;
    },
  };
}

function collect(stream: Readable, limit: number, overflow: () => void): readonly Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("error", () => undefined);
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) {
      chunks.push(chunk);
      return;
    }
    stream.destroy();
    overflow();
  });
  return chunks;
}

function aborted({ name }: ProgramRun): AgentKitError {
  return new AgentKitError("aborted", `The program of the tool '${name}' was stopped before it ended.`);
}

function notBegun({ name }: ProgramRun): AgentKitError {
  return new AgentKitError(
    "tool_program_not_started",
    `The program of the tool '${name}' was not started: the call was stopped before.`,
  );
}

function notStarted({ name }: ProgramRun, reason: string): AgentKitError {
  const message = `The program of the tool '${name}' could not be started: ${reason}. Check its command and directory.`;
  return new AgentKitError("tool_program_not_started", message);
}

function tooMuch({ name, maxStreamBytes }: ProgramRun, stream: "stdout" | "stderr"): AgentKitError {
  const message = `The program of the tool '${name}' wrote more than ${maxStreamBytes} bytes to ${stream} and was stopped.`;
  return new AgentKitError("tool_output_limit_exceeded", message);
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "the system refused";
}
