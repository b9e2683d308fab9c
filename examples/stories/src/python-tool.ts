/**
 * A function of a Python library becomes a tool as it is. The agent calls it with arguments that a schema has checked, its
 * exception is an error that the model can act on, and its result has to fit a schema too.
 */
import { match, strictEqual } from "node:assert";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createAgentKit, createInMemoryEventLog, defineAgent, isFunctionCallOutput } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { programTool } from "@agentkit/tools";
import { z } from "zod";

/** Calls a function with the JSON on standard input as keyword arguments. */
const caller = `
import json, sys
from spread import spread
try:
    json.dump(spread(**json.load(sys.stdin)), sys.stdout)
except ValueError as error:
    sys.exit(f"{error}")
`;

const spread = programTool({
  name: "spread",
  description: "Mean, median and standard deviation of some values.",
  command: ["python3", "-B", "-c", caller],
  cwd: fileURLToPath(new URL("./python-tool/", import.meta.url)),
  inheritEnv: ["PATH"],
  input: z.object({ values: z.array(z.number()), digits: z.number().int().min(0).optional() }),
  output: z.object({ mean: z.number(), median: z.number(), deviation: z.number() }),
  sideEffects: "none",
  timeoutMs: 10_000,
});

const { status, error } = spawnSync("python3", ["--version"], { stdio: "ignore" });
if (status === 0) await tellTheStory();
else say(`Skipped: there is no python3 on this machine (${error?.message ?? `exit code ${status}`}).`);

async function tellTheStory(): Promise<void> {
  const model = scriptedModel([
    { calls: [{ name: "spread", arguments: { values: ["12", 15] } }] },
    { calls: [{ name: "spread", arguments: { values: [12] } }] },
    { calls: [{ name: "spread", arguments: { values: [12, 15, 9, 31], digits: 1 } }] },
    { text: "The values are 16.8 on average, and 31 stands out." },
  ]);
  const agents = [defineAgent({ name: "analyst", model: "scripted", tools: [spread] })];
  const kit = createAgentKit({ log: createInMemoryEventLog(), model, agents });
  const { session, text, items } = await kit.run({ input: "What stands out in 12, 15, 9, 31?" });
  const outputs = items.filter(isFunctionCallOutput).map(({ output }) => (typeof output === "string" ? output : ""));
  const [refused = "", raised = "", result = ""] = outputs;
  match(refused, /arguments_invalid/);
  match(raised, /at least two values are needed/);
  strictEqual(result, '{"mean":16.8,"median":13.5,"deviation":9.8}');
  say(`A text among the values: ${refused}`);
  say(`Python raised:           ${raised}`);
  say(`Python returned:         ${result}`);
  say(`The agent: ${text}`);
  const replay = await kit.replay(session);
  strictEqual(replay.status, "identical");
  say(`Replayed ${replay.events} events without Python: ${replay.status}.`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
