/** Uses all of a log, closes it, and has nothing more to do: `use-and-exit <path>`. Prints the number of events. */
import { isCaughtUp } from "@agentkit/core";
import { fill, numbersIn } from "./log-directory.test.support.ts";
import { createSqliteEventLog } from "./sqlite-event-log.ts";

const log = createSqliteEventLog({ path: process.argv[2] ?? "" });
await fill(log, 10);
for await (const message of log.subscribe()) {
  if (isCaughtUp(message)) break;
}
const controller = new AbortController();
const waiting = log.subscribe({ signal: controller.signal })[Symbol.asyncIterator]();
for (let message = 0; message <= 10; message += 1) await waiting.next();
const aborted = waiting.next().catch(() => undefined);
controller.abort();
await aborted;
process.stdout.write(`${(await numbersIn(log)).length}\n`);
await log.close();
