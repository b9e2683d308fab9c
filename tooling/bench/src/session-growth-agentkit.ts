import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { allTurns, recentTurns } from "@agentkit/core";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { answer, question, serveTurns } from "./session-growth-turns.ts";
import { createWeatherKit } from "./weather-kit.ts";

/** One subject of the benchmark: AgentKit on its SQLite log, with the window that the argument names. */
const whole = process.argv[2] === "whole";
const path = join(mkdtempSync(join(tmpdir(), "bench-agentkit-")), "log.db");

let turn = 0;
const log = createSqliteEventLog({ path });
const kit = createWeatherKit(log, () => turn, whole ? allTurns() : recentTurns());
const reader = new DatabaseSync(path, { readOnly: true });

await serveTurns({
  label: whole ? "AgentKit, SQLite log, whole history" : "AgentKit, SQLite log, default window",
  runTurn: async (number) => {
    turn = number;
    const { text } = await kit.run({ session: "bench", input: question(number) });
    if (text !== answer(number).trimEnd() && text !== answer(number))
      throw new Error("the answer is not the scripted one");
  },
  storedBytes: () =>
    Number(
      reader.prepare("SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size").get()?.[
        "bytes"
      ],
    ),
});
reader.close();
await log.close();
