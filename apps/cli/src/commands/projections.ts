import {
  AgentKitError,
  type BuildingStatus,
  type ParkedEvent,
  type ProjectionStatus,
  type Projector,
} from "@agentkit/core";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { toPlainText } from "../terminal/plain-text.ts";
import { type Cell, printTable } from "../terminal/table.ts";
import type { Colors, Terminal } from "../terminal/terminal.ts";

interface ProjectionsFlags {
  readonly retry?: true;
  readonly skip?: string;
}

/** How a projection stands, with the events it has put aside. */
interface Report extends ProjectionStatus {
  readonly parkedEvents: readonly ParkedEvent[];
  readonly skippedEvents: readonly ParkedEvent[];
}

/** `agentkit projections [name] [event]`: how far they are, and what to do with events that cannot be applied. */
export const projectionsCommand: CliCommand = {
  syntax: "projections [name] [event]",
  description: "Bring the projections of the log up to date, and show how they stand",
  access: "append",
  configure: (command) => {
    command
      .option(
        "--retry",
        "apply the parked events of the projection again, in order; with an event that was given up, take that back",
      )
      .option("--skip <event>", "give up one parked event of the projection, by its id, for this version of it");
  },
  async perform(context) {
    const { runtime, terminal, json } = context;
    const { projector } = runtime;
    const request = readRequest(context);
    const { name } = request;
    const bringUp = async (): Promise<readonly Report[]> => {
      // Fails for a name that there is not, before anything is changed.
      if (name !== undefined) await projector.parked(name);
      await projector.catchUp();
      return readReports(projector, name);
    };
    let reports = await untilUndisturbed(bringUp);
    if (await change(projector, request)) reports = await untilUndisturbed(bringUp);
    if (json) terminal.json(reports);
    else print(context, reports);
    return reports.every(({ parked }) => parked === 0) ? exitCode.ok : exitCode.no;
  },
};

interface Request extends ProjectionsFlags {
  readonly name: string | undefined;
  readonly event: string | undefined;
}

function readRequest(context: CommandContext): Request {
  const { command } = context;
  const [name, event] = command.args;
  const flags = command.opts<ProjectionsFlags>();
  if (name === undefined && (flags.retry === true || flags.skip !== undefined)) throw nameless(context);
  if (event !== undefined && flags.retry !== true) {
    throw new AgentKitError("input_invalid", "An event is named for --retry only.", { param: "event" });
  }
  return { ...flags, name, event };
}

/** Does what is asked for, and says whether that was anything. */
async function change(projector: Projector, { name, event, retry, skip }: Request): Promise<boolean> {
  if (name === undefined) return false;
  if (skip !== undefined) await projector.skip(name, skip);
  if (retry === true) await projector.retry(name, event);
  return retry === true || skip !== undefined;
}

/** How often it is begun again, when the store loses its rows meanwhile or another process builds them. */
const maxAttempts = 3;

/** A store that meets damage in its file begins again without rows: what was read before is no longer true then. */
async function untilUndisturbed<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const disturbed = AgentKitError.is(error) && error.code === "concurrency_conflict";
      if (!disturbed || attempt === maxAttempts) throw error;
    }
  }
}

/** Each projection puts its own events aside: one that only one of them cannot apply is none to give up for all. */
function nameless({ invocation }: CommandContext): AgentKitError {
  const message = `--retry and --skip are for one projection: name it, as in: ${invocation("projections <name> --retry")}. Which has parked events says: ${invocation("projections")}`;
  return new AgentKitError("input_invalid", message, { param: "name" });
}

async function readReports(projector: Projector, name: string | undefined): Promise<readonly Report[]> {
  const statuses = (await projector.status()).filter((status) => name === undefined || status.name === name);
  return Promise.all(
    statuses.map(async (status) => ({
      ...status,
      parkedEvents: await projector.parked(status.name),
      skippedEvents: await projector.skipped(status.name),
    })),
  );
}

function print({ terminal, invocation }: CommandContext, reports: readonly Report[]): void {
  const { colors } = terminal;
  const rows = reports.map((report) => toRow(report, colors));
  printTable(terminal, ["PROJECTION", "VERSION", "EVENTS", "BEHIND", "PARKED", "CHECKPOINT"], rows);
  for (const { name, version, building, parkedEvents, skippedEvents } of reports) {
    if (skippedEvents.length > 0) {
      terminal.line(
        `Skipped by ${name} for version ${version}: ${skippedEvents.length}. A new version tries them again.`,
      );
      printEvents(terminal, skippedEvents);
      terminal.line(`Take one back with:   ${invocation(`projections ${name} <event> --retry`)}`);
    }
    if (building !== undefined) terminal.line(toBuildingLine(name, building, invocation(`rebuild ${name}`)));
    if (parkedEvents.length === 0) continue;
    terminal.line();
    terminal.line(colors.bold(`parked by ${name}`));
    printEvents(terminal, parkedEvents);
    terminal.line(`Try them again with: ${invocation(`projections ${name} --retry`)}`);
    terminal.line(`Give one up with:     ${invocation(`projections ${name} --skip <event> --retry`)}`);
  }
}

function printEvents(terminal: Terminal, events: readonly ParkedEvent[]): void {
  for (const { id, stream, revision, reason } of events) {
    terminal.line(`  ${id}  ${stream}@${revision}  ${toPlainText(reason)}`);
  }
}

function toBuildingLine(name: string, { version, events, by }: BuildingStatus, rebuild: string): string {
  const table = `${name} version ${version}`;
  const done = `${events.toLocaleString("en")} events`;
  switch (by) {
    case "rebuild":
      return `A rebuild of ${table} is running: ${done} so far. What is there is read until it is done.`;
    case "abandoned":
      return `A rebuild of ${table} was broken off after ${done}. What is there is read as before; begin again with: ${rebuild}`;
    case "follow":
      return `${table} is being built: ${done} so far. What is there is read until it has caught up.`;
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
