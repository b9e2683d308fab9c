import assert from "node:assert/strict";
import { type CaughtUp, type EventLog, isCaughtUp } from "../event-log/event-log.ts";
import type { StoredEvent } from "../events/envelope.ts";
import { assertRejects, collect, type EventLogCase, fill, testEvent, testEventId } from "./event-log-contract-case.ts";

/** How subscriptions follow the log. */
export const subscribeCases: readonly EventLogCase[] = [
  {
    id: "subscribe/empty",
    title: "tells at once that it has caught up with an empty log",
    async run(harness) {
      const log = await harness.open();
      const subscription = follow(log.subscribe());
      assert.deepEqual(await subscription.next(), { type: "CaughtUp", position: undefined });
      await log.append("a", [testEvent(1)], { expected: "no_stream" });
      assert.deepEqual(await subscription.untilCaughtUp(), [testEventId(1)]);
    },
  },
  {
    id: "subscribe/live",
    title: "delivers what is there, then what is appended, and tells each time that it has caught up",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 2);
      const subscription = follow(log.subscribe());
      assert.deepEqual(await subscription.untilCaughtUp(), [1, 2].map(testEventId));
      const { position } = await log.append("a", [testEvent(3), testEvent(4)], { expected: 1 });
      assert.deepEqual(await subscription.untilCaughtUp(), [3, 4].map(testEventId));
      assert.equal(subscription.caughtUpAt(), position);
      const waiting = subscription.untilCaughtUp();
      await log.append("b", [testEvent(5)], { expected: "no_stream" });
      assert.deepEqual(await waiting, [testEventId(5)]);
    },
  },
  {
    id: "subscribe/after",
    title: "starts after the given position",
    async run(harness) {
      const log = await harness.open();
      const { position } = await log.append("a", [testEvent(1), testEvent(2)], { expected: "no_stream" });
      await log.append("a", [testEvent(3)], { expected: 1 });
      assert.deepEqual(await follow(log.subscribe({ after: position })).untilCaughtUp(), [testEventId(3)]);
      const last = (await collect(log.readAll({ direction: "backwards", limit: 1 })))[0]?.position;
      assert.ok(last !== undefined);
      assert.deepEqual(await follow(log.subscribe({ after: last })).next(), { type: "CaughtUp", position: last });
    },
  },
  {
    id: "subscribe/filter",
    title: "delivers only what passes the filter, and moves its position past the rest",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 2);
      const subscription = follow(log.subscribe({ filter: { types: ["Wanted"], streamPrefix: "a" } }));
      assert.deepEqual(await subscription.untilCaughtUp(), []);
      const head = (await collect(log.readAll({ direction: "backwards", limit: 1 })))[0]?.position;
      assert.equal(subscription.caughtUpAt(), head);
      const waiting = subscription.nextEvent();
      await log.append("a", [testEvent(3)], { expected: 1 });
      await log.append("b", [testEvent(4, { type: "Wanted" })], { expected: "no_stream" });
      await log.append("a", [testEvent(5, { type: "Wanted" })], { expected: 2 });
      assert.equal((await waiting).id, testEventId(5));
    },
  },
  {
    id: "subscribe/slow",
    title: "loses nothing and repeats nothing for a consumer slower than the appends",
    async run(harness) {
      const log = await harness.open();
      const subscription = follow(log.subscribe());
      await subscription.untilCaughtUp();
      await fill(log, "a", 1_000);
      const seen = [(await subscription.nextEvent()).revision];
      for (let n = 1_001; n <= 1_200; n += 1) {
        await log.append("a", [testEvent(n)], { expected: n - 2 });
        seen.push((await subscription.nextEvent()).revision);
      }
      while (seen.length < 1_200) seen.push((await subscription.nextEvent()).revision);
      assert.deepEqual(
        seen,
        Array.from({ length: 1_200 }, (_, revision) => revision),
      );
    },
  },
  {
    id: "subscribe/several",
    title: "serves several subscriptions, each at its own pace",
    async run(harness) {
      const log = await harness.open();
      const [first, second] = [follow(log.subscribe()), follow(log.subscribe())];
      const waiting = [first.nextEvent(), second.nextEvent()];
      await fill(log, "a", 2);
      assert.deepEqual(
        (await Promise.all(waiting)).map((event) => event.revision),
        [0, 0],
      );
      assert.equal((await second.nextEvent()).revision, 1);
      assert.equal((await first.nextEvent()).revision, 1);
    },
  },
  {
    id: "subscribe/abort",
    title: "throws aborted when the signal fires before it starts or while it waits",
    async run(harness) {
      const log = await harness.open();
      await assertRejects(collect(log.subscribe({ signal: AbortSignal.abort() })), "aborted");
      const controller = new AbortController();
      const subscription = follow(log.subscribe({ signal: controller.signal }));
      await subscription.untilCaughtUp();
      const waiting = assertRejects(subscription.next(), "aborted");
      controller.abort();
      await waiting;
    },
  },
  {
    id: "subscribe/close",
    title: "throws log_closed when the log is closed while it waits",
    async run(harness) {
      const log = await harness.open();
      const subscription = follow(log.subscribe());
      await subscription.untilCaughtUp();
      const waiting = assertRejects(subscription.next(), "log_closed");
      await log.close();
      await waiting;
    },
  },
  {
    id: "subscribe/leave",
    title: "lets a consumer leave the loop",
    async run(harness) {
      const log = await harness.open();
      await fill(log, "a", 3);
      for await (const message of log.subscribe()) {
        if (isCaughtUp(message)) break;
      }
      await log.append("a", [testEvent(4)], { expected: 2 });
    },
  },
];

interface Subscription {
  next(): Promise<StoredEvent | CaughtUp>;
  /** The next event, past any CaughtUp. */
  nextEvent(): Promise<StoredEvent>;
  /** The ids of the events up to the next CaughtUp. */
  untilCaughtUp(): Promise<string[]>;
  /** Where the last CaughtUp stood. */
  caughtUpAt(): string | undefined;
}

function follow(source: ReturnType<EventLog["subscribe"]>): Subscription {
  const iterator = source[Symbol.asyncIterator]();
  let position: string | undefined;
  const next = async (): Promise<StoredEvent | CaughtUp> => {
    const result = await iterator.next();
    assert.ok(result.done !== true, "the subscription ended silently");
    if (isCaughtUp(result.value)) position = result.value.position;
    return result.value;
  };
  return {
    next,
    caughtUpAt: () => position,
    async nextEvent() {
      for (;;) {
        const message = await next();
        if (!isCaughtUp(message)) return message;
      }
    },
    async untilCaughtUp() {
      const ids: string[] = [];
      for (;;) {
        const message = await next();
        if (isCaughtUp(message)) return ids;
        ids.push(message.id);
      }
    },
  };
}
