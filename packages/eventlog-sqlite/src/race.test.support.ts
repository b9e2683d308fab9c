/**
 * Appends events `first` to `last` to the stream `a` beside other processes, each as often as it takes to win a revision:
 * `race <path> <first> <last>`. Prints the number of each event and the revision that it won.
 */
import { AgentKitError } from "@agentkit/core";
import { testEvent } from "./log-directory.test.support.ts";
import { createSqliteEventLog } from "./sqlite-event-log.ts";

const [path = "", first, last] = process.argv.slice(2);
const log = createSqliteEventLog({ path });
for (let n = Number(first); n <= Number(last); n += 1) {
  process.stdout.write(`${n} ${await appendAnyhow(n)}\n`);
}
await log.close();

async function appendAnyhow(n: number): Promise<number> {
  for (;;) {
    const expected = (await log.head("a")) ?? "no_stream";
    try {
      return (await log.append("a", [testEvent(n)], { expected })).revision;
    } catch (error) {
      if (!AgentKitError.is(error) || error.code !== "concurrency_conflict") throw error;
    }
  }
}
