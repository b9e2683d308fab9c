import type { EventLog, NewEvent } from "@agentkit/core";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteEventLog, type SqliteEventLogOptions } from "./sqlite-event-log.ts";

/** A directory of a test's own, and the logs opened in it. */
export interface LogDirectory {
  readonly path: string;
  /** A path in it that nobody used yet. */
  newPath(): string;
  open(path: string, options?: Omit<SqliteEventLogOptions, "path">): EventLog;
  /** Where a log that was opened here is kept. */
  pathOf(log: EventLog): string;
  /** Closes the logs and empties the directory. */
  cleanUp(): Promise<void>;
}

export function createLogDirectory(): LogDirectory {
  const path = mkdtempSync(join(tmpdir(), "agentkit-log-"));
  const paths = new Map<EventLog, string>();
  let count = 0;
  return {
    path,
    newPath() {
      count += 1;
      return join(path, `${count}`, "log.sqlite");
    },
    open(logPath, options) {
      const log = createSqliteEventLog({ path: logPath, ...options });
      paths.set(log, logPath);
      return log;
    },
    pathOf: (log) => paths.get(log) ?? "",
    async cleanUp() {
      await Promise.all(Array.from(paths.keys(), async (log) => log.close()));
      paths.clear();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** The n-th event of a test, of about 1 KiB, told from others by its id and by `data.n`. */
export function testEvent(n: number): NewEvent {
  return {
    id: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
    type: "TestHappened",
    version: 1,
    time: "2026-11-22T13:08:05.123Z",
    data: { n, text: "0123456789abcdef".repeat(60) },
    meta: {},
  };
}

/** Appends `count` events to the stream `a`, which must not exist. */
export async function fill(log: EventLog, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => testEvent(index));
  for (let first = 0; first < count; first += 1_000) {
    const expected = first === 0 ? "no_stream" : first - 1;
    await log.append("a", events.slice(first, first + 1_000), { expected });
  }
}

/** The numbers of all events of a log, in order. */
export async function numbersIn(log: EventLog): Promise<unknown[]> {
  const numbers: unknown[] = [];
  for await (const event of log.readAll()) numbers.push(event.data["n"]);
  return numbers;
}

/** 0, 1, 2 … */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
