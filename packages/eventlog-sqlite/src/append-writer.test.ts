import { AgentKitError, toAppendRequest } from "@agentkit/core";
import { afterEach, describe, expect, it } from "vitest";
import { AppendWriter } from "./append-writer.ts";
import { createLogDirectory, numbersIn, testEvent, upTo } from "./log-directory.test.support.ts";
import { openForAppending } from "./open-database.ts";
import { toLogError } from "./sqlite-error.ts";

const directory = createLogDirectory();
afterEach(async () => directory.cleanUp());

describe("AppendWriter", () => {
  it("keeps nothing of a transaction that the disk has no room for, and goes on when it has", async () => {
    const path = directory.newPath();
    const database = openForAppending(path);
    database.exec("PRAGMA max_page_count = 60");
    const writer = new AppendWriter(database);
    const appendTwo = (n: number) =>
      writer.write([
        toAppendRequest("a", [testEvent(n), testEvent(n + 1)], { expected: n === 0 ? "no_stream" : n - 1 }),
      ]);
    let count = 0;
    let failure: unknown;
    while (failure === undefined) {
      try {
        appendTwo(count);
        count += 2;
      } catch (error) {
        failure = toLogError(error, path);
      }
    }
    expect(AgentKitError.is(failure) && failure.code).toBe("log_full");
    expect(database.isTransaction).toBe(false);
    database.exec("PRAGMA max_page_count = 1000");
    expect(appendTwo(count)).toMatchObject([{ revision: count + 1, duplicate: false }]);
    database.close();
    expect(await numbersIn(directory.open(path))).toEqual(upTo(count + 2));
  });
});
