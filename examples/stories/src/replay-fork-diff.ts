/**
 * A session is replayed offline; a changed prompt shows the first decision that differs; a fork before the bad step is run on
 * with that prompt, and both answers stand side by side.
 */
import { strictEqual } from "node:assert";
import { createAgentKit, createInMemoryEventLog, defineAgent } from "@agentkit/core";
import type { AgentKit } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";

const curt = "Answer in one word.";
const kind = "Answer kindly, in a sentence.";

const log = createInMemoryEventLog();
const model = scriptedModel((request) =>
  request.instructions === kind ? { text: "I am sorry that it broke; a new one is on its way." } : { text: "No." },
);
const kit = createKit(curt);

const { session } = await kit.run({ input: "Hello, I bought a lamp." });
const before = (await kit.load(session)).revision;
await kit.run({ session, input: "It broke. Can you help?" });

const replay = await kit.replay(session);
strictEqual(replay.status, "identical");
say(`Replay of ${replay.runs} turns and ${replay.modelCalls} model calls: ${replay.status}, without asking a model.`);

const { divergence } = await createKit(kind).replay(session);
strictEqual(divergence?.path, "instructions");
say(`With the new prompt the first difference is at revision ${divergence.revision}, in ${divergence.path}:`);
say(`  recorded: ${String(divergence.recorded)}`);
say(`  now:      ${String(divergence.replayed)}`);

const fork = await kit.fork(session, { at: before, instructions: kind });
await kit.run({ session: fork.session, input: "It broke. Can you help?" });
const { common, left, right } = await kit.diff(session, fork.session);
strictEqual(common?.revision, before);
say(`The fork shares everything up to revision ${common.revision}. To "${left.turns[0]?.prompt}"`);
say(`  the session answered: ${left.turns[0]?.answer}`);
say(`  the fork answered:    ${right.turns[0]?.answer}`);
strictEqual(right.turns[0]?.answer, "I am sorry that it broke; a new one is on its way.");

function createKit(instructions: string): AgentKit {
  return createAgentKit({ log, model, agents: [defineAgent({ name: "shop", model: "scripted", instructions })] });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
