import assert from "node:assert/strict";
import type { EventLog } from "../event-log/event-log.ts";
import {
  assertRejects,
  collect,
  collectIds,
  type EventLogCase,
  fill,
  idsOf,
  testEvent,
  testEventId,
  testEvents,
} from "./event-log-contract-case.ts";

/** How streams and the whole log are read. */
export const readCases: readonly EventLogCase[] = [
  {
    id: "read/nothing",
    title: "reads nothing from an empty log and from a stream that does not exist",
    async run(harness) {
      const log = await harness.open();
      assert.deepEqual(await collect(log.readStream("a")), []);
      assert.deepEqual(await collect(log.readStream("a", { direction: "backwards" })), []);
      assert.deepEqual(await collect(log.readAll()), []);
      assert.deepEqual(await collect(log.readAll({ direction: "backwards" })), []);
    },
  },
  {
    id: "read/stream",
    title: "reads a stream from a revision, in both directions, up to a limit",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 5);
      await log.append("b", [testEvent(6)], { expected: "no_stream" });
      const read = async (options: Parameters<EventLog["readStream"]>[1]): Promise<string[]> =>
        collectIds(log.readStream("a", options));
      assert.deepEqual(await read({}), idsOf(1, 2, 3, 4, 5));
      assert.deepEqual(await read({ from: 3 }), idsOf(4, 5));
      assert.deepEqual(await read({ from: 1, limit: 2 }), idsOf(2, 3));
      assert.deepEqual(await read({ from: 5 }), []);
      assert.deepEqual(await read({ limit: 0 }), []);
      assert.deepEqual(await read({ direction: "backwards" }), idsOf(5, 4, 3, 2, 1));
      assert.deepEqual(await read({ direction: "backwards", from: 2 }), idsOf(3, 2, 1));
      assert.deepEqual(await read({ direction: "backwards", from: 99, limit: 1 }), idsOf(5));
      assert.deepEqual(await read({ direction: "backwards", from: 0 }), idsOf(1));
    },
  },
  {
    id: "read/all",
    title: "reads the whole log after a position, in both directions, up to a limit",
    async run(harness) {
      const log = await harness.open();
      const positions = await fillMixed(log);
      const after = positions[1];
      assert.ok(after !== undefined);
      assert.deepEqual(await collectIds(log.readAll()), idsOf(1, 2, 3, 4, 5, 6));
      assert.deepEqual(await collectIds(log.readAll({ after })), idsOf(3, 4, 5, 6));
      assert.deepEqual(await collectIds(log.readAll({ after, limit: 2 })), idsOf(3, 4));
      assert.deepEqual(await collectIds(log.readAll({ limit: 0 })), []);
      assert.deepEqual(await collectIds(log.readAll({ direction: "backwards" })), idsOf(6, 5, 4, 3, 2, 1));
      assert.deepEqual(await collectIds(log.readAll({ direction: "backwards", limit: 2 })), idsOf(6, 5));
      assert.deepEqual(await collectIds(log.readAll({ direction: "backwards", after })), idsOf(1));
    },
  },
  {
    id: "read/filter",
    title: "reads only the types and streams that are asked for",
    async run(harness) {
      const log = await harness.open();
      await fillMixed(log);
      const read = async (options: Parameters<EventLog["readAll"]>[0]): Promise<string[]> =>
        collectIds(log.readAll(options));
      assert.deepEqual(await read({ filter: {} }), idsOf(1, 2, 3, 4, 5, 6));
      assert.deepEqual(await read({ filter: { types: ["EvenHappened"] } }), idsOf(2, 4, 6));
      assert.deepEqual(await read({ filter: { types: ["EvenHappened", "OddHappened"] } }), idsOf(1, 2, 3, 4, 5, 6));
      assert.deepEqual(await read({ filter: { types: ["EvenHappened", "EvenHappened"] } }), idsOf(2, 4, 6));
      assert.deepEqual(await read({ filter: { types: ["Unknown"] } }), []);
      assert.deepEqual(await read({ filter: { types: [] } }), []);
      assert.deepEqual(await read({ filter: { streamPrefix: "session-" } }), idsOf(3, 4, 5));
      assert.deepEqual(await read({ filter: { streamPrefix: "" } }), idsOf(1, 2, 3, 4, 5, 6));
      assert.deepEqual(await read({ filter: { streamPrefix: "s_ssion" } }), []);
      assert.deepEqual(await read({ filter: { streamPrefix: "%" } }), []);
      const both = { types: ["OddHappened"], streamPrefix: "session-" };
      assert.deepEqual(await read({ filter: both }), idsOf(3, 5));
      assert.deepEqual(await read({ filter: both, direction: "backwards", limit: 1 }), idsOf(5));
    },
  },
  {
    id: "read/long",
    title: "reads thousands of events without a gap or a repetition, in both directions",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 2_500);
      const ids = testEvents(1, 2_500).map((event) => event.id);
      assert.deepEqual(await collectIds(log.readStream("a")), ids);
      assert.deepEqual(await collectIds(log.readAll()), ids);
      assert.deepEqual(await collectIds(log.readAll({ filter: { types: ["TestHappened"] } })), ids);
      ids.reverse();
      assert.deepEqual(await collectIds(log.readStream("a", { direction: "backwards" })), ids);
      assert.deepEqual(await collectIds(log.readAll({ direction: "backwards" })), ids);
    },
  },
  {
    id: "read/resume",
    title: "resumes after any position with exactly what follows",
    async run(harness) {
      const log = await harness.open();
      await fillMixed(log);
      const events = await collect(log.readAll());
      for (const [index, { position }] of events.entries()) {
        assert.deepEqual(await collect(log.readAll({ after: position })), events.slice(index + 1));
      }
    },
  },
  {
    id: "read/finite",
    title: "comes to an end when the reader appends as it reads",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 3);
      let head = 2;
      for await (const event of log.readStream("a")) {
        assert.ok(event.revision <= 2, "the read went on into what was appended after it began");
        head += 1;
        await log.append("a", [testEvent(head + 1)], { expected: head - 1 });
      }
      assert.equal(await log.head("a"), 5);
    },
  },
  {
    id: "read/abort",
    title: "throws aborted when the signal fires before or during a read",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 5);
      const fired = AbortSignal.abort();
      await assertRejects(collect(log.readStream("a", { signal: fired })), "aborted");
      await assertRejects(collect(log.readAll({ signal: fired })), "aborted");
      await assertRejects(collect(log.readStream("missing", { signal: fired })), "aborted");
      for (const read of ["readStream", "readAll"] as const) {
        const controller = new AbortController();
        const options = { signal: controller.signal };
        const seen: string[] = [];
        const reading = async (): Promise<void> => {
          for await (const event of read === "readAll" ? log.readAll(options) : log.readStream("a", options)) {
            seen.push(event.id);
            if (seen.length === 2) controller.abort();
          }
        };
        await assertRejects(reading(), "aborted");
        assert.deepEqual(seen, [testEventId(1), testEventId(2)]);
      }
    },
  },
];

/** Six events of two types, alternating, in the streams a, session-x and session-y. Returns their positions. */
async function fillMixed(log: EventLog): Promise<string[]> {
  const streams = ["a", "a", "session-x", "session-x", "session-y", "a"];
  const positions: string[] = [];
  for (const [index, stream] of streams.entries()) {
    const event = testEvent(index + 1, { type: index % 2 === 0 ? "OddHappened" : "EvenHappened" });
    const expected = (await log.head(stream)) ?? "no_stream";
    positions.push((await log.append(stream, [event], { expected })).position);
  }
  return positions;
}
