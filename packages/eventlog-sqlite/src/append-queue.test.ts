import { type AppendRequest, type AppendResult, toAppendRequest } from "@agentkit/core";
import { setImmediate, setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { AppendQueue } from "./append-queue.ts";
import type { AppendOutcome } from "./append-writer.ts";
import { testEvent, upTo } from "./log-directory.test.support.ts";

const full = Object.assign(new Error("database or disk is full"), { errcode: 13 });
const busy = Object.assign(new Error("database is locked"), { errcode: 5 });

describe("AppendQueue", () => {
  it("commits together what is appended in one turn of the event loop", async () => {
    const { append, commits } = createQueue();
    await Promise.all(upTo(50).map(async (n) => append(requestOf(n))));
    expect(commits).toEqual([50]);
  });

  it("commits together what is appended after one commit, over again", async () => {
    const { append, commits } = createQueue();
    const session = async (first: number): Promise<void> => {
      for (const n of upTo(10)) {
        await append(requestOf(first + n));
        // What a caller does between its appends takes promises of its own.
        for (let step = 0; step < (first % 3) * 2; step += 1) await Promise.resolve();
      }
    };
    await Promise.all(upTo(20).map(async (n) => session(n)));
    expect(commits).toEqual(Array(10).fill(20));
  });

  it("lets timers and sockets have their turn between commits", async () => {
    const { append } = createQueue();
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      immediate = globalThis.setImmediate(turn);
    };
    let immediate = globalThis.setImmediate(turn);
    // Without them this loop would end by its deadline alone: no timer could stop it.
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline) {
      await append(requestOf(0));
      if (turns >= 3) break;
    }
    clearImmediate(immediate);
    expect(turns).toBe(3);
  });

  it("splits a burst into transactions of at most 1,000 events", async () => {
    const { append, commits } = createQueue();
    await Promise.all(upTo(5).map(async (n) => append(requestOf(n * 600, 600))));
    expect(commits).toEqual([1, 1, 1, 1, 1]);
    await Promise.all(upTo(4).map(async (n) => append(requestOf(n * 500, 500))));
    expect(commits.slice(5)).toEqual([2, 2]);
  });

  it("answers each append by itself when a commit fails that they shared", async () => {
    const { append } = createQueue((requests) => {
      if (requests.some((request) => request.stream === "large")) throw full;
    });
    const [first, large, last] = await Promise.allSettled([
      append(requestOf(1)),
      append({ ...requestOf(2), stream: "large" }),
      append(requestOf(3)),
    ]);
    expect([first.status, large.status, last.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(large).toMatchObject({ reason: full });
  });

  it("tries again while the lock is held, in order, and holds back what comes after", async () => {
    let held = true;
    const { append, commits } = createQueue(() => {
      if (held) throw busy;
    });
    const order: number[] = [];
    const first = append(requestOf(1)).then(() => order.push(1));
    await setImmediate();
    await setImmediate();
    const second = append(requestOf(2)).then(() => order.push(2));
    await setTimeout(10);
    held = false;
    await Promise.all([first, second]);
    expect({ order, commits }).toEqual({ order: [1, 2], commits: [1, 1] });
  });

  it("refuses appends when 10,000 wait, and takes them again afterwards", async () => {
    const { append } = createQueue();
    const waiting = upTo(10_000).map(async (n) => append(requestOf(n)));
    await expect(append(requestOf(10_000))).rejects.toMatchObject({ code: "log_unavailable", retryable: true });
    await Promise.all(waiting);
    await expect(append(requestOf(10_000))).resolves.toMatchObject({ revision: 0 });
  });

  it("is settled when every append has its answer", async () => {
    const { queue, append } = createQueue();
    await queue.settled();
    let answers = 0;
    const appends = upTo(3).map(async (n) => {
      await append(requestOf(n));
      answers += 1;
    });
    await queue.settled();
    await Promise.all(appends);
    expect(answers).toBe(3);
  });
});

interface TestQueue {
  readonly queue: AppendQueue;
  readonly append: (request: AppendRequest) => Promise<AppendResult>;
  /** How many appends each commit had. */
  readonly commits: number[];
}

function createQueue(check: (requests: readonly AppendRequest[]) => void = () => {}): TestQueue {
  const commits: number[] = [];
  const commit = (requests: readonly AppendRequest[]): readonly AppendOutcome[] => {
    check(requests);
    commits.push(requests.length);
    return requests.map(() => ({ revision: 0, position: "1", duplicate: false }));
  };
  const queue = new AppendQueue({ commit, toError: (error) => error, busyTimeoutMs: 1_000 });
  const append = async (request: AppendRequest): Promise<AppendResult> =>
    new Promise((resolve, reject) => queue.add({ request, resolve, reject }));
  return { queue, append, commits };
}

function requestOf(n: number, count = 1): AppendRequest {
  const events = upTo(count).map((index) => testEvent(n + index));
  return toAppendRequest("a", events, { expected: "no_stream" });
}
