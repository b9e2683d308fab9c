import type { AppendResult } from "@agentkit/core";
import { startEventStoreDBDouble } from "@agentkit/eventstoredb-double";
import { EventStoreDBClient, jsonEvent, UnavailableError } from "@eventstore/db-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { createEventStoreDBEventLog } from "./eventstoredb-event-log.ts";
import { collect, fill, numbersOf, startLog, testEvent } from "./event-log-harness.test.support.ts";

/** The client as it comes, to show what the log has to do. */
function bareClient(connectionString: string): EventStoreDBClient {
  const client = EventStoreDBClient.connectionString(connectionString);
  onTestFinished(async () => client.dispose());
  return client;
}

describe("an append whose answer is lost", () => {
  it("is written once when the connection breaks between commit and answer", async () => {
    const { double, log } = await startLog();
    await fill(log, "a", 2);
    double.inject({ at: "append", how: "dropAfterCommit", times: 2 });
    const result = await log.append("a", [testEvent(2), testEvent(3)], { expected: 1 });
    const [last] = await collect(log.readStream("a", { direction: "backwards", limit: 1 }));
    expect(result).toEqual({ revision: 3, position: last?.position, duplicate: false });
    expect(await numbersOf(log, "a")).toEqual([0, 1, 2, 3]);
  });

  it("is written once when the connection breaks before the commit", async () => {
    const { double, log } = await startLog();
    double.inject({ at: "append", how: "drop", times: 3 });
    await fill(log, "a", 2);
    expect(await numbersOf(log, "a")).toEqual([0, 1]);
  });

  it("is written once when the server is killed at the commit and comes back", async () => {
    const { double, log } = await startLog();
    double.inject({ at: "append", how: "dropAfterCommit" });
    const appending = log.append("a", [testEvent(0)], { expected: "no_stream" });
    await expect.poll(() => double.store.all.length).toBe(1);
    await double.kill();
    await double.restart();
    expect(await appending).toMatchObject({ revision: 0, duplicate: false });
    expect(await numbersOf(log, "a")).toEqual([0]);
  });

  it("is sent again when no answer comes, for which the client has no deadline", async () => {
    const { double, log } = await startLog({ answerTimeoutMs: 100 });
    double.inject({ at: "append", how: "hang" });
    expect(await log.append("a", [testEvent(0)], { expected: "no_stream" })).toMatchObject({ revision: 0 });

    double.inject({ at: "append", how: "hang" });
    const bare = bareClient(double.connectionString);
    const appending = bare.appendToStream("b", jsonEvent({ type: "T", data: {} }), { deadline: 50 });
    const outcome = await Promise.race([appending, new Promise((resolve) => setTimeout(resolve, 300, "no answer"))]);
    expect(outcome).toBe("no answer");
  });

  it("keeps appends in order that were under way when everything broke", async () => {
    const { double, log } = await startLog();
    await log.append("a", [testEvent(0)], { expected: "no_stream" });
    double.inject({ at: "append", how: "delay", ms: 5, times: 20 });
    double.inject({ at: "append", how: "dropAfterCommit" });
    const appends = Array.from({ length: 60 }, async (_, n) => log.append("a", [testEvent(n + 1)], { expected: n }));
    await expect.poll(() => double.store.all.length).toBeGreaterThan(5);
    await double.restart();
    const results = await Promise.all(appends);
    expect(results.map(({ revision, duplicate }) => [revision, duplicate])).toEqual(
      Array.from({ length: 60 }, (_, n) => [n + 1, false]),
    );
    expect(await numbersOf(log, "a")).toEqual(Array.from({ length: 61 }, (_, n) => n));
  });

  it("fails as unavailable and retryable after the limit, and is recognised when it is made again", async () => {
    const { double, log } = await startLog({ giveUpAfterMs: 300 });
    double.inject({ at: "append", how: "dropAfterCommit", times: 1_000 });
    const appending = log.append("a", [testEvent(0)], { expected: "no_stream" });
    await expect(appending).rejects.toMatchObject({ code: "log_unavailable", retryable: true });
    double.clearFaults();
    const again = await log.append("a", [testEvent(0)], { expected: "no_stream" });
    expect(again).toMatchObject({ revision: 0, duplicate: true });
  });
});

describe("an append", () => {
  it("settles once when its answer comes twice", async () => {
    const { double, log } = await startLog();
    double.inject({ at: "append", how: "repeat", times: 5 });
    await fill(log, "a", 5);
    expect(await numbersOf(log, "a")).toEqual([0, 1, 2, 3, 4]);
  });

  it("is not rejected by the transport error of another client in the process", async () => {
    const [mine, other] = [await startLog(), await startLog()];
    const bare = [bareClient(mine.double.connectionString), bareClient(other.double.connectionString)];
    for (const [index, client] of bare.entries()) {
      await client.appendToStream("warm", jsonEvent({ type: "T", data: { index } }));
    }
    await fill(mine.log, "a", 1);
    mine.double.inject({ at: "append", how: "hang" });
    const lost = bare[0]
      ?.appendToStream("b", jsonEvent({ type: "T", data: {} }))
      .catch((error: unknown) => error instanceof UnavailableError && "unavailable");
    mine.double.inject({ at: "append", how: "delay", ms: 150 });
    const appending = mine.log.append("a", [testEvent(1)], { expected: 0 });
    other.double.dropConnections();
    other.double.inject({ at: "append", how: "drop" });
    await expect(bare[1]?.appendToStream("b", jsonEvent({ type: "T", data: {} }))).rejects.toMatchObject({
      type: "unavailable",
    });
    expect(await lost).toBe("unavailable");
    expect(await appending).toMatchObject({ revision: 1, duplicate: false });
  });

  it("works after the server has refused to tell its features, which the client remembers for ever", async () => {
    const { double, log } = await startLog();
    double.inject({ at: "features", how: "deny" });
    const bare = bareClient(double.connectionString);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(bare.appendToStream("b", jsonEvent({ type: "T", data: {} }))).rejects.toThrow(/unauthenticated/i);
    }
    double.inject({ at: "features", how: "deny" });
    await fill(log, "a", 1);
    expect(await numbersOf(log, "a")).toEqual([0]);
  });

  it("follows the leader", async () => {
    const leader = await startEventStoreDBDouble();
    const follower = await startEventStoreDBDouble({ store: leader.store });
    const log = createEventStoreDBEventLog({ connectionString: follower.connectionString });
    onTestFinished(async () => {
      await log.close();
      await Promise.all([leader.close(), follower.close()]);
    });
    const away = { how: "notLeader", host: "127.0.0.1", port: leader.port } as const;
    follower.inject({ at: "append", ...away });
    follower.inject({ at: "read", ...away });
    await fill(log, "a", 3);
    await follower.kill();
    expect(await numbersOf(log, "a")).toEqual([0, 1, 2]);
  });

  it("says in a conflict where the stream is, which the client does not", async () => {
    const { double, log } = await startLog();
    await fill(log, "a", 3);
    const stale = log.append("a", [testEvent(9)], { expected: 0 });
    await expect(stale).rejects.toThrow("Stream 'a' is at revision 2, but the append expects it at revision 0.");
    const missing = log.append("b", [testEvent(9)], { expected: 4 });
    await expect(missing).rejects.toThrow("Stream 'b' is not to exist, but the append expects it at revision 4.");
    const bare = bareClient(double.connectionString);
    const conflict = bare.appendToStream("a", jsonEvent({ type: "T", data: {} }), { expectedRevision: 0n });
    await expect(conflict).rejects.toMatchObject({ type: "wrong-expected-version", message: "" });
  });

  it("never asks for a revision below zero, which ends the call that all appends share", async () => {
    const { double, log } = await startLog();
    double.inject({ at: "append", how: "delay", ms: 50 });
    const first = log.append("a", [testEvent(0)], { expected: "no_stream" });
    await expect(log.append("b", [testEvent(1)], { expected: -1 })).rejects.toMatchObject({ code: "input_invalid" });
    expect(await first).toMatchObject({ revision: 0 });
  });

  it("tells two callers with the same ids apart, whichever came first", async () => {
    const { log, open } = await startLog();
    const append = async (writer: string): Promise<AppendResult> =>
      (writer === "x" ? log : open()).append("a", [testEvent(0, { meta: { writer } })], { expected: "no_stream" });
    const [x, y] = await Promise.all([append("x"), append("y")]);
    expect(x.duplicate).toBe(!y.duplicate);
    const [stored] = await collect(log.readStream("a"));
    expect(stored?.meta.writer).toBe(x.duplicate ? "y" : "x");
  });

  it("fails at once when the user is refused", async () => {
    const { double, log } = await startLog();
    double.inject({ at: "append", how: "deny" });
    const denied = log.append("a", [testEvent(0)], { expected: "no_stream" });
    await expect(denied).rejects.toMatchObject({ code: "log_unavailable", retryable: false });
  });

  it("is refused by a stream with a tombstone, and goes on behind a soft deletion", async () => {
    const { double, log } = await startLog();
    const bare = bareClient(double.connectionString);
    await fill(log, "gone", 2);
    await bare.tombstoneStream("gone");
    const refused = log.append("gone", [testEvent(2)], { expected: 1 });
    await expect(refused).rejects.toMatchObject({ code: "stream_deleted" });
    await expect(numbersOf(log, "gone")).rejects.toMatchObject({ code: "stream_deleted" });
    await expect(log.head("gone")).rejects.toMatchObject({ code: "stream_deleted" });

    await fill(log, "hidden", 2);
    await bare.deleteStream("hidden");
    expect([await numbersOf(log, "hidden"), await log.head("hidden")]).toEqual([[], undefined]);
    expect(await log.append("hidden", [testEvent(5)], { expected: "no_stream" })).toMatchObject({ revision: 2 });
    expect(await numbersOf(log, "hidden")).toEqual([5]);
  });
});

describe("a deletion", () => {
  it.each(["drop", "dropAfterCommit", "hang", "refuse"] as const)("is made again after %s, and is one", async (how) => {
    const { double, log } = await startLog();
    await fill(log, "a", 2);
    double.inject({ at: "delete", how, times: 2 });
    await log.deleteStream("a", { expected: 1 });
    expect(double.store.all.filter((record) => record.type === "$streamDeleted")).toHaveLength(1);
    await expect(log.head("a")).rejects.toMatchObject({ code: "stream_deleted" });
  });

  it("says where the stream is instead, and fails at once when the user is refused", async () => {
    const { double, log } = await startLog();
    await fill(log, "a", 3);
    const stale = log.deleteStream("a", { expected: 0 });
    await expect(stale).rejects.toThrow("Stream 'a' is at revision 2, but the deletion expects it at revision 0.");
    double.inject({ at: "delete", how: "deny" });
    const denied = log.deleteStream("a", { expected: 2 });
    await expect(denied).rejects.toMatchObject({ code: "log_unavailable", retryable: false });
  });

  it("fails as unavailable after the limit, and can be made again when the server is back", async () => {
    const { double, log } = await startLog({ giveUpAfterMs: 200 });
    await fill(log, "a", 1);
    await double.kill();
    const lost = log.deleteStream("a", { expected: 0 });
    await expect(lost).rejects.toMatchObject({ code: "log_unavailable", retryable: true });
    await double.restart();
    await log.deleteStream("a", { expected: 0 });
  });

  it("is finished before the log is closed", async () => {
    const { double, log, open } = await startLog();
    await fill(log, "a", 1);
    double.inject({ at: "delete", how: "delay", ms: 50 });
    const deleting = log.deleteStream("a", { expected: 0 });
    await log.close();
    await deleting;
    await expect(open().head("a")).rejects.toMatchObject({ code: "stream_deleted" });
  });
});
