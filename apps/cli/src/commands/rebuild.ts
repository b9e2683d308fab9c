import type { RebuildProgress } from "@agentkit/core";
import type { CliCommand } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { toPlainText } from "../terminal/plain-text.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import type { Terminal } from "../terminal/terminal.ts";

/**
 * `agentkit rebuild <name>`: builds a projection from the log's beginning; the old one is read until the end. A file that is
 * damaged anywhere is set aside first.
 */
export const rebuildCommand: CliCommand = {
  syntax: "rebuild <name>",
  description: "Build a projection anew from the log, beside the one in use, and switch to it",
  access: "append",
  verifyProjections: true,
  async perform({ runtime, command, terminal, json }) {
    const [name = ""] = command.args;
    const showsProgress = !json && terminal.width !== undefined;
    const result = await runtime.projector.rebuild(name, {
      signal: stopSignal(),
      ...(showsProgress && { onProgress: (progress: RebuildProgress) => printProgress(terminal, progress) }),
    });
    if (json) terminal.json(result);
    else {
      if (showsProgress) terminal.line();
      const { version, events, eventsPerSecond, skipped } = result;
      terminal.line(`Rebuilt ${name} version ${version}: ${count(events)} events, ${count(eventsPerSecond)} a second.`);
      if (skipped.length > 0) terminal.line(`Left out, because they were skipped for version ${version}:`);
      for (const { id, stream, revision, reason } of skipped) {
        terminal.line(`  ${id}  ${stream}@${revision}  ${toPlainText(reason)}`);
      }
    }
    return exitCode.ok;
  },
};

const barWidth = 30;

/** Draws the bar over the one before; only the count where nothing tells how many events there will be. */
function printProgress(terminal: Terminal, { percent, events, eventsPerSecond }: RebuildProgress): void {
  const rest = `${count(events)} events  ${count(eventsPerSecond)}/s`;
  terminal.write(`\r\u001b[K${percent === undefined ? "" : toBar(terminal, percent)}${rest}`);
}

function toBar({ colors }: Terminal, percent: number): string {
  const done = Math.round((percent / 100) * barWidth);
  const bar = colors.cyan("█".repeat(done)) + colors.dim("░".repeat(barWidth - done));
  return `${bar} ${String(percent).padStart(3)} %  `;
}

function count(value: number): string {
  return value.toLocaleString("en");
}
