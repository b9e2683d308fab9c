/**
 * The EventStoreDB log beside the client it stands on: `pnpm bench:eventstoredb`. Both talk to the same double in a process
 * of its own, write the same events and read the same bytes. The client checks nothing, and forgets an append that is lost.
 */
import type { EventLog, NewEvent } from "@agentkit/core";
import { createEventStoreDBEventLog } from "@agentkit/eventlog-eventstoredb";
import { EventStoreDBClient, jsonEvent } from "@eventstore/db-client";
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { compare, type Comparison, type Verdict } from "./event-log-measure.ts";

const writeRounds = 25;
const readRounds = 7;
const parallel = 64;
const waves = 6;
const longLog = 50_000;
const batch = 500;

/** At most 1.2 times the time of the bare client. */
const atLeast = 1 / 1.2;

async function main(): Promise<void> {
  const server = await startDouble();
  const log = createEventStoreDBEventLog({ connectionString: server.connectionString });
  const client = EventStoreDBClient.connectionString(server.connectionString);
  try {
    const stream = `session-${crypto.randomUUID()}`;
    for (let first = 0; first < longLog; first += batch) {
      const events = Array.from({ length: batch }, (_, index) => modelCallCompleted(stream, first + index));
      await log.append(stream, events, { expected: first === 0 ? "no_stream" : first - 1 });
    }
    const verdicts: Verdict[] = [];
    verdicts.push(await compare(reading(client, log), readRounds));
    verdicts.push(await compare(appending(client, log), writeRounds));
    process.stdout.write(report(verdicts));
    process.exitCode = verdicts.every(holds) ? 0 : 1;
  } finally {
    await log.close();
    await client.dispose();
    server.process.kill();
  }
}

function reading(client: EventStoreDBClient, log: EventLog): Comparison {
  return {
    title: `reading ${longLog} events, JSON parsed`,
    units: longLog,
    atLeast,
    raw: async () => expectCount(client.readAll()),
    ours: async () => expectCount(log.readAll()),
  };
}

async function expectCount(source: AsyncIterable<unknown>): Promise<void> {
  let count = 0;
  for await (const _event of source) count += 1;
  if (count !== longLog) throw new Error(`${count} events came of ${longLog}.`);
}

function appending(client: EventStoreDBClient, log: EventLog): Comparison {
  return {
    title: `${parallel} appends at once, each to a stream of its own, ${waves} times`,
    units: parallel * waves,
    atLeast,
    raw: async (round) =>
      inWaves(async (name) => {
        const { id, type, data, ...metadata } = modelCallCompleted(name, round);
        await client.appendToStream(`raw-${name}`, jsonEvent({ id, type, data, metadata: { id, ...metadata } }), {
          expectedRevision: "no_stream",
        });
      }),
    ours: async (round) =>
      inWaves(async (name) => {
        await log.append(`log-${name}`, [modelCallCompleted(name, round)], { expected: "no_stream" });
      }),
  };
}

async function inWaves(append: (name: string) => Promise<void>): Promise<void> {
  for (let wave = 0; wave < waves; wave += 1) {
    await Promise.all(Array.from({ length: parallel }, async () => append(crypto.randomUUID())));
  }
}

/** An event of about 1 KiB, as an agent's log is full of. */
function modelCallCompleted(session: string, step: number): NewEvent<string, { readonly [key: string]: string }> {
  const text = "The invoice was issued on the third of May and is due within thirty days. ".repeat(10);
  return {
    id: crypto.randomUUID(),
    type: "ModelCallCompleted",
    version: 1,
    time: "2026-11-22T13:08:05.123Z",
    data: { responseId: `resp_${step}`, status: "completed", text },
    meta: { tenant: "default", session, run: "run-0001", step, actor: "agent", agent: "assistant" },
  };
}

/** Starts the double's own program, so that it takes no time of the process that is measured. */
async function startDouble(): Promise<{ readonly process: ChildProcess; readonly connectionString: string }> {
  const program = new URL("main.js", import.meta.resolve("@agentkit/eventstoredb-double"));
  const child = spawn(process.execPath, [fileURLToPath(program), "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve) => {
    child.stdout.once("data", (bytes: Buffer) => resolve(bytes.toString("utf8")));
  });
  return { process: child, connectionString: line.trim() };
}

function holds({ ratio, atLeast: wanted }: Verdict): boolean {
  return ratio >= wanted;
}

function report(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map((verdict) => {
    const rates = `client ${rate(verdict.rawRate)}, log ${rate(verdict.ourRate)}`;
    const time = `${(1 / verdict.ratio).toFixed(2)} times the client's time, at most ${(1 / verdict.atLeast).toFixed(2)} wanted`;
    return `${holds(verdict) ? "pass" : "MISS"}  ${verdict.title}: ${rates}: ${time}`;
  });
  return `Node ${process.version}, @eventstore/db-client against the double\n${lines.join("\n")}\n`;
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString("en")} events/s`;
}

await main();
