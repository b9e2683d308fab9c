import { checkAgainstModel, eventLogContract, runContract, toEventLogOperation } from "@agentkit/core/testing";
import * as fc from "fast-check";
import { renameSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { createLogDirectory, fill, numbersIn, testEvent, upTo } from "./log-directory.test.support.ts";

const directory = createLogDirectory();

runContract(
  eventLogContract,
  {
    capabilities: { durable: true, multiProcess: true, uniqueIds: true, erasesAtOnce: true },
    open: async () => directory.open(directory.newPath()),
    reopen: async (log) => directory.open(directory.pathOf(log)),
    openBeside: async (log) => directory.open(directory.pathOf(log)),
    cleanUp: async () => directory.cleanUp(),
  },
  { describe, it },
);

describe("createSqliteEventLog", () => {
  afterEach(async () => directory.cleanUp());

  it("answers any history of operations as a plain list would", async () => {
    const operation = fc.array(fc.nat(), { maxLength: 12 }).map(toEventLogOperation);
    const histories = fc.asyncProperty(fc.array(operation, { maxLength: 60, size: "max" }), async (operations) => {
      const log = directory.open(directory.newPath());
      const beside = directory.open(directory.pathOf(log));
      await checkAgainstModel(log, operations, { beside });
      await Promise.all([log.close(), beside.close()]);
    });
    await expect(fc.assert(histories, { numRuns: 60, seed: 2 })).resolves.toBeUndefined();
  });

  it("rejects a position beyond its end, as one from before a backup was restored", async () => {
    const log = directory.open(directory.newPath());
    await fill(log, 3);
    for (const read of [log.readAll({ after: "4" }), log.subscribe({ after: "4" })]) {
      await expect(read[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "position_invalid" });
    }
  });

  it("waits for another process's lock without blocking the event loop, and then appends", async () => {
    const path = directory.newPath();
    const log = directory.open(path);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const appending = log.append("a", [testEvent(0)], { expected: "no_stream" });
    await setTimeout(60);
    other.exec("COMMIT");
    other.close();
    await expect(appending).resolves.toMatchObject({ revision: 0, duplicate: false });
  });

  it("gives up on a lock that is not released, with nothing written, and stays usable", async () => {
    const path = directory.newPath();
    const log = directory.open(path, { busyTimeoutMs: 50 });
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const failures = [log.append("a", [testEvent(0)], { expected: "no_stream" }), fill(log, 5)];
    for (const failure of failures) {
      await expect(failure).rejects.toMatchObject({ code: "log_unavailable", retryable: true });
    }
    other.exec("ROLLBACK");
    other.close();
    expect(await numbersIn(log)).toEqual([]);
    await fill(log, 2);
    expect(await numbersIn(log)).toEqual([0, 1]);
  });

  it("rejects appends to a log opened for reading only, and follows what others append", async () => {
    const path = directory.newPath();
    const writer = directory.open(path);
    const reader = directory.open(path, { readOnly: true });
    await expect(reader.append("a", [testEvent(0)], { expected: "no_stream" })).rejects.toMatchObject({
      code: "log_read_only",
    });
    const subscription = reader.subscribe()[Symbol.asyncIterator]();
    expect((await subscription.next()).value).toEqual({ type: "CaughtUp", position: undefined });
    const next = subscription.next();
    await fill(writer, 1);
    expect((await next).value).toMatchObject({ position: "1", data: { n: 0 } });
  });

  it("stops appending to a file that was moved away while it was open", async () => {
    const path = directory.newPath();
    const log = directory.open(path);
    await fill(log, 1);
    renameSync(path, `${path}.moved`);
    await setTimeout(30);
    const append = log.append("a", [testEvent(1)], { expected: 0 });
    await expect(append).rejects.toMatchObject({ code: "log_unavailable" });
    renameSync(`${path}.moved`, path);
    await log.append("a", [testEvent(1)], { expected: 0 });
  });

  it("gives others a turn while it reads a long log", async () => {
    const log = directory.open(directory.newPath());
    await fill(log, 3_000);
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    expect(await numbersIn(log)).toEqual(upTo(3_000));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it("finds the events of a rare type in a long log by its index", async () => {
    const log = directory.open(directory.newPath());
    await fill(log, 5_000);
    await log.append("rare", [{ ...testEvent(5_000), type: "RareHappened" }], { expected: "no_stream" });
    const found: unknown[] = [];
    for await (const event of log.readAll({ filter: { types: ["RareHappened"] } })) found.push(event.data["n"]);
    expect(found).toEqual([5_000]);
    await log.close();
    const database = new DatabaseSync(directory.pathOf(log));
    const plan = database
      .prepare("EXPLAIN QUERY PLAN SELECT position FROM events WHERE type = ? AND position BETWEEN ? AND ?")
      .all();
    database.close();
    expect(plan[0]?.["detail"]).toBe(
      "SEARCH events USING COVERING INDEX events_by_type (type=? AND rowid>? AND rowid<?)",
    );
  });

  it("reads events of a mebibyte in pages of few", async () => {
    const log = directory.open(directory.newPath());
    const text = "x".repeat(2 ** 20);
    for (let n = 0; n < 20; n += 1) {
      await log.append("large", [{ ...testEvent(n), data: { n, text } }], { expected: n === 0 ? "no_stream" : n - 1 });
    }
    expect(await numbersIn(log)).toEqual(upTo(20));
  });
});
