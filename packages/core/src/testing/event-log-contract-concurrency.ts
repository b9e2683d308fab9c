import assert from "node:assert/strict";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { assertRejects, collect, type EventLogCase, fill, testEvent, testEvents } from "./event-log-contract-case.ts";

/** What many appenders at once see. */
export const concurrencyCases: readonly EventLogCase[] = [
  {
    id: "concurrency/one-winner",
    title: "lets exactly one of 50 appends at the same revision win",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 1);
      const outcomes = await Promise.all(
        testEvents(2, 51).map(async (event) =>
          log.append("a", [event], { expected: 0 }).then(
            () => "won",
            (error: unknown) => (AgentKitError.is(error) ? error.code : error),
          ),
        ),
      );
      assert.equal(outcomes.filter((outcome) => outcome === "won").length, 1);
      assert.equal(outcomes.filter((outcome) => outcome === "concurrency_conflict").length, 49);
      assert.equal(await log.head("a"), 1);
    },
  },
  {
    id: "concurrency/retry",
    title: "brings 50 appenders who retry on a conflict to 50 revisions without a gap",
    async run(harness) {
      const log = await harness.open();
      const revisions = await Promise.all(testEvents(1, 50).map(async (event) => appendAnyhow(log, event)));
      revisions.sort((left, right) => left - right);
      assert.deepEqual(
        revisions,
        Array.from({ length: 50 }, (_, revision) => revision),
      );
      const stored = await collect(log.readStream("a"));
      assert.deepEqual(
        stored.map((event) => event.revision),
        revisions,
      );
    },
  },
  {
    id: "concurrency/streams",
    title: "takes appends to 50 streams at once, each in its order",
    async run(harness) {
      const log = await harness.open();
      await Promise.all(Array.from({ length: 50 }, async (_, stream) => appendTen(log, stream)));
      assert.equal((await collect(log.readAll())).length, 500);
      for (let stream = 0; stream < 50; stream += 1) {
        const stored = await collect(log.readStream(`s-${stream}`));
        assert.deepEqual(
          stored.map((event) => event.data["n"]),
          testEvents(stream * 10, stream * 10 + 9).map((event) => event.data["n"]),
        );
      }
    },
  },
  {
    id: "concurrency/isolated",
    title: "does not let a conflict or a bad event spoil the appends beside it",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 1);
      await Promise.all([
        log.append("b", [testEvent(2)], { expected: "no_stream" }),
        assertRejects(log.append("a", [testEvent(3)], { expected: 5 }), "concurrency_conflict"),
        assertRejects(log.append("c", [testEvent(4), testEvent(7)], { expected: 3 }), "concurrency_conflict"),
        assertRejects(log.append("c", [], { expected: "no_stream" }), "event_invalid"),
        log.append("c", [testEvent(5)], { expected: "no_stream" }),
        log.append("a", [testEvent(6)], { expected: 0 }),
      ]);
      const stored = await collect(log.readAll());
      assert.deepEqual(new Set(stored.map((event) => event.data["n"])), new Set([1, 2, 5, 6]));
      assert.equal(stored.length, 4);
    },
  },
  {
    id: "concurrency/repeat",
    title: "writes an append once when it is made many times at once",
    async run(harness) {
      const log = await harness.open();
      const results = await Promise.all(
        Array.from({ length: 20 }, async () => log.append("a", testEvents(1, 3), { expected: "no_stream" })),
      );
      assert.equal(results.filter((result) => !result.duplicate).length, 1);
      assert.equal(new Set(results.map((result) => `${result.revision} ${result.position}`)).size, 1);
      assert.equal(await log.head("a"), 2);
    },
  },
  {
    id: "concurrency/pipelined",
    title: "keeps the order in which one caller makes its appends",
    async run(harness) {
      const log = await harness.open();
      const events = testEvents(1, 100);
      await Promise.all(
        events.map(async (event, index) =>
          log.append("a", [event], { expected: index === 0 ? "no_stream" : index - 1 }),
        ),
      );
      assert.equal(await log.head("a"), 99);
    },
  },
];

async function appendAnyhow(log: EventLog, event: ReturnType<typeof testEvent>): Promise<number> {
  for (;;) {
    const expected = (await log.head("a")) ?? "no_stream";
    try {
      return (await log.append("a", [event], { expected })).revision;
    } catch (error) {
      if (!AgentKitError.is(error) || error.code !== "concurrency_conflict") throw error;
    }
  }
}

async function appendTen(log: EventLog, stream: number): Promise<void> {
  for (let index = 0; index < 10; index += 1) {
    const event = testEvent(stream * 10 + index);
    await log.append(`s-${stream}`, [event], { expected: index === 0 ? "no_stream" : index - 1 });
  }
}
