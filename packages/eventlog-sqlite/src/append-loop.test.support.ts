/**
 * Appends to the stream `a`, two events at a time, until it is killed: `append-loop <path>`. Prints the revision of each
 * acknowledged append, synchronously, so that what was printed was acknowledged.
 */
import { writeSync } from "node:fs";
import { testEvent } from "./log-directory.test.support.ts";
import { createSqliteEventLog } from "./sqlite-event-log.ts";

const log = createSqliteEventLog({ path: process.argv[2] ?? "" });
for (let n = 0; ; n += 2) {
  const expected = n === 0 ? "no_stream" : n - 1;
  const { revision } = await log.append("a", [testEvent(n), testEvent(n + 1)], { expected });
  writeSync(1, `${revision}\n`);
}
