/**
 * Rebuilding projections over a SQLite log of 200,000 events, beside reading and parsing the same file without AgentKit:
 *
 *     pnpm --filter @agentkit/bench bench:projection
 */
import { createProjector, type NewEvent, type Projection, sessionList, usage } from "@agentkit/core";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { createSqliteProjectionStore } from "@agentkit/store-sqlite";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare, type Verdict } from "./event-log-measure.ts";
import { openRawLog } from "./event-log-raw.ts";

const events = 200_000;
const eventsPerSession = 200;
const rounds = 3;
/** What a rebuild has to reach of the raw rate. */
const atLeast = 0.4;
/** What the process may grow by from the middle of a rebuild to its end, in MiB: a third of what it reads in that time. */
const maxGrowth = 64;

/** Looks at every event of the log, so that nothing is saved by a filter. */
const eventCounts: Projection = {
  name: "event-counts",
  version: 1,
  apply(event, table) {
    const row = table.get(event.stream) ?? {};
    table.put(event.stream, { ...row, [event.type]: Number(row[event.type] ?? 0) + 1 });
  },
};

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "agentkit-bench-"));
  try {
    const path = join(directory, "log.sqlite");
    await fill(path);
    let missed = false;
    for (const projection of [eventCounts, sessionList, usage]) {
      const memory: number[] = [];
      const verdict = await measure({ directory, path, projection, memory });
      const growth = (memory.at(-1) ?? 0) - (memory[Math.floor(memory.length / 2)] ?? 0);
      missed ||= verdict.ratio < atLeast || growth > maxGrowth;
      process.stdout.write(report(verdict, memory, growth));
    }
    process.exitCode = missed ? 1 : 0;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

interface Measurement {
  readonly directory: string;
  readonly path: string;
  readonly projection: Projection;
  /** Gets the process's memory at the rebuild's start, after each batch, and at its end. */
  readonly memory: number[];
}

async function measure({ directory, path, projection, memory }: Measurement): Promise<Verdict> {
  const log = createSqliteEventLog({ path });
  const raw = await openRawLog(path);
  const store = createSqliteProjectionStore({ path: join(directory, "projections.sqlite") });
  const projector = createProjector({ log, store, projections: [projection] });
  const note = (): void => {
    memory.push(process.memoryUsage.rss() / 2 ** 20);
  };
  try {
    return await compare(
      {
        title: `${projection.name} over ${events.toLocaleString("en")} events`,
        units: events,
        atLeast,
        raw() {
          if (raw.readAll() !== events) throw new Error("the raw read missed events");
        },
        async ours() {
          memory.length = 0;
          note();
          const result = await projector.rebuild(projection.name, { onProgress: note });
          if (projection.filter === undefined && result.events !== events) throw new Error("events were missed");
        },
      },
      rounds,
    );
  } finally {
    await log.close();
    await store.close();
    raw.close();
  }
}

async function fill(path: string): Promise<void> {
  const log = createSqliteEventLog({ path });
  for (let session = 0; session < events / eventsPerSession; session += 1) {
    const stream = `session-${session}`;
    const batch = Array.from({ length: eventsPerSession }, (_, index) => sessionEvent(session, index));
    await log.append(stream, batch, { expected: "no_stream" });
  }
  await log.close();
}

const text = "The invoice was issued on the third of May and is due within thirty days. ".repeat(7);
const hash = `sha256:${"0".repeat(64)}`;

/** The event at a place of a session: turns of ten events, as a turn with one tool call writes them. */
function sessionEvent(session: number, index: number): NewEvent {
  const run = `run-${Math.floor(index / 10)}`;
  const [type, data] = turn(run)[index % 10] ?? ["RunStarted", {}];
  const time = new Date(Date.UTC(2026, 0, 1) + (session * eventsPerSession + index) * 1_000).toISOString();
  const meta = { session: String(session), run, step: index % 10, actor: "agent", agent: "assistant" };
  return { id: randomUUID(), type, version: 1, time, data, meta };
}

function turn(run: string): readonly (readonly [string, NewEvent["data"]])[] {
  const message = (role: string): NewEvent["data"] => ({
    type: "message",
    role,
    content: [{ type: "output_text", text }],
  });
  const call = { type: "function_call", call_id: `call-${run}`, name: "weather", arguments: '{"city":"Bern"}' };
  const tokens = {
    uncachedInputTokens: 812,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 143,
    reasoningTokens: 0,
  };
  const started = { attempt: 1, model: "scripted", requestHash: hash };
  return [
    ["RunStarted", { run, agent: "assistant" }],
    ["PromptReceived", { items: [message("user")] }],
    ["ModelCallStarted", started],
    ["ModelCallCompleted", { status: "completed", output: [call], usage: tokens }],
    ["ToolCallRequested", { callId: `call-${run}`, tool: "weather" }],
    ["ToolCallStarted", { callId: `call-${run}`, attempt: 1, idempotencyKey: `key-${run}` }],
    ["ToolCallSucceeded", { callId: `call-${run}`, output: text }],
    ["ModelCallStarted", started],
    ["ModelCallCompleted", { status: "completed", output: [message("assistant")], usage: tokens }],
    ["RunCompleted", { outcome: "answered" }],
  ];
}

function report(verdict: Verdict, memory: readonly number[], growth: number): string {
  const rss = [memory[0], memory[Math.floor(memory.length / 2)], memory.at(-1)].map((mib) => Math.round(mib ?? 0));
  const ok = verdict.ratio >= atLeast && growth <= maxGrowth;
  return [
    `${ok ? "pass" : "MISS"}  ${verdict.title}, median of ${rounds} rebuilds`,
    `      raw read and parse ${rate(verdict.rawRate)}, rebuild ${rate(verdict.ourRate)}: ` +
      `${Math.round(verdict.ratio * 100)} % of raw, at least ${atLeast * 100} % wanted`,
    `      memory at the start, in the middle and at the end: ${rss.join(", ")} MiB\n`,
  ].join("\n");
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString("en")} events/s`;
}

await main();
