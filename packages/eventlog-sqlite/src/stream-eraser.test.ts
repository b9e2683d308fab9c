import { isCaughtUp } from "@agentkit/core";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { createLogDirectory, fill, numbersIn, testEvent, upTo } from "./log-directory.test.support.ts";

const directory = createLogDirectory();
afterEach(async () => directory.cleanUp());

const secret = "the-words-of-somebody-who-wants-them-gone";

/** Whether the text stands anywhere in the log's files. */
function holds(path: string, text: string): boolean {
  return [path, `${path}-wal`].some((file) => readFileSync(file).includes(text));
}

describe("deleting a stream", () => {
  it("leaves nothing of its events in the log's files", async () => {
    const path = directory.newPath();
    const log = directory.open(path);
    await fill(log, 50);
    for (let n = 0; n < 40; n += 1) {
      // Some of them over several pages.
      const text = `${secret} `.repeat(n % 5 === 0 ? 500 : 2);
      const event = { ...testEvent(100 + n), data: { text } };
      await log.append("erased", [event], { expected: n === 0 ? "no_stream" : n - 1 });
    }
    expect(holds(path, secret)).toBe(true);
    await log.deleteStream("erased", { expected: 39 });
    expect(holds(path, secret)).toBe(false);
    expect(holds(path, testEvent(100).id)).toBe(false);
    expect(await numbersIn(log)).toEqual(upTo(50));
  });

  it("clears the files when it is repeated, where a reader had held them the first time", async () => {
    const path = directory.newPath();
    const log = directory.open(path);
    await log.append("erased", [{ ...testEvent(0), data: { secret } }], { expected: "no_stream" });
    const reader = new DatabaseSync(path);
    reader.exec("BEGIN; SELECT count(*) FROM events");
    await log.deleteStream("erased", { expected: 0 });
    expect(holds(path, secret)).toBe(true);
    reader.exec("COMMIT");
    reader.close();
    await log.deleteStream("erased", { expected: 0 });
    expect(holds(path, secret)).toBe(false);
  });

  it("keeps nothing of a deletion that is waiting for a lock for too long", async () => {
    const path = directory.newPath();
    const log = directory.open(path, { busyTimeoutMs: 50 });
    await fill(log, 3);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    await expect(log.deleteStream("a", { expected: 2 })).rejects.toMatchObject({ code: "log_unavailable" });
    other.exec("ROLLBACK");
    other.close();
    expect(await numbersIn(log)).toEqual([0, 1, 2]);
  });

  it("is refused by a log opened for reading only", async () => {
    const path = directory.newPath();
    await fill(directory.open(path), 1);
    const reader = directory.open(path, { readOnly: true });
    await expect(reader.deleteStream("a", { expected: 0 })).rejects.toMatchObject({ code: "log_read_only" });
  });

  it("lets a follower in another process go on past rows that vanish", async () => {
    const path = directory.newPath();
    const log = directory.open(path);
    const follower = directory.open(path);
    await fill(log, 1_500);
    await log.append("b", [testEvent(2_000)], { expected: "no_stream" });
    const seen: string[] = [];
    for await (const message of follower.subscribe()) {
      if (isCaughtUp(message)) break;
      if (seen.push(message.stream) === 1) await log.deleteStream("a", { expected: 1_499 });
    }
    expect(seen.at(-1)).toBe("b");
    // What the follower had read before is delivered; the pages behind it are empty.
    expect(seen.length).toBeLessThan(1_000);
  });
});
