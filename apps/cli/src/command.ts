import type { LoadedConfig, LogAccess, Runtime } from "@agentkit/gateway";
import type { Command } from "commander";
import type { ExitCode } from "./exit-code.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** One command of the command line. */
export interface CliCommand {
  /** Its name and arguments, as commander writes them: `replay <session>`. */
  readonly syntax: string;
  readonly description: string;
  /** What it does with the log. Only `create` makes one where there is none. */
  readonly access: LogAccess;
  /** Whether it is there to repair the projections: their file is read whole, and one that cannot be used set aside. */
  readonly verifyProjections?: true;
  /** Adds its own options. */
  readonly configure?: (command: Command) => void;
  /** Commands below it: `approvals approve`. Their names come before its own argument. */
  readonly subcommands?: readonly CliCommand[];
  /** Does the work; the runtime is closed afterwards. */
  perform(context: CommandContext): Promise<ExitCode>;
}

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
