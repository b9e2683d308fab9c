import type { LoadedConfig, LogAccess, Runtime } from "@agentkit/gateway";
import type { Command } from "commander";
import type { ExitCode } from "./exit-code.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** One command of the command line. */
export type CliCommand = LogCommand | LoglessCommand;

/** A command that works on the log. */
export interface LogCommand extends CommandShape {
  /** What it does with the log. Only `create` makes one where there is none. */
  readonly access: LogAccess;
  /** Whether it is there to repair the projections: their file is read whole, and one that cannot be used set aside. */
  readonly verifyProjections?: true;
  /** Does the work; the runtime is closed afterwards. */
  perform(context: CommandContext): Promise<ExitCode>;
}

/** A command that needs no log. */
export interface LoglessCommand extends CommandShape {
  readonly access: "none";
  perform(context: LoglessContext): Promise<ExitCode>;
}

interface CommandShape {
  /** Its name and arguments, as commander writes them: `replay <session>`. */
  readonly syntax: string;
  readonly description: string;
  /** Adds its own options. */
  readonly configure?: (command: Command) => void;
  /** Commands below it: `approvals approve`. Their names come before its own argument. */
  readonly subcommands?: readonly CliCommand[];
}

/** What a command that needs no log is given. */
export type LoglessContext = Omit<CommandContext, "runtime">;

/** What a command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Whether the answer is for a program: JSON and nothing else on standard output. */
  readonly json: boolean;
  readonly config: LoadedConfig;
  readonly runtime: Runtime;
  readonly command: Command;
  /** A command that a person can copy into a new terminal: called as this one was, with the options that choose its log. */
  readonly invocation: (words: string) => string;
}
