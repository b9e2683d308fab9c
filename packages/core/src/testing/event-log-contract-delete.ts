import assert from "node:assert/strict";
import { type EventLog, isCaughtUp } from "../event-log/event-log.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
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

/** What a deleted stream is to those who ask for it, and to everybody else. */
export const deleteCases: readonly EventLogCase[] = [
  {
    id: "delete/gone",
    title: "answers stream_deleted to every call about a deleted stream",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 3);
      await log.deleteStream("a", { expected: 2 });
      await assertGone(log, "a", 3);
    },
  },
  {
    id: "delete/expected",
    title: "rejects a deletion at another revision and changes nothing",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 3);
      await assertRejects(log.deleteStream("a", { expected: 1 }), "concurrency_conflict");
      await assertRejects(log.deleteStream("a", { expected: 3 }), "concurrency_conflict");
      await assertHolds(log, "a", [1, 2, 3]);
      assert.equal((await log.append("a", [testEvent(4)], { expected: 2 })).revision, 3);
    },
  },
  {
    id: "delete/missing",
    title: "rejects the deletion of a stream that never was, which may begin afterwards",
    async run(harness) {
      const log = await harness.open();
      await assertRejects(log.deleteStream("a", { expected: 0 }), "stream_not_found");
      await fill(log, "a", 1);
      await assertHolds(log, "a", [1]);
    },
  },
  {
    id: "delete/repeat",
    title: "succeeds again on a deleted stream, at whatever revision",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 2);
      for (const expected of [1, 1, 0, 7]) await log.deleteStream("a", { expected });
      await assertGone(log, "a", 2);
    },
  },
  {
    id: "delete/input",
    title: "rejects a bad name and a revision that is none",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 1);
      await assertRejects(log.deleteStream("a b", { expected: 0 }), "stream_name_invalid");
      for (const expected of [-1, 0.5, Number.NaN]) {
        await assertRejects(log.deleteStream("a", { expected }), "input_invalid");
      }
      await assertHolds(log, "a", [1]);
    },
  },
  {
    id: "delete/others",
    title: "leaves every other event where it stands",
    async run(harness) {
      const log = await harness.open();
      await log.append("a", testEvents(1, 2), { expected: "no_stream" });
      await log.append("b", [testEvent(3)], { expected: "no_stream" });
      const { position: deleted } = await log.append("a", [testEvent(4)], { expected: 1 });
      await log.append("b", [testEvent(5)], { expected: 0 });
      const before = await collect(log.readStream("b"));
      await log.deleteStream("a", { expected: 2 });
      assert.deepEqual(await collect(log.readStream("b")), before);
      assert.deepEqual(await collect(log.readAll({ filter: { streamPrefix: "b" } })), before);
      assert.deepEqual(await collectIds(log.readAll({ after: deleted })), idsOf(5));
      const { position } = await log.append("b", [testEvent(6)], { expected: 1 });
      assert.equal(log.compare(position, before.at(-1)?.position ?? ""), 1);
      assert.deepEqual(await collectIds(log.readAll({ after: deleted })), idsOf(5, 6));
    },
  },
  {
    id: "delete/last",
    title: "keeps the position of a deleted last event, and gives it to nobody again",
    async run(harness) {
      const log = await harness.open();
      await log.append("b", [testEvent(1)], { expected: "no_stream" });
      const { position: deleted } = await log.append("a", [testEvent(2)], { expected: "no_stream" });
      await log.deleteStream("a", { expected: 0 });
      const subscription = log.subscribe({ after: deleted })[Symbol.asyncIterator]();
      const first = await subscription.next();
      assert.ok(first.done !== true && isCaughtUp(first.value) && first.value.position !== undefined);
      assert.notEqual(log.compare(first.value.position, deleted), -1);
      const { position } = await log.append("b", [testEvent(3)], { expected: 0 });
      assert.equal(log.compare(position, deleted), 1);
      assert.deepEqual(await collectIds(log.readAll({ after: deleted })), idsOf(3));
    },
  },
  {
    id: "delete/ids",
    title: "lets the ids of deleted events stand elsewhere",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 2);
      await log.deleteStream("a", { expected: 1 });
      assert.equal((await log.append("b", testEvents(1, 2), { expected: "no_stream" })).duplicate, false);
    },
  },
  {
    id: "delete/erased",
    title: "delivers nothing of a deleted stream any more",
    capability: "erasesAtOnce",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 3);
      await log.append("b", [testEvent(4)], { expected: "no_stream" });
      await log.deleteStream("a", { expected: 2 });
      assert.deepEqual(await collectIds(log.readAll()), idsOf(4));
      assert.deepEqual(await collectIds(log.readAll({ direction: "backwards" })), idsOf(4));
      const seen: string[] = [];
      for await (const message of log.subscribe()) {
        if (isCaughtUp(message)) break;
        seen.push(message.id);
      }
      assert.deepEqual(seen, idsOf(4));
    },
  },
  {
    id: "delete/under-way",
    title: "ends no read of the stream early: it is whole, or it throws stream_deleted",
    async run(harness) {
      for (const direction of ["forwards", "backwards"] as const) {
        const log = await harness.open();
        await fill(log, "a", 700);
        const ids: string[] = [];
        const reading = (async () => {
          for await (const event of log.readStream("a", { direction })) {
            if (ids.push(event.id) === 3) await log.deleteStream("a", { expected: 699 });
          }
        })();
        const outcome = await reading.catch((error: unknown) => (AgentKitError.is(error) ? error.code : error));
        if (outcome === undefined) assert.equal(ids.length, 700);
        else assert.equal(outcome, "stream_deleted");
      }
    },
  },
  {
    id: "delete/subscription",
    title: "takes nothing else from a subscription that is under way",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 300);
      await log.append("b", testEvents(301, 302), { expected: "no_stream" });
      const seen: string[] = [];
      for await (const message of log.subscribe()) {
        if (isCaughtUp(message) || message.stream === "a") {
          if (seen.length === 0 && !isCaughtUp(message)) await log.deleteStream("a", { expected: 299 });
          continue;
        }
        seen.push(message.id);
        if (seen.length === 2) await log.append("b", [testEvent(303)], { expected: 1 });
        if (seen.length === 3) break;
      }
      assert.deepEqual(seen, [301, 302, 303].map(testEventId));
    },
  },
  {
    id: "delete/race",
    title: "lets one of an append and a deletion at the same revision win",
    async run(harness) {
      const log = await harness.open();
      for (let round = 0; round < 10; round += 1) {
        const stream = `s-${round}`;
        const [first, second] = [testEvent(round * 2), testEvent(round * 2 + 1)];
        await log.append(stream, [first], { expected: "no_stream" });
        const outcomes = await Promise.all(
          [log.append(stream, [second], { expected: 0 }), log.deleteStream(stream, { expected: 0 })].map(
            async (change) =>
              change.then(
                () => "won",
                (error: unknown) => (AgentKitError.is(error) ? error.code : error),
              ),
          ),
        );
        const deleted = outcomes[1] === "won";
        assert.deepEqual(outcomes, deleted ? ["stream_deleted", "won"] : ["won", "concurrency_conflict"]);
      }
    },
  },
  {
    id: "delete/reopen",
    title: "holds after reopening that a stream was deleted",
    capability: "durable",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 2);
      await log.append("b", [testEvent(3)], { expected: "no_stream" });
      await log.deleteStream("a", { expected: 1 });
      await log.close();
      assert.ok(harness.reopen !== undefined, "the harness declares 'durable' and has no reopen");
      const reopened = await harness.reopen(log);
      await assertGone(reopened, "a", 2);
      assert.deepEqual(await collectIds(reopened.readStream("b")), idsOf(3));
    },
  },
  {
    id: "delete/beside",
    title: "shows each handle on the same log what the other one deleted",
    capability: "multiProcess",
    async run(harness) {
      const log = await harness.open();
      assert.ok(harness.openBeside !== undefined, "the harness declares 'multiProcess' and has no openBeside");
      const other = await harness.openBeside(log);
      await fill(log, "a", 2);
      assert.equal(await other.head("a"), 1);
      await log.deleteStream("a", { expected: 1 });
      await assertGone(other, "a", 2);
    },
  },
];

/** Asserts that a stream that had so many test events is deleted. */
async function assertGone(log: EventLog, stream: string, count: number): Promise<void> {
  await assertRejects(log.head(stream), "stream_deleted");
  for (const direction of ["forwards", "backwards"] as const) {
    await assertRejects(collect(log.readStream(stream, { direction })), "stream_deleted");
    await assertRejects(collect(log.readStream(stream, { direction, from: count, limit: 1 })), "stream_deleted");
  }
  const [first, next] = [testEvents(1, count), [testEvent(count + 1)]];
  await assertRejects(log.append(stream, first, { expected: "no_stream" }), "stream_deleted");
  await assertRejects(log.append(stream, next, { expected: "no_stream" }), "stream_deleted");
  await assertRejects(log.append(stream, next, { expected: count - 1 }), "stream_deleted");
  await assertRejects(log.append(stream, next, { expected: count }), "stream_deleted");
}
