import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { ReadBuffer, SdkError, SdkErrorCode, serializeMessage, type Transport } from "@modelcontextprotocol/client";
import { ProcessTree } from "../programs/process-tree.ts";
import { endWithThisProcess } from "./process-group.ts";

/** What a server's process is started from. */
export interface StdioTransportOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly stderr: "ignore" | "inherit";
}

/** Milliseconds that a server has to end after its input ended, and again after it was told to. */
const graceMs = 1_000;

/**
 * A transport over a child process that leads a process group of its own, so that closing ends what the server started too. The
 * SDK's own transport ends only the child, and adds variables of this process to its environment.
 */
export function createStdioTransport(options: StdioTransportOptions): Transport {
  let server: StdioServer | undefined;
  const buffer = new ReadBuffer();
  // The SDK tells a transport over a pipe by these two members, and takes silence on it for a server of an older protocol.
  const transport: Transport & { readonly stderr: null; readonly pid: null } = {
    stderr: null,
    pid: null,
    start: async () => {
      server = await startServer(options);
      server.child.once("close", () => transport.onclose?.());
      server.child.on("error", (error) => transport.onerror?.(error));
      server.input.on("error", (error) => transport.onerror?.(error));
      server.output.on("data", (chunk: Buffer) => {
        try {
          buffer.append(chunk);
        } catch (error) {
          // A message without an end: nothing that comes after it can be told apart from it.
          transport.onerror?.(toError(error));
          void transport.close();
          return;
        }
        deliver(buffer, transport);
      });
    },
    send: async (message) => {
      if (server?.input.writable !== true)
        throw new SdkError(SdkErrorCode.NotConnected, "The server's process has ended.");
      if (!server.input.write(serializeMessage(message))) await drained(server.input);
    },
    close: async () => {
      if (server !== undefined) await stopServer(server);
      buffer.clear();
    },
  };
  return transport;
}

interface StdioServer {
  readonly child: ChildProcess;
  readonly tree: ProcessTree;
  readonly input: Writable;
  readonly output: Readable;
}

/** The variable by whose value a server's descendants are found, wherever they went. */
const markName = "AGENTKIT_PROGRAM_RUN";

async function startServer({ command, args, cwd, env, stderr }: StdioTransportOptions): Promise<StdioServer> {
  const mark = randomUUID();
  const child = spawn(command, args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...env, [markName]: mark },
    stdio: ["pipe", "pipe", stderr],
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  await once(child, "spawn");
  endWithThisProcess(child);
  const tree = new ProcessTree(child, `${markName}=${mark}`);
  // A server that crashes leaves what it started to nobody.
  child.once("exit", () => void tree.kill());
  return { child, tree, input: child.stdin, output: child.stdout };
}

function deliver(buffer: ReadBuffer, transport: Transport): void {
  for (;;) {
    try {
      const message = buffer.readMessage();
      if (message === null) return;
      transport.onmessage?.(message);
    } catch (error) {
      // A line that is no message is passed over: some servers print to their standard output.
      transport.onerror?.(toError(error));
    }
  }
}

async function drained(input: Writable): Promise<void> {
  await Promise.race([once(input, "drain"), once(input, "close")]);
}

async function stopServer({ child, tree, input }: StdioServer): Promise<void> {
  input.end();
  if (!(await endsWithin(child, graceMs))) {
    await tree.signal("SIGTERM");
    await endsWithin(child, graceMs);
  }
  await tree.kill();
}

async function endsWithin(child: ChildProcess, milliseconds: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  try {
    await once(child, "exit", { signal: AbortSignal.timeout(milliseconds) });
    return true;
  } catch {
    return false;
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
