import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { allTurns, createAgentKit, defineAgent, defineTool, recentTurns } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { z } from "zod";
import { answer, question, serveTurns, toolResult } from "./session-growth-turns.ts";

/** One subject of the benchmark: AgentKit on its SQLite log, with the window that the argument names. */
const whole = process.argv[2] === "whole";
const path = join(mkdtempSync(join(tmpdir(), "bench-agentkit-")), "log.db");

let turn = 0;
const model = scriptedModel((_request, index) =>
  index % 2 === 0 ? { calls: [{ name: "weather", arguments: { city: turn } }] } : { text: answer(turn) },
);
const weather = defineTool({
  name: "weather",
  description: "Looks up the weather.",
  input: z.object({ city: z.number() }),
  sideEffects: "none",
  run: ({ city }) => toolResult(city),
});
const agent = defineAgent({
  name: "bench",
  model: "scripted",
  instructions: "Answer the question.",
  tools: [weather],
  window: whole ? allTurns() : recentTurns(),
});
const log = createSqliteEventLog({ path });
const kit = createAgentKit({ log, model, agents: [agent] });
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
