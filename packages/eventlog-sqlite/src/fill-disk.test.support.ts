/**
 * Appends until the disk is full, then goes on as a careful caller would: `fill-disk <path> <ballast>`, where the ballast is
 * a file that is removed to make room. Prints what it saw.
 */
import { AgentKitError } from "@agentkit/core";
import { rmSync } from "node:fs";
import { fill, numbersIn, testEvent } from "./log-directory.test.support.ts";
import { createSqliteEventLog } from "./sqlite-event-log.ts";

const [path = "", ballast = ""] = process.argv.slice(2);
const log = createSqliteEventLog({ path });
await fill(log, 10);

let count = 10;
let failure: AgentKitError | undefined;
while (failure === undefined) {
  try {
    await log.append("a", [testEvent(count), testEvent(count + 1)], { expected: count - 1 });
    count += 2;
  } catch (error) {
    if (!AgentKitError.is(error)) throw error;
    failure = error;
  }
}
process.stdout.write(`${failure.code}\n`);
process.stdout.write(
  `kept ${(await numbersIn(log)).length === count ? "exactly what was acknowledged" : "something else"}\n`,
);

rmSync(ballast);
const { revision } = await log.append("a", [testEvent(count), testEvent(count + 1)], { expected: count - 1 });
process.stdout.write(`went on ${revision === count + 1 ? "at the next revision" : "elsewhere"}\n`);
await log.close();

const reopened = createSqliteEventLog({ path });
const kept = (await numbersIn(reopened)).length;
process.stdout.write(`reopened with ${kept === count + 2 ? "all of it" : "something else"}\n`);
await reopened.close();
