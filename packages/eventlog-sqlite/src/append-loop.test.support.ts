/**
 * Appends to the stream `a`, two events at a time, until it is killed, or kills itself after so many appends:
 * `append-loop <path> [appends]`. Prints the revision of each acknowledged append, synchronously, so that what was
 * printed was acknowledged.
 */
import { writeSync } from "node:fs";
import { testEvent } from "./log-directory.test.support.ts";
import { createSqliteEventLog } from "./sqlite-event-log.ts";

const [path = "", appends] = process.argv.slice(2);
const log = createSqliteEventLog({ path });
for (let n = 0; ; n += 2) {
  if (n / 2 === Number(appends)) process.kill(process.pid, "SIGKILL");
  const expected = n === 0 ? "no_stream" : n - 1;
  const { revision } = await log.append("a", [testEvent(n), testEvent(n + 1)], { expected });
  writeSync(1, `${revision}\n`);
}
