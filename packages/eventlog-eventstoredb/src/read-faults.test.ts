import { isCaughtUp } from "@agentkit/core";
import type { EventStoreDBDouble } from "@agentkit/eventstoredb-double";
import { EventStoreDBClient, jsonEvent } from "@eventstore/db-client";
import * as fc from "fast-check";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { collect, fill, numbersOf, startLog, testEvent } from "./event-log-harness.test.support.ts";

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

/** What may happen to a subscription. */
const breakages: Readonly<Record<string, (double: EventStoreDBDouble) => unknown>> = {
  restart: async (double) => double.restart(),
  drop: (double) => double.dropConnections(),
  end: (double) => double.endSubscriptions(),
  dropInRead: (double) => {
    double.inject({ at: "read", how: "dropAfter", events: 3 });
    double.dropConnections();
  },
  dropInSubscription: (double) => {
    double.inject({ at: "subscribe", how: "dropAfter", events: 2 });
    double.endSubscriptions();
  },
  repeat: (double) => {
    double.inject({ at: "subscribe", how: "repeat" });
    double.endSubscriptions();
  },
};

describe("a read", () => {
  it.each(["forwards", "backwards"] as const)("goes on %s where a broken connection left it", async (direction) => {
    const { double, log } = await startLog();
    const events = numbers(500).map((n) => testEvent(n));
    await log.append("a", events, { expected: "no_stream" });
    const expected = direction === "forwards" ? numbers(500) : numbers(500).toReversed();
    for (const read of [log.readStream("a", { direction }), log.readAll({ direction })]) {
      // The first of them meets the read for the log's end.
      double.inject({ at: "read", how: "dropAfter", events: 0 });
      for (let times = 0; times < 4; times += 1) double.inject({ at: "read", how: "dropAfter", events: 90 });
      expect((await collect(read)).map((event) => event.data["n"])).toEqual(expected);
      double.clearFaults();
    }
  });

  it("takes as long as the server goes on answering, and is made again when it falls silent", async () => {
    const { double, log } = await startLog({ answerTimeoutMs: 150 });
    await fill(log, "a", 20);
    double.inject({ at: "read", how: "delay", ms: 15 });
    double.inject({ at: "read", how: "delay", ms: 15 });
    expect(await numbersOf(log, "a")).toEqual(numbers(20));
    double.inject({ at: "read", how: "hang", times: 2 });
    expect(await numbersOf(log, "a")).toEqual(numbers(20));
  });

  it("fails as unavailable after the limit, and works when the server is back", async () => {
    const { double, log } = await startLog({ giveUpAfterMs: 200 });
    await fill(log, "a", 1);
    await double.kill();
    await expect(log.head("a")).rejects.toMatchObject({ code: "log_unavailable", retryable: true });
    await double.restart();
    expect(await log.head("a")).toBe(0);
  });

  it("cancels its call when the reader leaves", async () => {
    const { double, log } = await startLog();
    await log.append(
      "a",
      numbers(900).map((n) => testEvent(n)),
      { expected: "no_stream" },
    );
    double.inject({ at: "read", how: "delay", ms: 0 });
    for await (const event of log.readAll()) if (event.revision === 3) break;
    expect(await log.head("a")).toBe(899);
  });

  it("leaves out what is the server's own, and what another application keeps under other names", async () => {
    const { double, log, open } = await startLog();
    const bare = EventStoreDBClient.connectionString(double.connectionString);
    onTestFinished(async () => bare.dispose());
    await fill(log, "a", 2);
    await bare.setStreamMetadata("a", { maxAge: 3_600 });
    await bare.appendToStream("a", jsonEvent({ type: "$>", data: "0@a" }));
    await bare.appendToStream("$ce-a", jsonEvent({ type: "$>", data: "0@a" }));
    await bare.appendToStream("other/app", jsonEvent({ type: "TestHappened", data: { n: 7 } }));
    expect((await collect(log.readAll())).map((event) => event.data["n"])).toEqual([0, 1]);
    expect((await collect(log.readStream("a", { limit: 9 }))).map((event) => event.revision)).toEqual([0, 1]);
    expect(await collect(open({ streamPrefix: "x-" }).readAll())).toEqual([]);
    // The link takes a revision: the next append has to be behind it.
    expect(await log.append("a", [testEvent(2)], { expected: (await log.head("a")) ?? 0 })).toMatchObject({
      revision: 3,
    });
  });

  it("reports an event that does not read back as corruption, with its place", async () => {
    const { double, log } = await startLog();
    await fill(log, "a", 1);
    const malformed = { type: "TestHappened", contentType: "application/json", data: Buffer.from("{") };
    double.store.append("a", 0, [{ id: crypto.randomUUID(), ...malformed, metadata: Buffer.from("{}") }]);
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const event of log.readStream("a")) seen.push(event.data["n"]);
    })();
    await expect(reading).rejects.toMatchObject({ code: "log_corrupt" });
    await expect(reading).rejects.toThrow("revision 1 of stream 'a'");
    expect(seen).toEqual([0]);
  });
});

describe("a payload over 512 KiB", () => {
  const text = "0123456789abcdef".repeat(100_000);

  it("is kept beside the event, once, and read back whole", async () => {
    const { double, log } = await startLog();
    for (const stream of ["a", "b"]) {
      await log.append(stream, [testEvent(0, { data: { text } })], { expected: "no_stream" });
    }
    const parts = double.store.all.filter((record) => record.stream.startsWith("/blob/"));
    expect(parts.map((part) => part.data.length)).toEqual([524_288, 524_288, 524_288, 27_147]);
    const read = await collect(log.readAll());
    expect(read.map((event) => event.data["text"] === text)).toEqual([true, true]);
  });

  it("moves out the largest payloads of an append that would be too large as a whole", async () => {
    const { double, log } = await startLog();
    const events = [300, 400, 500].map((kib, n) => testEvent(n, { data: { n, text: "x".repeat(kib * 1_024) } }));
    await log.append("a", events, { expected: "no_stream" });
    expect(double.store.all.filter((record) => record.stream.startsWith("/blob/"))).toHaveLength(1);
    expect(await numbersOf(log, "a")).toEqual([0, 1, 2]);
  });

  it("that is not there any more is corruption", async () => {
    const { double, log } = await startLog();
    await log.append("a", [testEvent(0, { data: { text } })], { expected: "no_stream" });
    const [part] = double.store.all;
    double.store.softDelete(part?.stream ?? "", "any");
    await expect(collect(log.readAll())).rejects.toMatchObject({ code: "log_corrupt" });
  });

  it("is refused where the rest of the append is too large without it", async () => {
    const { log } = await startLog();
    const events = numbers(3).map((n) => testEvent(n, { meta: { subjects: ["s".repeat(400_000)] } }));
    await expect(log.append("a", events, { expected: "no_stream" })).rejects.toMatchObject({ code: "event_invalid" });
  });
});

describe("a subscription", () => {
  it("delivers every event exactly once and in order while the server is restarted again and again", async () => {
    const { double, log, open } = await startLog();
    const total = 150;
    const seen: unknown[] = [];
    const reader = open();
    const reading = (async () => {
      for await (const message of reader.subscribe()) {
        if (!isCaughtUp(message)) seen.push(message.data["n"]);
        if (seen.length === total) return;
      }
    })();
    const restarting = (async () => {
      for (let times = 0; times < 6; times += 1) {
        await sleep(40);
        await double.restart();
      }
    })();
    await fill(log, "a", total);
    await Promise.all([reading, restarting]);
    expect(seen).toEqual(numbers(total));
  });

  it(
    "delivers every event exactly once and in order whatever breaks, wherever it breaks",
    { timeout: 60_000 },
    async () => {
      const ways = fc.constantFrom(...Object.values(breakages));
      const breaks = fc.array(fc.tuple(fc.nat(79), ways), { minLength: 3, maxLength: 12 });
      const runs = fc.asyncProperty(breaks, fc.array(fc.nat(79), { maxLength: 3 }), async (broken, left) => {
        const { double, log, open } = await startLog({ answerTimeoutMs: 200 });
        const events = numbers(80).map((n) => testEvent(n));
        const seen: unknown[] = [];
        const leaving = new Set(left);
        const reading = (async () => {
          let position: string | undefined;
          while (seen.length < 80) {
            for await (const message of open().subscribe(position === undefined ? {} : { after: position })) {
              position = message.position;
              if (isCaughtUp(message)) continue;
              seen.push(message.data["n"]);
              // In the middle of what one answer brought, as much as between two.
              const due = broken.filter(([at]) => at === message.data["n"]);
              for (const [, strike] of due) await strike(double);
              if (seen.length === 80 || leaving.delete(message.revision)) break;
            }
          }
        })();
        for (let first = 0; first < 80; first += 8) {
          await log.append("a", events.slice(first, first + 8), { expected: first === 0 ? "no_stream" : first - 1 });
        }
        await reading;
        expect(seen).toEqual(numbers(80));
      });
      const bounds = { numRuns: 15, seed: 3, interruptAfterTimeLimit: 40_000 };
      await expect(fc.assert(runs, bounds)).resolves.toBeUndefined();
    },
  );

  it("goes on when the server ends it without a word, where the client's loop is simply over", async () => {
    const { double, log } = await startLog();
    const bare = EventStoreDBClient.connectionString(double.connectionString);
    onTestFinished(async () => bare.dispose());
    const bareLoop = collect(bare.subscribeToAll());
    const subscription = log.subscribe()[Symbol.asyncIterator]();
    expect(await subscription.next()).toMatchObject({ value: { type: "CaughtUp", position: undefined } });
    for (let n = 0; n < 5; n += 1) {
      const next = subscription.next();
      // Long enough for the subscription to be there when it is ended.
      await sleep(30);
      double.endSubscriptions();
      await log.append("a", [testEvent(n)], { expected: n === 0 ? "no_stream" : n - 1 });
      expect(await next).toMatchObject({ value: { data: { n } } });
      expect(await subscription.next()).toMatchObject({ value: { type: "CaughtUp" } });
    }
    expect(await bareLoop).toEqual([]);
  });

  it("delivers once what the server delivers twice", async () => {
    const { double, log } = await startLog();
    double.inject({ at: "subscribe", how: "repeat", times: 9 });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const message of log.subscribe()) {
        if (!isCaughtUp(message)) seen.push(message.revision);
        if (seen.length === 20) return;
      }
    })();
    await fill(log, "a", 20);
    await reading;
    expect(seen).toEqual(numbers(20));
  });

  it("resumes after where it had caught up, past all that its filter left out", async () => {
    const { log, open } = await startLog();
    const filter = { types: ["Rare"] };
    await fill(log, "a", 100);
    let position: string | undefined;
    for await (const message of log.subscribe({ filter })) {
      expect(isCaughtUp(message)).toBe(true);
      position = message.position;
      break;
    }
    const [last] = await collect(log.readAll({ direction: "backwards", limit: 1 }));
    expect(position).toBe(last?.position);
    await log.append("a", [testEvent(100, { type: "Rare" })], { expected: 99 });
    for await (const message of open().subscribe({ filter, ...(position === undefined ? {} : { after: position }) })) {
      expect(message).toMatchObject({ type: "Rare", revision: 100 });
      break;
    }
  });

  it("tells nobody who has just come that it has caught up before it delivered what was acknowledged", async () => {
    const { double, log } = await startLog();
    double.inject({ at: "subscribe", how: "delay", ms: 150 });
    const first = log.subscribe()[Symbol.asyncIterator]();
    await first.next();
    const waiting = first.next();
    const { position } = await log.append("a", [testEvent(0)], { expected: "no_stream" });
    await waiting;
    // Now the log's own subscription has heard of the first event, and not of the second.
    await sleep(300);
    await log.append("a", [testEvent(1)], { expected: 0 });
    const second = log.subscribe({ after: position })[Symbol.asyncIterator]();
    expect(await second.next()).toMatchObject({ value: { data: { n: 1 } } });
  });

  it("finds what was appended while the log's own subscription was down", async () => {
    const { double, log } = await startLog();
    const subscription = log.subscribe({ filter: { types: ["Wanted"] } })[Symbol.asyncIterator]();
    await subscription.next();
    const passed = subscription.next();
    await log.append("a", [testEvent(0)], { expected: "no_stream" });
    expect(await passed).toMatchObject({ value: { type: "CaughtUp" } });
    const next = subscription.next();
    double.inject({ at: "subscribe", how: "refuse", times: 3 });
    double.endSubscriptions();
    await log.append("a", [testEvent(1, { type: "Wanted" })], { expected: 0 });
    await sleep(300);
    await log.append("a", [testEvent(2)], { expected: 1 });
    expect(await next).toMatchObject({ value: { revision: 1 } });
  });

  it("moves its position when nothing passes its filter", async () => {
    const { log } = await startLog();
    const subscription = log.subscribe({ filter: { types: [] } })[Symbol.asyncIterator]();
    expect(await subscription.next()).toMatchObject({ value: { position: undefined } });
    const next = subscription.next();
    const { position } = await log.append("a", [testEvent(0)], { expected: "no_stream" });
    expect(await next).toEqual({ done: false, value: { type: "CaughtUp", position } });
  });

  it("does not read for what its filter leaves out", async () => {
    const { double, log } = await startLog();
    await fill(log, "a", 1);
    const subscription = log.subscribe({ filter: { streamPrefix: "b" } })[Symbol.asyncIterator]();
    expect(await subscription.next()).toMatchObject({ value: { type: "CaughtUp" } });
    for (let n = 1; n < 9; n += 1) {
      // The first may be before the watch has begun; the second is the one that what follows is told from.
      if (n === 3) double.inject({ at: "read", how: "deny", times: 1_000 });
      const next = subscription.next();
      const { position } = await log.append("a", [testEvent(n)], { expected: n - 1 });
      expect(await next).toEqual({ done: false, value: { type: "CaughtUp", position } });
    }
    double.clearFaults();
    const wanted = subscription.next();
    await log.append("b", [testEvent(9)], { expected: "no_stream" });
    expect(await wanted).toMatchObject({ value: { stream: "b", revision: 0 } });
  });

  it("throws what lasts: the user is refused", async () => {
    const { double, log } = await startLog();
    double.inject({ at: "read", how: "deny" });
    await expect(collect(log.subscribe())).rejects.toMatchObject({ code: "log_unavailable", retryable: false });
  });
});
