import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { MemorySaver, MessagesAnnotation, StateGraph } from "@langchain/langgraph";
import { answer, question, serveTurns, toolResult } from "../src/session-growth-turns.ts";

const file = join(mkdtempSync(join(tmpdir(), "bench-langgraph-")), "checkpoints.db");

// Its saver needs a native module, which may not build for this runtime; then the saver in memory stands in, and says so.
async function createSaver() {
  try {
    const { SqliteSaver } = await import("@langchain/langgraph-checkpoint-sqlite");
    const saver = SqliteSaver.fromConnString(file);
    saver.db.pragma("synchronous = FULL");
    return { saver, label: "LangGraph JS 1.7, SQLite saver", storedBytes: () => sizeOf(file) + sizeOf(`${file}-wal`) };
  } catch {
    const label = "LangGraph JS 1.7, in-memory saver (its SQLite module did not build)";
    return { saver: new MemorySaver(), label, storedBytes: () => null };
  }
}

function sizeOf(path) {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

let turn = 0;
let calls = 0;
async function callModel() {
  calls += 1;
  if (calls % 2 === 0) return { messages: [new AIMessage(answer(turn))] };
  return {
    messages: [
      new AIMessage({ content: "", tool_calls: [{ name: "weather", args: { city: turn }, id: `call_${calls}` }] }),
    ],
  };
}
async function callTool({ messages }) {
  const [call] = messages.at(-1).tool_calls;
  return { messages: [new ToolMessage({ content: toolResult(call.args.city), tool_call_id: call.id })] };
}

const { saver, label, storedBytes } = await createSaver();
const graph = new StateGraph(MessagesAnnotation)
  .addNode("model", callModel)
  .addNode("tool", callTool)
  .addEdge("__start__", "model")
  .addConditionalEdges("model", ({ messages }) => (messages.at(-1).tool_calls?.length > 0 ? "tool" : "__end__"))
  .addEdge("tool", "model")
  .compile({ checkpointer: saver });

await serveTurns({
  label,
  runTurn: async (number) => {
    turn = number;
    const config = { configurable: { thread_id: "bench" }, durability: "sync" };
    const { messages } = await graph.invoke({ messages: [new HumanMessage(question(number))] }, config);
    if (messages.at(-1).content !== answer(number)) throw new Error("the answer is not the scripted one");
  },
  storedBytes,
});
