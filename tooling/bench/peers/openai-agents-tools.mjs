import { strictEqual } from "node:assert";
import { Agent, Runner, Usage, setTracingDisabled, tool } from "@openai/agents";
import { z } from "zod";
import { serveTurns } from "../src/session-growth-turns.ts";
import { callsInAnswer, callsPerRun, patternOf } from "../src/tool-overhead-calls.ts";

setTracingDisabled(true);
const pattern = patternOf(process.argv);

let called = 0;
const noop = tool({
  name: "noop",
  description: "Does nothing.",
  parameters: z.object({ number: z.number() }),
  execute: async () => {
    called += 1;
    return "done";
  },
});

let answers = 0;
const model = {
  async getResponse() {
    const calls = callsInAnswer(pattern, answers);
    answers += 1;
    const content = [{ type: "output_text", text: "done" }];
    const message = { type: "message", id: "msg_1", role: "assistant", status: "completed", content };
    const output = calls.length === 0 ? [message] : calls.map(toCall);
    return { usage: new Usage(), output, responseId: `resp_${answers}` };
  },
  async *getStreamedResponse() {},
};

function toCall(number) {
  const id = `call_${number}`;
  return {
    type: "function_call",
    id,
    callId: id,
    name: "noop",
    arguments: `{"number":${number}}`,
    status: "completed",
  };
}

const agent = new Agent({ name: "bench", model, tools: [noop] });
const runner = new Runner({ tracingDisabled: true });

await serveTurns({
  label: "OpenAI Agents JS 0.20: nothing recorded, no roles",
  runTurn: async () => {
    answers = 0;
    called = 0;
    const { finalOutput } = await runner.run(agent, "Go", { maxTurns: 64 });
    strictEqual(finalOutput, "done");
    strictEqual(called, callsPerRun);
  },
  storedBytes: () => null,
});
