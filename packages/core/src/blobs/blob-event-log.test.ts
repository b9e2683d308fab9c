import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventLog } from "../event-log/event-log.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import { contentHash } from "../json/content-hash.ts";
import type { JsonObject } from "../json/json.ts";
import { parseJsonObject } from "../json/parse-json.ts";
import { runContract } from "../testing/contract.ts";
import { eventLogContract } from "../testing/event-log-contract.ts";
import { collect, testEvent } from "../testing/event-log-contract-case.ts";
import { fixedClock } from "../testing/fixed-clock.ts";
import { type BlobEventLog, withBlobs } from "./blob-event-log.ts";
import type { BlobStore } from "./blob-store.ts";
import { createInMemoryBlobStore } from "./in-memory-blob-store.ts";

const opened: EventLog[] = [];

/** Every event becomes a blob, so that the contract sees nothing else. */
const always = { maxEventBytes: 0 };

runContract(
  eventLogContract,
  {
    capabilities: {
      durable: { reason: "its blobs are kept in a store that is not durable" },
      multiProcess: { reason: "it lives in the memory of one process" },
      uniqueIds: true,
      erasesAtOnce: { reason: "the blobs of deleted events stay until they are collected" },
    },
    async open() {
      const log = withBlobs(createInMemoryEventLog(), createInMemoryBlobStore(), always);
      opened.push(log);
      return log;
    },
    async cleanUp() {
      await Promise.all(opened.splice(0).map(async (log) => log.close()));
    },
  },
  { describe, it },
);

interface Setup {
  readonly log: BlobEventLog;
  readonly stored: EventLog;
  readonly blobs: BlobStore;
  readonly clock: ReturnType<typeof fixedClock>;
}

function setUp(maxEventBytes: number): Setup {
  const clock = fixedClock();
  const stored = createInMemoryEventLog();
  const blobs = createInMemoryBlobStore({ clock });
  return { log: withBlobs(stored, blobs, { maxEventBytes }), stored, blobs, clock };
}

async function dataOf(log: EventLog): Promise<readonly JsonObject[]> {
  return (await collect(log.readAll())).map(({ data }) => data);
}

describe("withBlobs", () => {
  it("keeps data over the limit as a blob, and other data in the event", async () => {
    const { log, stored, blobs } = setUp(100);
    const [small, large] = [{ text: "é".repeat(44) }, { text: "é".repeat(45) }];
    await log.append("a", [testEvent(1, { data: small }), testEvent(2, { data: large })], { expected: "no_stream" });
    expect(await dataOf(log)).toEqual([small, large]);
    const [first, second] = await dataOf(stored);
    expect(first).toEqual(small);
    const hash = contentHash(JSON.stringify(large));
    expect(second).toEqual({ $blob: { hash, bytes: 101 } });
    expect(await collect(blobs.list())).toMatchObject([{ hash, size: 101 }]);
  });

  it("gives any data back as it was appended, references and what looks like them too", async () => {
    const reference = fc.record({ hash: fc.constant(`sha256:${"a".repeat(64)}`), bytes: fc.nat() });
    const data = fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.record({ $blob: fc.oneof(reference, fc.jsonValue()) }),
    );
    const property = fc.asyncProperty(data, fc.nat(60), async (value, limit) => {
      const { log } = setUp(limit);
      const given = parseJsonObject(JSON.stringify(value));
      await log.append("a", [testEvent(1, { data: given })], { expected: "no_stream" });
      expect(JSON.stringify(await dataOf(log))).toBe(JSON.stringify([given]));
    });
    await fc.assert(property, { numRuns: 300, seed: 1 });
  });

  it("keeps appends in the order of their calls, large and small", async () => {
    const { log } = setUp(20);
    const appends = Array.from({ length: 30 }, async (_, index) => {
      const data = { text: index % 3 === 0 ? "x".repeat(50) : "" };
      return log.append("a", [testEvent(index, { data })], { expected: index === 0 ? "no_stream" : index - 1 });
    });
    await expect(Promise.all(appends)).resolves.toHaveLength(30);
  });

  it("appends nothing when a blob cannot be put, and goes on with the next append", async () => {
    const blobs = createInMemoryBlobStore();
    const stored = createInMemoryEventLog();
    const log = withBlobs(stored, blobs, always);
    await blobs.close();
    const failing = log.append("a", [testEvent(1)], { expected: "no_stream" });
    await expect(failing).rejects.toMatchObject({ code: "store_closed" });
    expect(await dataOf(stored)).toEqual([]);
    const small = withBlobs(stored, blobs, { maxEventBytes: 1_000 });
    await expect(small.append("a", [testEvent(1)], { expected: "no_stream" })).resolves.toMatchObject({ revision: 0 });
  });

  it("says which event's blob is missing", async () => {
    const { log, blobs } = setUp(0);
    await log.append("a", [testEvent(1)], { expected: "no_stream" });
    for await (const { hash } of blobs.list()) await blobs.delete(hash, Number.MAX_SAFE_INTEGER);
    await expect(dataOf(log)).rejects.toMatchObject({ code: "blob_not_found" });
    await expect(dataOf(log)).rejects.toThrow("a@0");
  });
});

describe("collect", () => {
  it("deletes only what no event refers to and is older than the grace time", async () => {
    const { log, blobs, clock } = setUp(0);
    await log.append("a", [testEvent(1)], { expected: "no_stream" });
    await blobs.put(new Uint8Array(7));
    clock.advance(60_000);
    const young = await blobs.put(new Uint8Array(9));
    const named = await blobs.put(new Uint8Array(11));
    await log.append("b", [testEvent(2, { data: { note: `see ${named}` } })], { expected: "no_stream" });
    const collected = { kept: 4, deleted: 1, deletedBytes: 7 };
    expect(await log.collect({ graceMs: 30_000, clock, dryRun: true })).toEqual(collected);
    expect(await log.collect({ graceMs: 30_000, clock })).toEqual(collected);
    expect(await blobs.has(young)).toBe(true);
    clock.advance(60_000);
    expect(await log.collect({ graceMs: 30_000, clock })).toEqual({ kept: 2, deleted: 2, deletedBytes: 20 });
    expect(await dataOf(log)).toHaveLength(2);
  });

  it("never loses a blob whose event is appended while it collects", async () => {
    const { log, clock } = setUp(0);
    for (let n = 0; n < 30; n += 1) {
      const event = testEvent(n, { data: { text: `text ${n % 5}` } });
      const append = log.append("a", [event], { expected: n === 0 ? "no_stream" : n - 1 });
      await Promise.all([append, log.collect({ graceMs: 1_000, clock })]);
      clock.advance(10_000);
    }
    expect(await dataOf(log)).toHaveLength(30);
  });
});
