/**
 * Projects a log of 4,000 events, the same in every process, into the store whose path is the first argument. It writes a
 * line before and after each commit and then waits for a moment, so that whoever started it can kill it there.
 */
import { createInMemoryEventLog, createProjector, type EventLog, type Projection } from "@agentkit/core";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createSqliteProjectionStore } from "./sqlite-projection-store.ts";

/** Adds up the numbers of a stream's events, and remembers their order. */
export const sums: Projection = {
  name: "sums",
  version: 1,
  apply(event, table) {
    if (event.type !== "SessionEnded") return;
    const row = table.get(event.stream);
    const number = Number(event.data.reason);
    if (Number(row?.["last"] ?? -1) >= number) throw new Error("An event was applied twice, or out of order.");
    table.put(event.stream, { sum: Number(row?.["sum"] ?? 0) + number, last: number });
  },
};

/** The log that every process projects. */
export async function createSums(events: number): Promise<EventLog> {
  const log = createInMemoryEventLog();
  for (let n = 0; n < events; n += 1) {
    const id = `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
    const event = { id, type: "SessionEnded", version: 1, time: "2026-01-01T00:00:00.000Z", meta: {} };
    const revision = Math.floor(n / 10);
    const expected = revision === 0 ? "no_stream" : revision - 1;
    await log.append(`s${n % 10}`, [{ ...event, data: { reason: String(n) } }], { expected });
  }
  return log;
}

async function report(line: string): Promise<void> {
  process.stdout.write(`${line}\n`);
  await setTimeout(20);
}

async function main(path: string): Promise<void> {
  const store = createSqliteProjectionStore({ path });
  const commit = store.commit.bind(store);
  store.commit = async (table, changes) => {
    await report("before a commit");
    await commit(table, changes);
    await report("after a commit");
  };
  await createProjector({ log: await createSums(4_000), store, projections: [sums] }).catchUp();
  await store.close();
}

const [, program, path] = process.argv;
if (program === fileURLToPath(import.meta.url) && path !== undefined) await main(path);
