import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { AgentKit } from "../kit/create-agent-kit.ts";
import { faultyLog, testKit } from "../kit/session-harness.test.support.ts";
import type { FunctionTool } from "../model/model.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";
import { officeScenarios } from "./golden-office-scenarios.test.support.ts";
import { guardedScenario } from "./golden-guarded-scenario.test.support.ts";
import type { GoldenScenario } from "./golden-scenario.test.support.ts";

const add = defineTool({
  name: "add",
  description: "Adds two numbers.",
  input: z.object({ a: z.number(), b: z.number() }),
  sideEffects: "none",
  run: ({ a, b }) => a + b,
});

const pay = defineTool({
  name: "pay",
  description: "Pays an amount.",
  input: z.object({ amount: z.number() }),
  timeoutMs: 1_000,
  run: () => "paid",
});

const shout: FunctionTool = {
  type: "function",
  name: "shout",
  description: "Shouts.",
  parameters: { type: "object", properties: {} },
  strict: false,
};

const clerk = defineAgent({
  name: "clerk",
  model: "scripted",
  instructions: "Be exact.",
  tools: [add, pay],
  settings: { temperature: 0 },
  limits: { retryDelayMs: 0 },
});

const callPay: ScriptedAnswer = { calls: [{ name: "pay", arguments: { amount: 5 }, id: "pay_1" }] };

function clerkOn(log: EventLog, script: readonly ScriptedAnswer[], seed: string = "a"): AgentKit {
  return testKit({ log, model: scriptedModel(script), agents: [clerk] }, seed);
}

async function writeText(log: EventLog): Promise<void> {
  const kit = clerkOn(log, [{ text: "Hello, Ada." }, { text: "Your name is Ada." }]);
  await kit.run({ input: "I am Ada.", session: "text" });
  await kit.run({ input: "Who am I?", session: "text", instructions: "Be brief.", metadata: { ticket: "7" } });
}

async function writeTools(log: EventLog): Promise<void> {
  const calls = [
    { name: "add", arguments: { a: 1, b: 2 }, id: "add_1" },
    { name: "add", arguments: { a: 3, b: 4 }, id: "add_2" },
    { name: "subtract", arguments: {}, id: "sub_1" },
  ];
  const kit = clerkOn(log, [
    { calls },
    { text: "3 and 7." },
    { calls: [{ name: "shout", arguments: {}, id: "shout_1" }] },
    { text: "Loud." },
  ]);
  await kit.run({ input: "Add 1 + 2 and 3 + 4.", session: "tools" });
  await kit.run({ input: "Shout it.", session: "tools", tools: [shout] });
  const output = { type: "function_call_output", call_id: "shout_1", output: "3 AND 7!" };
  await kit.run({ input: [output], session: "tools", tools: [shout] });
}

async function writeToolFailure(log: EventLog): Promise<void> {
  const broken = { ...add, execute: async () => Promise.reject(new Error("The adder is out of order.")) };
  const agents = [{ ...clerk, tools: [broken, pay] }];
  const script = [{ calls: [{ name: "add", arguments: { a: 1, b: 2 }, id: "add_1" }] }, { text: "I cannot add." }];
  await testKit({ log, model: scriptedModel(script), agents }).run({ input: "Add 1 + 2.", session: "tool-failure" });
}

async function writeFailures(log: EventLog): Promise<void> {
  const kit = clerkOn(log, [
    { error: "model_overloaded", retryable: true },
    { text: "Here I am." },
    { error: "model_authentication_failed" },
    { text: "Once upon", incomplete: "max_output_tokens" },
    { error: "model_request_rejected" },
    { text: "Yes." },
  ]);
  for (const input of ["Are you there?", "And now?", "Tell me a story.", "Poison", "Still there?"]) {
    await kit.run({ input, session: "failures" });
  }
}

async function writeCancellation(log: EventLog): Promise<void> {
  const controller = new AbortController();
  const stop = {
    ...pay,
    async execute(): Promise<string> {
      controller.abort();
      throw new Error("stopped");
    },
  };
  const agents = [{ ...clerk, tools: [add, stop] }];
  const kit = testKit({ log, model: scriptedModel([callPay, { text: "I do not know." }]), agents });
  await kit.run({ input: "Pay 5.", session: "cancelled", signal: controller.signal });
  await kit.run({ input: "Did you pay?", session: "cancelled" });
}

async function writeUnknownOutcome(log: EventLog): Promise<void> {
  const dead = faultyLog(
    log,
    (number) => (number > 2 ? "before" : "none"),
    () => new AgentKitError("log_closed", "The process is gone."),
  );
  await Promise.allSettled([clerkOn(dead, [callPay]).run({ input: "Pay 5.", session: "unknown" })]);
  const kit = clerkOn(log, [{ text: "Paid." }], "b");
  await kit.resume("unknown");
  await kit.resume("unknown", {
    decisions: [{ callId: "pay_1", outcome: "retry", reason: "The bank saw nothing." }],
    actor: "person:ada",
  });
}

async function writeForks(log: EventLog): Promise<void> {
  const kit = clerkOn(log, [
    { calls: [{ name: "add", arguments: { a: 1, b: 2 }, id: "add_1" }] },
    { text: "3." },
    { text: "Three!" },
    { text: "Drei." },
    { text: "Four." },
  ]);
  await kit.run({ input: "What is 1 + 2?", session: "parent" });
  await kit.fork("parent", { at: 8, session: "taken-up", instructions: "Be loud.", model: "larger" });
  await kit.resume("taken-up");
  await kit.fork("parent", { session: "child" });
  await kit.run({ input: "In German?", session: "child" });
  await kit.fork("child", { at: 2, session: "grandchild" });
  await kit.run({ input: "And 2 + 2?", session: "grandchild" });
}

/** The stories, by name. A story never changes: another one is added. */
export const goldenScenarios: Readonly<Record<string, GoldenScenario>> = {
  text: { agents: [clerk], write: writeText },
  tools: { agents: [clerk], write: writeTools },
  "tool-failure": { agents: [clerk], write: writeToolFailure },
  failures: { agents: [clerk], write: writeFailures },
  cancellation: { agents: [clerk], write: writeCancellation },
  "unknown-outcome": { agents: [clerk], write: writeUnknownOutcome },
  forks: { agents: [clerk], write: writeForks },
  guarded: guardedScenario,
  ...officeScenarios,
};
