import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Agent, Runner, Usage, setTracingDisabled, tool } from "@openai/agents";
import { z } from "zod";
import { answer, question, serveTurns, toolResult } from "../src/session-growth-turns.ts";

setTracingDisabled(true);

// The smallest durable session its interface allows: a row an item, with the settings AgentKit's log has.
const database = new DatabaseSync(join(mkdtempSync(join(tmpdir(), "bench-agents-")), "session.db"));
database.exec(
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE items (id INTEGER PRIMARY KEY, item TEXT)",
);
const select = database.prepare("SELECT item FROM items ORDER BY id");
const insert = database.prepare("INSERT INTO items (item) VALUES (?)");
const session = {
  getSessionId: async () => "bench",
  getItems: async () => select.all().map((row) => JSON.parse(row.item)),
  addItems: async (items) => {
    database.exec("BEGIN");
    for (const item of items) insert.run(JSON.stringify(item));
    database.exec("COMMIT");
  },
  popItem: async () => undefined,
  clearSession: async () => database.exec("DELETE FROM items"),
};

let turn = 0;
let calls = 0;
const model = {
  async getResponse() {
    calls += 1;
    const id = `item_${calls}`;
    const call = {
      type: "function_call",
      id,
      callId: `call_${calls}`,
      name: "weather",
      arguments: `{"city":${turn}}`,
      status: "completed",
    };
    const content = [{ type: "output_text", text: answer(turn) }];
    const message = { type: "message", id, role: "assistant", status: "completed", content };
    return { usage: new Usage(), output: [calls % 2 === 1 ? call : message], responseId: `resp_${calls}` };
  },
  async *getStreamedResponse() {},
};
const weather = tool({
  name: "weather",
  description: "Looks up the weather.",
  parameters: z.object({ city: z.number() }),
  execute: async ({ city }) => toolResult(city),
});
const agent = new Agent({ name: "bench", instructions: "Answer the question.", model, tools: [weather] });
const runner = new Runner({ tracingDisabled: true });

await serveTurns({
  label: "OpenAI Agents JS 0.20, SQLite session",
  runTurn: async (number) => {
    turn = number;
    const result = await runner.run(agent, question(number), { session });
    if (result.finalOutput !== answer(number)) throw new Error("the answer is not the scripted one");
  },
  storedBytes: () => {
    const { page_count: pages } = database.prepare("PRAGMA page_count").get();
    const { page_size: size } = database.prepare("PRAGMA page_size").get();
    return pages * size;
  },
});
