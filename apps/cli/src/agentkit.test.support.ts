import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";

const main = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist", "main.js");

/** How a command ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandResult>;
  /** Resolves when standard output matches, with all of it so far; rejects when the command ends without. */
  printed(pattern: RegExp): Promise<string>;
}

/** Where commands are run. */
export interface Place {
  readonly directory: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A directory that is gone after the test. */
export async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "agentkit-cli-"));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts the built command as a user does, with an environment of its own; it is killed when the test ends. */
export function start({ directory, variables }: Place, ...words: readonly string[]): RunningCommand {
  const env = { PATH: process.env["PATH"] ?? "", HOME: directory, ...variables };
  const child = spawn(process.execPath, [main, ...words], { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const printed = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(stdout)) resolve(stdout);
      };
      child.stdout.on("data", look);
      child.on("close", () => reject(new Error(`It ended without printing ${String(pattern)}:\n${stdout}${stderr}`)));
      look();
    });
  return { child, ended, printed };
}

/** Runs a command to its end. */
export function agentkit(place: Place, ...words: readonly string[]): Promise<CommandResult> {
  return start(place, ...words).ended;
}

/** Runs a command that answers in JSON, and reads the answer. */
export async function agentkitJson(place: Place, ...words: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await agentkit(place, ...words, "--json");
  if (stdout === "") throw new Error(`It printed nothing: ${stderr}`);
  return JSON.parse(stdout);
}

/** Runs a prompt and returns the session it made. */
export async function runPrompt(place: Place, text: string, ...words: readonly string[]): Promise<string> {
  const result = await agentkitJson(place, "run", text, ...words);
  if (typeof result === "object" && result !== null && "session" in result) return String(result.session);
  throw new Error(`No session in ${JSON.stringify(result)}`);
}

/** The types of a session's events, in order. */
export async function eventTypes(place: Place, session: string): Promise<readonly string[]> {
  const { stdout } = await agentkit(place, "events", session, "--json");
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const event: unknown = JSON.parse(line);
      return typeof event === "object" && event !== null && "type" in event ? String(event.type) : "";
    });
}

/** The id of the only session there is. */
export async function onlySession(place: Place): Promise<string> {
  const { stdout } = await agentkit(place, "sessions");
  const ids = stdout.match(/^[0-9a-f]{24}/gm) ?? [];
  if (ids.length === 1 && ids[0] !== undefined) return ids[0];
  throw new Error(`There is not one session:\n${stdout}`);
}

/** Matches a text that contains another. */
export function containing(text: string): unknown {
  return expect.stringContaining(text);
}

/** Matches a text that fits a pattern. */
export function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}
