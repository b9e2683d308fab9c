import type { Divergence, ReplayReport } from "@agentkit/core";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { findSession } from "../sessions/find-session.ts";
import { defaultWidth, wrapLines } from "../terminal/side-by-side.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** `agentkit replay <session>`: whether the code would decide today as it was recorded. */
export const replayCommand: CliCommand = {
  syntax: "replay <session>",
  description: "Walk through a session offline and compare what the code decides now with what was recorded",
  access: "read",
  async perform(context) {
    const { runtime, command, terminal, json } = context;
    const session = await findSession(context, command.args[0] ?? "");
    const report = await runtime.kit.replay(session);
    if (json) terminal.json(report);
    else printReport(context, report);
    return report.status === "identical" ? exitCode.ok : exitCode.no;
  },
};

// Sub-runs come after the session that began them.
function printReport(context: CommandContext, report: ReplayReport): void {
  printOne(context, report);
  for (const child of report.children) printReport(context, child);
}

function printOne({ terminal }: CommandContext, report: ReplayReport): void {
  const { colors } = terminal;
  const { session, divergence, events, decisions, runs, modelCalls } = report;
  const counts = `${count(runs, "turn")}, ${count(modelCalls, "model call")}, ${count(events, "event")} read, ${count(decisions, "decision")} compared`;
  if (divergence === undefined) {
    terminal.line(`${colors.green("identical")}  ${session}: ${counts}`);
    return;
  }
  terminal.line(`${colors.red("diverged")}  ${session} at revision ${divergence.revision}, after ${counts}`);
  printDivergence(terminal, divergence);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function printDivergence(terminal: Terminal, divergence: Divergence): void {
  const { kind, path, run, recordedType, replayedType, recorded, replayed } = divergence;
  const { colors } = terminal;
  const why =
    kind === "code"
      ? "the code or the configuration decides otherwise now"
      : "the log contradicts itself: it was changed after it was written";
  terminal.line(`  why       ${why}`);
  if (run !== undefined) terminal.line(`  run       ${run}`);
  const types = recordedType === replayedType ? recordedType : `${recordedType} / ${replayedType ?? "nothing"}`;
  terminal.line(`  where     ${types}${path === "" ? "" : `: ${path}`}`);
  printSide(terminal, `  ${colors.green("recorded")}  `, recorded);
  printSide(terminal, `  ${colors.red("replayed")}  `, replayed);
}

/** The width of the words before a side. */
const margin = 12;

function printSide(terminal: Terminal, label: string, value: unknown): void {
  const text = typeof value === "string" ? value : (JSON.stringify(value, undefined, 2) ?? "(nothing)");
  const lines = wrapLines(text, Math.max(20, (terminal.width ?? defaultWidth) - margin));
  for (const [index, line] of lines.entries()) terminal.line(`${index === 0 ? label : " ".repeat(margin)}${line}`);
}
