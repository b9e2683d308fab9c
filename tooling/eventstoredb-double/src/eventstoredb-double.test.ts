import { EventStoreDBClient, jsonEvent } from "@eventstore/db-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { type EventStoreDBDouble, startEventStoreDBDouble } from "./start-eventstoredb-double.ts";

async function start(): Promise<{ double: EventStoreDBDouble; client: EventStoreDBClient }> {
  const double = await startEventStoreDBDouble();
  const client = EventStoreDBClient.connectionString(double.connectionString);
  onTestFinished(async () => {
    await client.dispose();
    await double.close();
  });
  return { double, client };
}

function event(n: number, type = "TestHappened") {
  return jsonEvent({ id: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`, type, data: { n } });
}

async function numbers(source: AsyncIterable<{ event?: { data: unknown } }>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const resolved of source) {
    const data = resolved.event?.data;
    if (typeof data === "object" && data !== null && "n" in data) found.push(data.n);
  }
  return found;
}

// Credentials of a call make the client use `Append` in place of `BatchAppend`.
const ways = [
  ["BatchAppend", {}],
  ["Append", { credentials: { username: "admin", password: "changeit" } }],
] as const;

describe.each(ways)("an append by %s", (_way, options) => {
  it("repeats at the same place with the original position", async () => {
    const { client } = await start();
    const first = await client.appendToStream("a", [event(1), event(2)], { expectedRevision: "no_stream", ...options });
    await client.appendToStream("a", [event(3)], { expectedRevision: 1n, ...options });
    const again = await client.appendToStream("a", [event(1), event(2)], { expectedRevision: "no_stream", ...options });
    expect(again).toEqual(first);
    expect(await numbers(client.readStream("a"))).toEqual([1, 2, 3]);
  });

  it("conflicts with the stream's revision in the details", async () => {
    const { client } = await start();
    await client.appendToStream("a", [event(1)], { expectedRevision: "no_stream", ...options });
    const stale = client.appendToStream("a", [event(2)], { expectedRevision: "no_stream", ...options });
    await expect(stale).rejects.toMatchObject({ type: "wrong-expected-version", actualVersion: 0n });
    const missing = client.appendToStream("b", [event(2)], { expectedRevision: 4n, ...options });
    await expect(missing).rejects.toMatchObject({ actualVersion: "no_stream", expectedVersion: 4n });
  });

  it("is refused over 1 MiB, and to a stream with a tombstone", async () => {
    const { client } = await start();
    const large = jsonEvent({ type: "Large", data: { text: "x".repeat(1_048_576) } });
    await expect(client.appendToStream("a", large, options)).rejects.toMatchObject({ maxAppendSize: 1_048_576 });
    await client.appendToStream("a", [event(1)], options);
    await client.tombstoneStream("a");
    await expect(client.appendToStream("a", [event(2)], options)).rejects.toMatchObject({ type: "stream-deleted" });
    await expect(numbers(client.readStream("a"))).rejects.toMatchObject({ type: "stream-deleted" });
  });
});

describe("reads", () => {
  it("reads streams and $all in both directions", async () => {
    const { client } = await start();
    const { position } = await client.appendToStream("a", [event(1), event(2), event(3)]);
    expect(await numbers(client.readStream("a", { fromRevision: 1n, maxCount: 1 }))).toEqual([2]);
    expect(await numbers(client.readStream("a", { direction: "backwards", fromRevision: 1n }))).toEqual([2, 1]);
    expect(await numbers(client.readAll())).toEqual([1, 2, 3]);
    expect(await numbers(client.readAll({ direction: "backwards", fromPosition: "end", maxCount: 2 }))).toEqual([3, 2]);
    expect(await numbers(client.readAll({ fromPosition: position ?? "start" }))).toEqual([3]);
    await expect(numbers(client.readStream("b"))).rejects.toMatchObject({ type: "stream-not-found" });
  });

  it("hides a soft-deleted stream, and reopens it at its next number", async () => {
    const { client } = await start();
    await client.appendToStream("a", [event(1), event(2)]);
    await client.deleteStream("a");
    await expect(numbers(client.readStream("a"))).rejects.toMatchObject({ type: "stream-not-found" });
    const { nextExpectedRevision } = await client.appendToStream("a", [event(3)], { expectedRevision: "no_stream" });
    expect(nextExpectedRevision).toBe(2n);
    expect(await numbers(client.readStream("a"))).toEqual([3]);
  });

  it("keeps stream metadata in a stream", async () => {
    const { client } = await start();
    await client.setStreamMetadata("a", { maxAge: 60 });
    expect((await client.getStreamMetadata("a")).metadata).toEqual({ maxAge: 60 });
  });
});

describe("subscriptions", () => {
  it("filters by prefix and by expression, and tells how far it is", async () => {
    const { client } = await start();
    const events = Array.from({ length: 9 }, (_, n) => event(n, n % 4 === 0 ? "Wanted" : "Other"));
    await client.appendToStream("a", events);
    for (const pattern of [{ prefixes: ["Wan"] }, { regex: "^W.*d$" }]) {
      const checkpoints: bigint[] = [];
      const filter = {
        filterOn: "eventType" as const,
        ...pattern,
        maxSearchWindow: 2,
        checkpointInterval: 2,
        checkpointReached: (_: unknown, { commit }: { commit: bigint }) => void checkpoints.push(commit),
      };
      const subscription = client.subscribeToAll({ filter });
      const caughtUp = new Promise((resolve) => subscription.once("caughtUp", resolve));
      const seen: unknown[] = [];
      subscription.on("data", ({ event: recorded }) => seen.push(recorded?.revision));
      await caughtUp;
      expect(seen).toEqual([0n, 4n, 8n]);
      expect(checkpoints).toHaveLength(2);
      await subscription.unsubscribe();
    }
  });

  it("goes on with what is appended later, after a revision of one stream", async () => {
    const { client } = await start();
    await client.appendToStream("a", [event(1), event(2)]);
    const subscription = client.subscribeToStream("a", { fromRevision: 0n });
    const seen: unknown[] = [];
    for await (const { event: recorded } of subscription) {
      seen.push(recorded?.revision);
      if (seen.length === 1) await client.appendToStream("b", [event(3)]);
      if (seen.length === 1) await client.appendToStream("a", [event(4)]);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([1n, 2n]);
    await subscription.unsubscribe();
  });
});

describe("the server", () => {
  it("keeps what it holds when it is killed and started again on its port", async () => {
    const { client, double } = await start();
    await client.appendToStream("a", [event(1)]);
    await double.kill();
    await expect(numbers(client.readStream("a"))).rejects.toMatchObject({ type: "unavailable" });
    await double.restart();
    await expect.poll(async () => numbers(client.readStream("a")).catch(() => [])).toEqual([1]);
  });

  it("is found by gossip", async () => {
    const { double } = await start();
    const hosts = `127.0.0.1:${double.port},127.0.0.1:${double.port}`;
    const client = EventStoreDBClient.connectionString(`esdb://${hosts}?tls=false`);
    onTestFinished(async () => client.dispose());
    await client.appendToStream("a", [event(1)]);
    expect(await numbers(client.readStream("a"))).toEqual([1]);
  });
});
