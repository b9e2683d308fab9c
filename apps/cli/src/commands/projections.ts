import type { ParkedEvent, ProjectionStatus, Projector } from "@agentkit/core";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { toPlainText } from "../terminal/plain-text.ts";
import { type Cell, printTable } from "../terminal/table.ts";
import type { Colors } from "../terminal/terminal.ts";

interface ProjectionsFlags {
  readonly retry?: true;
  readonly skip?: string;
}

/** How a projection stands, with the events it has put aside. */
interface Report extends ProjectionStatus {
  readonly parkedEvents: readonly ParkedEvent[];
}

/** `agentkit projections [name]`: how far they are, and what to do with events that cannot be applied. */
export const projectionsCommand: CliCommand = {
  syntax: "projections [name]",
  description: "Bring the projections of the log up to date, and show how they stand",
  access: "append",
  configure: (command) => {
    command
      .option("--retry", "apply the parked events of the projection again, in order")
      .option("--skip <event>", "give up one parked event, by its id");
  },
  async perform(context) {
    const { runtime, command, terminal, json } = context;
    const { projector } = runtime;
    const [name] = command.args;
    const { retry, skip } = command.opts<ProjectionsFlags>();
    await projector.catchUp();
    for (const { name: each } of await chosen(projector, name)) {
      if (skip !== undefined) await projector.skip(each, skip);
      if (retry === true) await projector.retry(each);
    }
    const reports = await readReports(projector, name);
    if (json) terminal.json(reports);
    else print(context, reports);
    return reports.every(({ parked }) => parked === 0) ? exitCode.ok : exitCode.no;
  },
};

/** The projection of a name, or all of them. */
async function chosen(projector: Projector, name: string | undefined): Promise<readonly ProjectionStatus[]> {
  // Asking for its parked events fails for a name that there is not.
  if (name !== undefined) await projector.parked(name);
  return (await projector.status()).filter((status) => name === undefined || status.name === name);
}

async function readReports(projector: Projector, name: string | undefined): Promise<readonly Report[]> {
  const statuses = await chosen(projector, name);
  return Promise.all(
    statuses.map(async (status) => ({ ...status, parkedEvents: await projector.parked(status.name) })),
  );
}

function print({ terminal, invocation }: CommandContext, reports: readonly Report[]): void {
  const { colors } = terminal;
  const rows = reports.map((report) => toRow(report, colors));
  printTable(terminal, ["PROJECTION", "VERSION", "EVENTS", "BEHIND", "PARKED", "CHECKPOINT"], rows);
  for (const { name, parkedEvents } of reports) {
    if (parkedEvents.length === 0) continue;
    terminal.line();
    terminal.line(colors.bold(`parked by ${name}`));
    for (const { id, stream, revision, reason } of parkedEvents) {
      terminal.line(`  ${id}  ${stream}@${revision}  ${toPlainText(reason)}`);
    }
    terminal.line(`Try them again with: ${invocation(`projections ${name} --retry`)}`);
  }
}

function toRow({ name, version, events, behind, parked, checkpoint }: Report, colors: Colors): readonly Cell[] {
  return [
    { text: name },
    { text: String(version) },
    { text: String(events) },
    { text: String(behind) },
    { text: String(parked), ...(parked > 0 && { paint: colors.red }) },
    { text: checkpoint ?? "-" },
  ];
}
