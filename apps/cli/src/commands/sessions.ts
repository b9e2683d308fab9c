import { AgentKitError, type EventLog, type SessionSummary, toSessionStream } from "@agentkit/core";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { countWaits } from "../sessions/count-waits.ts";
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
    const sessions = await withoutDeleted(runtime.log, await runtime.sessions.read());
    noteParked(context);
    if (json) {
      terminal.json({ demo: runtime.demo, log: runtime.logDescription, sessions, skipped: runtime.sessions.skipped() });
      return exitCode.ok;
    }
    printDemo(context);
    printSessions(context, sessions);
    await printOpen(context, sessions);
    printSkipped(context);
    return exitCode.ok;
  },
};

/** Sessions that are looked for at once. */
const batchSize = 64;

/** The log tells readers of no deletion, so that the list does not know of it: the log is asked for each session. */
async function withoutDeleted(log: EventLog, sessions: readonly SessionSummary[]): Promise<readonly SessionSummary[]> {
  const kept: SessionSummary[] = [];
  for (let from = 0; from < sessions.length; from += batchSize) {
    const batch = sessions.slice(from, from + batchSize);
    const deleted = await Promise.all(batch.map(async ({ session }) => isDeleted(log, session)));
    kept.push(...batch.filter((_summary, index) => deleted[index] !== true));
  }
  return kept;
}

async function isDeleted(log: EventLog, session: string): Promise<boolean> {
  try {
    await log.head(toSessionStream(session));
    return false;
  } catch (error) {
    if (AgentKitError.is(error) && error.code === "stream_deleted") return true;
    throw error;
  }
}

function noteParked({ terminal, runtime, json, invocation }: CommandContext): void {
  const parked = runtime.sessions.parked();
  if (parked === 0) return;
  const events = parked === 1 ? "1 event" : `${parked} events`;
  const notice = `The list is incomplete: ${events} of the log could not be applied to it. See them with: ${invocation("projections session-list")}`;
  terminal.note(json ? JSON.stringify({ notice }) : notice);
}

function printSkipped({ terminal, runtime, invocation }: CommandContext): void {
  const skipped = runtime.sessions.skipped();
  if (skipped === 0) return;
  const events = skipped === 1 ? "1 event" : `${skipped} events`;
  const line = `Left out: ${events}, given up by --skip. See them with: ${invocation("projections session-list")}`;
  terminal.line(terminal.colors.dim(line));
}

/** From this width on there is room for whole ids and times beside a title. */
const wide = 120;

function printSessions({ terminal }: CommandContext, sessions: readonly SessionSummary[]): void {
  if (sessions.length === 0) {
    terminal.line("The log has no sessions yet.");
    return;
  }
  const { colors, width } = terminal;
  const headings = ["SESSION", "STATUS", "AGENT", "TURNS", "UPDATED", "TITLE"];
  const idLength = (width ?? wide) < wide ? shortestLength(sessions) : undefined;
  const titles = new Map(sessions.map(({ session, title }) => [session, title]));
  const rows = sessions.map((summary) => toRow({ summary, idLength, titles, colors }));
  printTable(terminal, headings, rows);
}

async function printOpen(
  { terminal, runtime, invocation }: CommandContext,
  sessions: readonly SessionSummary[],
): Promise<void> {
  const waits = await countWaits(runtime.log, sessions);
  const running = sessions.filter(({ status }) => status === "running").length;
  const lines: readonly (readonly [count: number, words: string])[] = [
    [running, `Open runs: ${running}. What was interrupted is taken up by: ${invocation("resume")}`],
    ...waitingLines.map(({ reason, words, command }) => {
      const count = waits.get(reason) ?? 0;
      return [count, `Suspended: ${count}, ${words}: ${invocation(command)}`] as const;
    }),
  ];
  for (const [count, words] of lines) if (count !== 0) terminal.line(terminal.colors.dim(words));
}

/** What lets suspended runs go on, by what they wait for. */
const waitingLines = [
  { reason: "approval_required", words: "waiting for an approval. Decide with", command: "approvals" },
  { reason: "moderation", words: "with a prompt that the safety policy holds. See why with", command: "resume" },
  { reason: "outcome_unknown", words: "with a call of unknown outcome. See how to decide with", command: "resume" },
  {
    reason: "waiting",
    words: "waiting for a time or another run. A gateway goes on by itself; so does, from then on",
    command: "resume",
  },
] as const;

/** The shortest beginning of the ids, from 8 characters on, that still names each session alone. */
function shortestLength(sessions: readonly SessionSummary[]): number {
  let length = 8;
  while (new Set(sessions.map(({ session }) => session.slice(0, length))).size < sessions.length) length += 1;
  return length;
}

interface RowOptions {
  readonly summary: SessionSummary;
  /** How much of an id there is room for; `undefined` for all. */
  readonly idLength: number | undefined;
  readonly titles: ReadonlyMap<string, string>;
  readonly colors: Colors;
}

function toRow({ summary, idLength, titles, colors }: RowOptions): readonly Cell[] {
  const { session, status, agent, turns, updated, title, parent } = summary;
  const origin = parent === undefined ? "" : `↳ ${parent.session.slice(0, 8)} at ${parent.revision}  `;
  const said = title || (parent && titles.get(parent.session)) || "";
  const time = idLength === undefined ? updated.slice(0, 19) : updated.slice(5, 16);
  return [
    { text: session.slice(0, idLength) },
    { text: status, paint: paintStatus(colors, status) },
    { text: agent ?? "-" },
    { text: String(turns) },
    { text: time.replace("T", " ") },
    { text: `${origin}${said}` },
  ];
}
