import { strictEqual } from "node:assert";
import { createAgentKit, createInMemoryEventLog, defineAgent, defineTool } from "@agentkit/core";
import type { Item, Model } from "@agentkit/core";
import { createAccessPolicy, createToolRegistry } from "@agentkit/tools";
import { z } from "zod";
import { serveTurns } from "./session-growth-turns.ts";
import { callsInAnswer, callsPerRun, patternOf } from "./tool-overhead-calls.ts";

/** One subject of the benchmark: AgentKit with a role check, validated arguments and every event in a log in memory. */
const pattern = patternOf(process.argv);

let called = 0;
const registry = createToolRegistry([
  defineTool({
    name: "noop",
    description: "Does nothing.",
    input: z.object({ number: z.number() }),
    sideEffects: "none",
    tags: ["user"],
    run: () => {
      called += 1;
      return "done";
    },
  }),
]);
const access = createAccessPolicy({
  id: "bench",
  version: "1",
  rules: [
    { id: "no-admin-tools", effect: "deny", tags: ["admin"] },
    { id: "users", effect: "allow", roles: ["user"], tags: ["user"] },
  ],
});

let answers = 0;
const model: Model = {
  description: "a model that answers at once",
  async *stream() {
    const output = toOutput(callsInAnswer(pattern, answers));
    answers += 1;
    for (const [index, item] of output.entries()) yield { type: "item.done", index, item };
    yield { type: "completed", response: { status: "completed", output } };
  },
};
const agents = [
  defineAgent({ name: "bench", model: "scripted", tools: registry.pick("noop"), limits: { modelCalls: 64 } }),
];
const kit = createAgentKit({ log: createInMemoryEventLog(), model, agents, access });

await serveTurns({
  label: "AgentKit: role check, validation, events in memory",
  runTurn: async () => {
    answers = 0;
    called = 0;
    const { text } = await kit.run({ input: "Go", principal: { user: "ann", roles: ["user"] } });
    strictEqual(text, "done");
    strictEqual(called, callsPerRun);
  },
  storedBytes: () => null,
});

function toOutput(calls: readonly number[]): readonly Item[] {
  if (calls.length === 0) {
    const content = [{ type: "output_text", text: "done", annotations: [] }];
    return [{ type: "message", role: "assistant", id: "msg_1", status: "completed", content }];
  }
  return calls.map((number) => {
    const id = `call_${number}`;
    return {
      type: "function_call",
      id,
      call_id: id,
      name: "noop",
      arguments: `{"number":${number}}`,
      status: "completed",
    };
  });
}
