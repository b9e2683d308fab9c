/** Opens a log, `look <path> read` or `look <path> append`, and prints the number of its events or why it could not. */
import { AgentKitError } from "@agentkit/core";
import { numbersIn } from "./log-directory.test.support.ts";
import { createSqliteEventLog } from "./sqlite-event-log.ts";

const [path = "", access] = process.argv.slice(2);
try {
  const log = createSqliteEventLog({ path, readOnly: access === "read" });
  process.stdout.write(`${(await numbersIn(log)).length}\n`);
  await log.close();
} catch (error) {
  process.stdout.write(`${AgentKitError.is(error) ? error.code : String(error)}\n`);
}
