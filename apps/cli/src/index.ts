export { type ExitCode, exitCode } from "./exit-code.ts";
export { runCli } from "./run-cli.ts";
export { type Colors, createTerminal, type Terminal, type TerminalStreams } from "./terminal/terminal.ts";
