import assert from "node:assert/strict";
import { type EventLog, isCaughtUp } from "../event-log/event-log.ts";
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
import type { EventLogHarness } from "./event-log-contract.ts";

/** How logs are closed, opened again and shared. */
export const lifecycleCases: readonly EventLogCase[] = [
  {
    id: "lifecycle/capabilities",
    title: "declares the capabilities its harness declares",
    async run(harness) {
      assert.deepEqual((await harness.open()).capabilities, harness.capabilities);
    },
  },
  {
    id: "lifecycle/closed",
    title: "throws log_closed from every call after close, which may be repeated",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 1);
      await Promise.all([log.close(), log.close()]);
      await log.close();
      await assertRejects(log.append("a", [testEvent(2)], { expected: 0 }), "log_closed");
      await assertRejects(log.deleteStream("a", { expected: 0 }), "log_closed");
      await assertRejects(log.head("a"), "log_closed");
      await assertRejects(collect(log.readStream("a")), "log_closed");
      await assertRejects(collect(log.readAll()), "log_closed");
      await assertRejects(collect(log.subscribe()), "log_closed");
    },
  },
  {
    id: "lifecycle/close-ends-reads",
    title: "throws log_closed from a read under way",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 3);
      const reads = [log.readStream("a"), log.readAll()].map((read) => read[Symbol.asyncIterator]());
      for (const read of reads) assert.equal((await read.next()).done, false);
      await log.close();
      for (const read of reads) await assertRejects(Promise.resolve(read.next()), "log_closed");
    },
  },
  {
    id: "lifecycle/close-waits",
    title: "finishes the appends under way before it closes",
    async run(harness) {
      const log = await harness.open();
      const settled: number[] = [];
      const appends = testEvents(1, 10).map(async (event, index) => {
        await log.append("a", [event], { expected: index === 0 ? "no_stream" : index - 1 });
        settled.push(index);
      });
      await log.close();
      await Promise.all(appends);
      assert.equal(settled.length, 10);
    },
  },
  {
    id: "lifecycle/reopen",
    title: "holds after reopening what was appended before",
    capability: "durable",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 5);
      const before = await collect(log.readAll());
      await log.close();
      const reopened = await reopen(harness, log);
      assert.deepEqual(await collect(reopened.readAll()), before);
      assert.equal((await reopened.append("a", testEvents(1, 5), { expected: "no_stream" })).duplicate, true);
      const { position } = await reopened.append("a", [testEvent(6)], { expected: 4 });
      assert.equal(reopened.compare(position, before.at(-1)?.position ?? ""), 1);
    },
  },
  {
    id: "lifecycle/beside",
    title: "shows each handle on the same log what the other one appended",
    capability: "multiProcess",
    async run(harness) {
      const log = await harness.open();
      const other = await openBeside(harness, log);
      await fill(log, "a", 2);
      assert.equal(await other.head("a"), 1);
      await assertRejects(other.append("a", [testEvent(3)], { expected: 0 }), "concurrency_conflict");
      if (harness.capabilities.uniqueIds === true) {
        await assertRejects(other.append("b", [testEvent(1)], { expected: "no_stream" }), "concurrency_conflict");
      }
      assert.equal((await other.append("a", testEvents(1, 2), { expected: "no_stream" })).duplicate, true);
      await other.append("a", [testEvent(3)], { expected: 1 });
      assert.deepEqual(await collectIds(log.readAll()), idsOf(1, 2, 3));
    },
  },
  {
    id: "lifecycle/beside-live",
    title: "delivers to a subscription what another handle appends",
    capability: "multiProcess",
    async run(harness) {
      const log = await harness.open();
      const other = await openBeside(harness, log);
      const subscription = log.subscribe()[Symbol.asyncIterator]();
      const first = await subscription.next();
      assert.deepEqual(first, { done: false, value: { type: "CaughtUp", position: undefined } });
      const waiting = subscription.next();
      await other.append("a", [testEvent(1)], { expected: "no_stream" });
      const second = await waiting;
      assert.ok(second.done !== true && !isCaughtUp(second.value));
      assert.equal(second.value.id, testEventId(1));
    },
  },
  {
    id: "lifecycle/beside-race",
    title: "lets one of two handles win each revision",
    capability: "multiProcess",
    async run(harness) {
      const log = await harness.open();
      const handles = [log, await openBeside(harness, log)];
      for (let revision = 0; revision < 20; revision += 1) {
        const expected = revision === 0 ? "no_stream" : revision - 1;
        const appends = handles.map(async (handle, index) =>
          handle.append("a", [testEvent(revision * 2 + index)], { expected }),
        );
        const outcomes = await Promise.allSettled(appends);
        assert.equal(outcomes.filter((outcome) => outcome.status === "fulfilled").length, 1);
      }
      assert.equal(await log.head("a"), 19);
    },
  },
];

async function reopen(harness: EventLogHarness, log: EventLog): Promise<EventLog> {
  assert.ok(harness.reopen !== undefined, "the harness declares 'durable' and has no reopen");
  return harness.reopen(log);
}

async function openBeside(harness: EventLogHarness, log: EventLog): Promise<EventLog> {
  assert.ok(harness.openBeside !== undefined, "the harness declares 'multiProcess' and has no openBeside");
  return harness.openBeside(log);
}
