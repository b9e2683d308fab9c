/**
 * Opens logs, each to `read` or to `append`: `look <path> <access> [<path> <access> …]`. Prints the number of events of
 * each, or why it could not be opened or read.
 */
import { AgentKitError } from "@agentkit/core";
import { numbersIn } from "./log-directory.test.support.ts";
import { createSqliteEventLog } from "./sqlite-event-log.ts";

const words = process.argv.slice(2);
for (let index = 0; index < words.length; index += 2) {
  process.stdout.write(`${await look(words[index] ?? "", words[index + 1] === "read")}\n`);
}

async function look(path: string, readOnly: boolean): Promise<string> {
  try {
    const log = createSqliteEventLog({ path, readOnly });
    const { length } = await numbersIn(log);
    await log.close();
    return String(length);
  } catch (error) {
    return AgentKitError.is(error) ? error.code : String(error);
  }
}
