import { readFileSync } from "node:fs";
import { AgentKitError } from "@agentkit/core";
import { loadConfig, openRuntime } from "@agentkit/gateway";
import { Command, CommanderError } from "commander";
import type { CliCommand } from "./command.ts";
import { approvalsCommand } from "./commands/approvals.ts";
import { blobsCommand } from "./commands/blobs.ts";
import { diffCommand } from "./commands/diff.ts";
import { eventsCommand } from "./commands/events.ts";
import { forkCommand } from "./commands/fork.ts";
import { projectionsCommand } from "./commands/projections.ts";
import { rebuildCommand } from "./commands/rebuild.ts";
import { replayCommand } from "./commands/replay.ts";
import { resumeCommand } from "./commands/resume.ts";
import { routingCommand } from "./commands/routing.ts";
import { runCommand } from "./commands/run.ts";
import { safetyCommand } from "./commands/safety.ts";
import { serveCommand } from "./commands/serve.ts";
import { sessionsCommand } from "./commands/sessions.ts";
import { type ExitCode, exitCode, exitCodeOf } from "./exit-code.ts";
import { toInvocation } from "./invocation.ts";
import { toPlainText } from "./terminal/plain-text.ts";
import type { Terminal } from "./terminal/terminal.ts";

const commands: readonly CliCommand[] = [
  serveCommand,
  runCommand,
  sessionsCommand,
  eventsCommand,
  replayCommand,
  routingCommand,
  resumeCommand,
  approvalsCommand,
  forkCommand,
  diffCommand,
  safetyCommand,
  projectionsCommand,
  rebuildCommand,
  blobsCommand,
];

/** The options of every command. `serve` adds its own two. */
interface CommonFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: true;
  readonly port?: string;
  readonly host?: string;
}

/**
 * Runs one command line, without the program's name, and says with which code to exit. Errors are printed, one line each.
 *
 * @example
 * ```ts
 * import { createTerminal, runCli } from "@agentkit/cli";
 *
 * const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr, color: false });
 * process.exitCode = await runCli(["sessions", "--json"], terminal);
 * ```
 */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const program = createProgram(terminal);
  const act = async (definition: CliCommand, command: Command): Promise<void> => {
    code = await perform(definition, command, terminal);
  };
  for (const definition of commands) addCommand(program, definition, act);
  try {
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    return reportError(error, terminal, words.includes("--json"));
  }
}

function createProgram(terminal: Terminal): Command {
  return new Command("agentkit")
    .description("Serve agents, and look into the log of what they did.")
    .version(readVersion(), "-V, --version")
    .addHelpText("after", helpTail)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.note(text.trimEnd()),
      // An error is printed once, by reportError.
      outputError: () => undefined,
    });
}

const helpTail = `
A session is named by its id or by a beginning that only one has.
Environment: AGENTKIT_DATA_DIR AGENTKIT_CONFIG AGENTKIT_MODEL AGENTKIT_APPROVAL_KEY AGENTKIT_REDACTION_KEY
  EVENTSTOREDB_URL EVENTSTOREDB_STREAM_PREFIX OPENAI_API_KEY OPENAI_BASE_URL PORT HOST NO_COLOR DEBUG
Exit codes: 0 done · 1 the answer is no · 2 usage or configuration · 3 not found · 4 the log cannot be used`;

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "";
  return String(version);
}

type Act = (definition: CliCommand, command: Command) => Promise<void>;

function addCommand(program: Command, definition: CliCommand, act: Act): void {
  const { syntax, description, configure, subcommands = [] } = definition;
  const command = program.command(syntax).description(description).helpCommand(false);
  configure?.(command);
  command
    .option("--data-dir <directory>", "where the log is; default: AGENTKIT_DATA_DIR, then ./.agentkit")
    .option("--config <file>", "the configuration; default: AGENTKIT_CONFIG, then agentkit.config.ts (.mts .js .mjs)")
    .option("--json", "answer in JSON, for programs")
    // What comes after the name of a subcommand is the subcommand's.
    .enablePositionalOptions()
    .action(async () => act(definition, command));
  for (const below of subcommands) addCommand(command, below, act);
}

async function perform(definition: CliCommand, command: Command, terminal: Terminal): Promise<ExitCode> {
  const flags = command.optsWithGlobals<CommonFlags>();
  const set = toVariables(flags);
  const titles = Object.fromEntries(Object.keys(set).map((name) => [name, optionTitles[name] ?? name]));
  const config = await loadConfig({ variables: { ...process.env, ...set }, titles });
  const json = flags.json === true;
  const onNotice = (notice: string): void => terminal.note(json ? JSON.stringify({ notice }) : toPlainText(notice));
  const invocation = (words: string): string => toInvocation(words, config.environment);
  const context = { terminal, json, config, command, invocation };
  if (definition.access === "none") return definition.perform(context);
  const { access, verifyProjections = false } = definition;
  const runtime = await openRuntime(config, { access, onNotice, verifyProjections });
  try {
    return await definition.perform({ ...context, runtime });
  } finally {
    await runtime.close();
  }
}

/** An option is the same as its variable, and wins. */
function toVariables({ config, dataDir, port, host }: CommonFlags): Record<string, string> {
  return {
    ...(config !== undefined && { AGENTKIT_CONFIG: config }),
    ...(dataDir !== undefined && { AGENTKIT_DATA_DIR: dataDir }),
    ...(port !== undefined && { PORT: port }),
    ...(host !== undefined && { HOST: host }),
  };
}

/** The options by the variables they stand for. */
const optionTitles: Readonly<Record<string, string>> = {
  AGENTKIT_CONFIG: "--config",
  AGENTKIT_DATA_DIR: "--data-dir",
  PORT: "--port",
  HOST: "--host",
};

function reportError(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCode.ok;
  if (process.env["DEBUG"] && error instanceof Error) terminal.note(error.stack ?? "");
  const { code, message, exit, param } = toReport(error);
  terminal.note(json ? JSON.stringify({ error: { code, message, param } }) : `error ${code}: ${message}`);
  return exit;
}

interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly exit: ExitCode;
  readonly param?: string | undefined;
}

function toReport(error: unknown): ErrorReport {
  if (AgentKitError.is(error)) {
    return { code: error.code, message: error.message, exit: exitCodeOf(error.code), param: error.param };
  }
  if (error instanceof CommanderError) {
    const message = error.code === "commander.help" ? "Name a command." : error.message.replace(/^error: /, "");
    return { code: "usage_invalid", message, exit: exitCode.usage };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: "internal", message: `${message} (DEBUG=1 shows where)`, exit: exitCode.no };
}
