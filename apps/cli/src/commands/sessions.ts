import type { SessionSummary } from "@agentkit/core";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { paintStatus } from "../sessions/paint-status.ts";
import { printDemo } from "../sessions/print-demo.ts";
import { type Cell, printTable } from "../terminal/table.ts";
import type { Colors } from "../terminal/terminal.ts";

/** `agentkit sessions`: what the log holds, the session that changed last first. */
export const sessionsCommand: CliCommand = {
  syntax: "sessions",
  description: "List the sessions of the log, the one that changed last first",
  access: "read",
  async perform(context) {
    const { terminal, runtime, json } = context;
    const sessions = await runtime.sessions.read();
    if (json) {
      terminal.json({ demo: runtime.demo, log: runtime.logDescription, sessions });
      return exitCode.ok;
    }
    printDemo(context);
    printSessions(context, sessions);
    return exitCode.ok;
  },
};

function printSessions({ terminal, invocation }: CommandContext, sessions: readonly SessionSummary[]): void {
  if (sessions.length === 0) {
    terminal.line("The log has no sessions yet.");
    return;
  }
  const { colors } = terminal;
  const headings = ["SESSION", "STATUS", "AGENT", "TURNS", "UPDATED", "TITLE"];
  const rows = sessions.map((session) => toRow(session, colors));
  printTable(terminal, headings, rows);
  const open = sessions.filter(({ status }) => status === "running" || status === "suspended").length;
  if (open > 0)
    terminal.line(colors.dim(`Open runs: ${open}. What was interrupted is taken up by: ${invocation("resume")}`));
}

function toRow(summary: SessionSummary, colors: Colors): readonly Cell[] {
  const { session, status, agent, turns, updated, title, parent } = summary;
  const origin = parent === undefined ? "" : `  ↳ ${parent.session} at ${parent.revision}`;
  return [
    { text: session },
    { text: status, paint: paintStatus(colors, status) },
    { text: agent ?? "-" },
    { text: String(turns) },
    { text: updated.slice(0, 19).replace("T", " ") },
    { text: `${title}${origin}` },
  ];
}
