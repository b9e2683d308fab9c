import assert from "node:assert/strict";
import type { EventLog } from "../event-log/event-log.ts";
import type { EventMeta, NewEvent } from "../events/envelope.ts";
import {
  assertHolds,
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

const fullMeta: Required<EventMeta> = {
  tenant: "acme",
  session: "s1",
  run: "r1",
  step: 3,
  actor: "person:Zoë",
  agent: "assistant",
  agentVersion: "2",
  policyHash: "sha256:00",
  subjects: ["u1", "u2"],
  causation: testEventId(1),
  correlation: "c1",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  writer: "w1",
};

/** How appends succeed, repeat and conflict. */
export const appendCases: readonly EventLogCase[] = [
  {
    id: "append/result",
    title: "answers with the revision and position of the last event",
    async run(harness) {
      const log = await harness.open();
      const result = await log.append("a", testEvents(1, 3), { expected: "no_stream" });
      const [last] = await collect(log.readStream("a", { direction: "backwards", limit: 1 }));
      assert.deepEqual(result, { revision: 2, position: last?.position, duplicate: false });
      assert.equal((await log.append("a", [testEvent(4)], { expected: 2 })).revision, 3);
    },
  },
  {
    id: "append/round-trip",
    title: "gives back every field of the envelope as it was appended",
    async run(harness) {
      const log = await harness.open();
      const event = testEvent(1, { type: "Acme.Thing_Done:v2-a", version: 7, meta: fullMeta });
      const { position } = await log.append("Session_a.b:c-1", [event], { expected: "no_stream" });
      const stored = { ...event, stream: "Session_a.b:c-1", revision: 0, position };
      assert.deepEqual(await collect(log.readStream("Session_a.b:c-1")), [stored]);
      assert.deepEqual(await collect(log.readAll()), [stored]);
    },
  },
  {
    id: "append/no-stream",
    title: "rejects a first append to a stream that exists",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 1);
      await assertRejects(log.append("a", [testEvent(2)], { expected: "no_stream" }), "concurrency_conflict");
      await assertHolds(log, "a", [1]);
    },
  },
  {
    id: "append/stale",
    title: "rejects an append at a stale revision and changes nothing",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 3);
      await assertRejects(log.append("a", testEvents(4, 5), { expected: 1 }), "concurrency_conflict");
      await assertHolds(log, "a", [1, 2, 3]);
    },
  },
  {
    id: "append/future",
    title: "rejects an append at a revision that the stream has not reached",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 1);
      await assertRejects(log.append("a", [testEvent(2)], { expected: 1 }), "concurrency_conflict");
      await assertRejects(log.append("b", [testEvent(2)], { expected: 0 }), "concurrency_conflict");
      await assertHolds(log, "a", [1]);
      assert.equal(await log.head("b"), undefined);
    },
  },
  {
    id: "append/atomic",
    title: "keeps and shows a batch as a whole, or nothing of it",
    async run(harness) {
      const log = await harness.open();
      const batches = Array.from({ length: 20 }, (_, index) => testEvents(index * 5 + 1, index * 5 + 5));
      const racing = Promise.allSettled(batches.map(async (batch) => appendBehind(log, "a", batch)));
      const over = racing.then(() => true);
      for (let done = false; !done; done = await Promise.race([over, Promise.resolve(false)])) {
        assert.equal((await collectIds(log.readStream("a"))).length % 5, 0);
        assert.equal((await collectIds(log.readAll())).length % 5, 0);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const outcomes = await racing;
      const kept = batches.filter((_, index) => outcomes[index]?.status === "fulfilled");
      assert.ok(kept.length > 0);
      const ids = await collectIds(log.readStream("a"));
      assert.equal(ids.length, kept.length * 5);
      for (const batch of kept) {
        const first = ids.indexOf(batch[0]?.id ?? "");
        assert.deepEqual(
          ids.slice(first, first + 5),
          batch.map((event) => event.id),
        );
      }
      assert.deepEqual(await collectIds(log.readAll()), ids);
    },
  },
  {
    id: "append/atomic-ids",
    title: "keeps nothing of a batch when one of its ids stands elsewhere",
    capability: "uniqueIds",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 1);
      const batch = [testEvent(2), testEvent(1), testEvent(3)];
      await assertRejects(log.append("b", batch, { expected: "no_stream" }), "concurrency_conflict");
      await assertRejects(log.append("a", batch, { expected: 0 }), "concurrency_conflict");
      await assertHolds(log, "a", [1]);
      assert.equal((await log.append("a", testEvents(2, 3), { expected: 0 })).revision, 2);
    },
  },
  {
    id: "append/repeat",
    title: "recognises a repeated append, also after later ones, and writes nothing",
    async run(harness) {
      const log = await harness.open();
      const first = await log.append("a", testEvents(1, 2), { expected: "no_stream" });
      const second = await log.append("a", testEvents(3, 5), { expected: 1 });
      await log.append("a", [testEvent(6)], { expected: 4 });
      const repeated = await log.append("a", testEvents(3, 5), { expected: 1 });
      assert.deepEqual(repeated, { ...second, duplicate: true });
      const repeatedFirst = await log.append("a", testEvents(1, 2), { expected: "no_stream" });
      assert.deepEqual(repeatedFirst, { ...first, duplicate: true });
      await assertHolds(log, "a", [1, 2, 3, 4, 5, 6]);
    },
  },
  {
    id: "append/recorded-wins",
    title: "keeps the recorded event when its id is repeated with other content",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 1);
      const other = testEvent(1, { type: "OtherHappened", data: { n: "other" } });
      assert.equal((await log.append("a", [other], { expected: "no_stream" })).duplicate, true);
      const [stored] = await collect(log.readStream("a"));
      assert.deepEqual([stored?.type, stored?.data], ["TestHappened", { n: 1 }]);
    },
  },
  {
    id: "append/partial-repeat",
    title: "rejects a batch of which only a part is there already",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 3);
      await assertRejects(log.append("a", testEvents(1, 4), { expected: "no_stream" }), "concurrency_conflict");
      await assertRejects(log.append("a", testEvents(3, 4), { expected: 1 }), "concurrency_conflict");
      const reordered = [testEvent(2), testEvent(1)];
      await assertRejects(log.append("a", reordered, { expected: "no_stream" }), "concurrency_conflict");
      await assertHolds(log, "a", [1, 2, 3]);
      // A part of an append stands at the same place as it did before: that is a repetition.
      assert.equal((await log.append("a", testEvents(1, 2), { expected: "no_stream" })).duplicate, true);
    },
  },
  {
    id: "append/id-elsewhere",
    title: "rejects an id that stands in another stream or at another revision",
    capability: "uniqueIds",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 3);
      await assertRejects(log.append("b", [testEvent(1)], { expected: "no_stream" }), "concurrency_conflict");
      await assertRejects(log.append("a", [testEvent(1)], { expected: 2 }), "concurrency_conflict");
      await assertRejects(log.append("a", testEvents(3, 4), { expected: 2 }), "concurrency_conflict");
      await assertRejects(log.append("a", [testEvent(1)], { expected: 0 }), "concurrency_conflict");
      await assertHolds(log, "a", [1, 2, 3]);
    },
  },
  {
    id: "append/limit",
    title: "appends 1,000 events at once",
    async run(harness) {
      const log = await harness.open();
      const result = await log.append("a", testEvents(1, 1_000), { expected: "no_stream" });
      assert.equal(result.revision, 999);
      assert.equal((await collect(log.readStream("a"))).length, 1_000);
    },
  },
  {
    id: "append/snapshot",
    title: "appends what the events were when it was called",
    async run(harness) {
      const log = await harness.open();
      const data = { text: "before" };
      const events = [testEvent(1, { data })];
      const appending = log.append("a", events, { expected: "no_stream" });
      data.text = "after";
      events.push(testEvent(2));
      await appending;
      const stored = await collect(log.readStream("a"));
      assert.deepEqual(
        stored.map((event) => event.data),
        [{ text: "before" }],
      );
    },
  },
  {
    id: "append/isolation",
    title: "does not let a reader change what the log holds",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 1);
      const [event] = await collect(log.readStream("a"));
      assert.ok(event !== undefined);
      Object.assign(event.data, { n: "changed" });
      const [again] = await collect(log.readStream("a"));
      assert.deepEqual(again?.data, { n: 1 });
    },
  },
  {
    id: "append/order",
    title: "gives growing positions to appends in any stream",
    async run(harness) {
      const log = await harness.open();
      const a = await log.append("a", testEvents(1, 2), { expected: "no_stream" });
      const b = await log.append("b", [testEvent(3)], { expected: "no_stream" });
      const c = await log.append("a", [testEvent(4)], { expected: 1 });
      assert.deepEqual(await collectIds(log.readAll()), idsOf(1, 2, 3, 4));
      assert.equal(log.compare(a.position, b.position), -1);
      assert.equal(log.compare(c.position, b.position), 1);
      assert.equal(log.compare(b.position, b.position), 0);
    },
  },
  {
    id: "head/revision",
    title: "tells the revision of a stream's last event, and undefined without a stream",
    async run(harness) {
      const log = await harness.open();
      assert.equal(await log.head("a"), undefined);
      await fill(log, "a", 3);
      assert.equal(await log.head("a"), 2);
      assert.equal(await log.head("A"), undefined);
    },
  },
];

/** Appends where the stream is, which others may have moved by then. */
async function appendBehind(log: EventLog, stream: string, events: readonly NewEvent[]): Promise<void> {
  const expected = (await log.head(stream)) ?? "no_stream";
  await log.append(stream, events, { expected });
}
