/**
 * The SQLite log beside the same table without a log: `pnpm bench:log`. Both sides write the same bytes into the same
 * table with the same settings, in files of their own on the same disk. Both begin with events as objects, so that the
 * raw side stringifies what it writes as it parses what it reads; it checks nothing and keeps no order.
 */
import type { EventLog, NewEvent } from "@agentkit/core";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare, type Comparison, type Verdict, warmUpRounds } from "./event-log-measure.ts";
import { openRawLog, type RawLog, type RawRow } from "./event-log-raw.ts";

/** Many short rounds, because what disturbs the machine comes and goes. */
const writeRounds = 41;
const readRounds = 11;
const allWriteRounds = writeRounds + warmUpRounds;
const singles = 100;
const sessions = 50;
const eventsPerSession = 10;
const batch = 100;

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "agentkit-bench-"));
  const raw = await openRawLog(join(directory, "raw.sqlite"));
  const log = createSqliteEventLog({ path: join(directory, "log.sqlite") });
  try {
    const verdicts: Verdict[] = [];
    verdicts.push(await compare(singleAppends(raw, log), writeRounds));
    verdicts.push(await compare(sessionsAtOnce(raw, log, 2), writeRounds));
    verdicts.push(await compare(sessionsAtOnce(raw, log, 1), writeRounds));
    verdicts.push(await compare(readingAll(raw, log), readRounds));
    process.stdout.write(report(verdicts));
    process.exitCode = verdicts.every(holds) ? 0 : 1;
  } finally {
    raw.close();
    await log.close();
    rmSync(directory, { recursive: true });
  }
}

function singleAppends(raw: RawLog, log: EventLog): Comparison {
  const work = prepareRounds((round) => [`single-${round}`, singles]);
  return {
    title: "single appends, one after the other",
    units: singles,
    atLeast: 0.8,
    raw(round) {
      for (const row of work[round]?.rows ?? []) raw.insert(row);
    },
    async ours(round) {
      await appendInTurn(log, work[round] ?? nothing, 1);
    },
  };
}

/** Sessions that append steps of so many events: with two, the log's transactions are as large as the raw ones. */
function sessionsAtOnce(raw: RawLog, log: EventLog, step: 1 | 2): Comparison {
  const work = Array.from({ length: allWriteRounds }, (_, round) =>
    Array.from({ length: sessions }, (__, session) => prepare(`s-${step}-${round}-${session}`, eventsPerSession)),
  );
  return {
    title: `${sessions} sessions at once, ${step === 1 ? "one event" : "two events"} an append (raw: transactions of ${batch})`,
    units: sessions * eventsPerSession,
    atLeast: step === 1 ? 0 : 0.6,
    raw(round) {
      // In the order in which the sessions' events arrive: a step of each in turn.
      const rows = interleave(
        (work[round] ?? []).map((session) => session.rows),
        step,
      );
      for (let first = 0; first < rows.length; first += batch) raw.insertAll(rows.slice(first, first + batch));
    },
    async ours(round) {
      await Promise.all((work[round] ?? []).map(async (session) => appendInTurn(log, session, step)));
    },
  };
}

function readingAll(raw: RawLog, log: EventLog): Comparison {
  return {
    title: "reading the whole log, JSON parsed",
    units: allWriteRounds * (singles + 2 * sessions * eventsPerSession),
    atLeast: 0.6,
    raw() {
      raw.readAll();
    },
    async ours() {
      await readToEnd(log.readAll());
    },
  };
}

async function appendInTurn(log: EventLog, { stream, events }: Work, step: number): Promise<void> {
  for (let first = 0; first < events.length; first += step) {
    const expected = first === 0 ? "no_stream" : first - 1;
    await log.append(stream, events.slice(first, first + step), { expected });
  }
}

async function readToEnd(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _event of source);
}

/** The events of one stream, and the same as rows. */
interface Work {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly rows: readonly RawRow[];
}

const nothing: Work = { stream: "none", events: [], rows: [] };

function prepareRounds(of: (round: number) => readonly [string, number]): readonly Work[] {
  return Array.from({ length: allWriteRounds }, (_, round) => prepare(...of(round)));
}

function prepare(stream: string, count: number): Work {
  const events = Array.from({ length: count }, (_, index) => modelCallCompleted(stream, index));
  return { stream, events, rows: events.map((event, revision) => ({ event, stream, revision })) };
}

/** An event of about 1 KiB, as an agent's log is full of. */
function modelCallCompleted(stream: string, step: number): NewEvent {
  const text = "The invoice was issued on the third of May and is due within thirty days. ".repeat(7);
  return {
    id: randomUUID(),
    type: "ModelCallCompleted",
    version: 1,
    time: "2026-11-22T13:08:05.123Z",
    data: {
      responseId: `resp_${step}`,
      status: "completed",
      output: [{ type: "message", id: `msg_${step}`, role: "assistant", content: [{ type: "output_text", text }] }],
      usage: {
        uncachedInputTokens: 812,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 143,
        reasoningTokens: 0,
      },
    },
    meta: { tenant: "default", session: stream, run: "run-0001", step, actor: "agent", agent: "assistant" },
  };
}

function interleave(lists: readonly (readonly RawRow[])[], step: number): readonly RawRow[] {
  const steps = Math.ceil(Math.max(...lists.map((list) => list.length)) / step);
  return Array.from({ length: steps }, (_, index) =>
    lists.flatMap((list) => list.slice(index * step, (index + 1) * step)),
  ).flat();
}

function holds({ ratio, atLeast }: Verdict): boolean {
  return ratio >= atLeast;
}

function report(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map((verdict) => {
    const rates = `raw ${rate(verdict.rawRate)}, log ${rate(verdict.ourRate)}`;
    const wanted = verdict.atLeast === 0 ? "for comparison" : `at least ${percent(verdict.atLeast)} wanted`;
    return `${word(verdict)}  ${verdict.title}: ${rates}: ${percent(verdict.ratio)} of raw, ${wanted}`;
  });
  const rounds = `medians of ${writeRounds} rounds of writing and ${readRounds} of reading`;
  return `Node ${process.version}, SQLite ${process.versions["sqlite"]}; ${rounds}\n${lines.join("\n")}\n`;
}

function word(verdict: Verdict): string {
  if (verdict.atLeast === 0) return "    ";
  return holds(verdict) ? "pass" : "MISS";
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString("en")} events/s`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

await main();
