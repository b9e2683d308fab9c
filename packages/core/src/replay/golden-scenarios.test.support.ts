import { createHmac } from "node:crypto";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import type { Agent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import type { Tool } from "../agent/tool.ts";
import { defineHandoff } from "../agent/handoff.ts";
import type { ApprovalAuthority } from "../approvals/approval-authority.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { AgentKit } from "../kit/create-agent-kit.ts";
import { faultyLog, readEvents, testKit } from "../kit/session-harness.test.support.ts";
import type { FunctionTool } from "../model/model.ts";
import type { Clock } from "../runtime/clock.ts";
import { fixedClock } from "../testing/fixed-clock.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";

/** A story that is kept as a log of each version: what is written, and the agents that wrote it. */
export interface GoldenScenario {
  readonly agents: readonly Agent[];
  write(log: EventLog): Promise<void>;
}

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

const authority: ApprovalAuthority = {
  keyId: "golden",
  sign: (text) => createHmac("sha256", "golden").update(text).digest("base64url"),
  verify: (text, signature) => authority.sign(text) === signature,
};

const transfer = defineTool({
  name: "transfer",
  description: "Transfers an amount.",
  input: z.object({ amount: z.number() }),
  approval: { when: "always", roles: ["manager"], validForMs: 60_000 },
  run: ({ amount }) => `transferred ${amount}`,
});

const audit = defineTool({
  name: "audit",
  description: "Looks into the books.",
  input: z.object({}),
  sideEffects: "none",
  roles: ["auditor"],
  run: () => "all is well",
});

const treasurer = defineAgent({
  name: "treasurer",
  model: "scripted",
  instructions: "Be careful.",
  tools: [transfer, audit],
});

const lookUp = defineTool({
  name: "look_up",
  description: "Looks something up.",
  input: z.object({}),
  sideEffects: "idempotent",
  retry: { attempts: 2, delayMs: 10 },
  run: () => "found",
});

const librarian = defineAgent({ name: "librarian", model: "scripted", tools: [lookUp] });

const askTreasurer = defineTool({
  name: "ask_treasurer",
  description: "Lets the treasurer do it.",
  input: z.object({ question: z.string() }),
  sideEffects: "idempotent",
  run: async ({ question }, { runAgent }) => {
    const result = await runAgent({ agent: "treasurer", input: question, reason: "It is about money." });
    return result.type === "finished" ? result.text : result;
  },
});

const frontDesk = defineAgent({
  name: "front-desk",
  model: "scripted",
  instructions: "Route.",
  tools: [askTreasurer],
  handoffs: [defineHandoff({ to: "treasurer", description: "Money.", context: "summary" })],
});

const manager = { user: "eve", roles: ["manager"] };

function office(log: EventLog, script: readonly ScriptedAnswer[], clock: Clock = fixedClock()): AgentKit {
  const agents = [frontDesk, treasurer];
  return testKit({ log, model: scriptedModel(script), agents, approvals: authority, clock });
}

const callTransfer: ScriptedAnswer = { calls: [{ name: "transfer", arguments: { amount: 5 }, id: "t_1" }] };

async function ticketOf(kit: AgentKit, session: string): Promise<string> {
  const [request] = await kit.approvals(session);
  return request?.ticket ?? "";
}

async function writeApprovals(log: EventLog): Promise<void> {
  const clock = fixedClock();
  const done: ScriptedAnswer = { text: "Done." };
  const kit = office(log, [callTransfer, done, callTransfer, done, callTransfer, done, done], clock);
  await kit.run({ input: "Transfer 5.", session: "approved", agent: "treasurer" });
  const ticket = await ticketOf(kit, "approved");
  await Promise.allSettled([kit.decide({ ticket, outcome: "approve", approver: { user: "bob", roles: [] } })]);
  await kit.decide({
    ticket,
    outcome: "approve",
    arguments: '{"amount":4}',
    reason: "A little less.",
    approver: manager,
  });
  await kit.run({ input: "Transfer 5.", session: "denied", agent: "treasurer" });
  await kit.decide({ ticket: await ticketOf(kit, "denied"), outcome: "deny", reason: "No.", approver: manager });
  await kit.run({ input: "Transfer 5.", session: "expired", agent: "treasurer" });
  clock.advance(60_000);
  await kit.resume("expired");
  const approved = (await readEvents(log, "approved")).find(({ type }) => type === "ToolCallApproved");
  await kit.fork("approved", { at: approved?.revision ?? 0, session: "inherited" });
  await kit.resume("inherited");
  await kit.cancel("inherited", { reason: "Enough.", actor: "person:eve" });
}

async function writeRoles(log: EventLog): Promise<void> {
  const calls: ScriptedAnswer = { calls: [{ name: "audit", arguments: {}, id: "a_1" }] };
  const kit = office(log, [calls, { text: "No." }, calls, { text: "All is well." }]);
  await kit.run({ input: "Audit.", session: "nobody", agent: "treasurer" });
  const principal = { user: "ada", tenant: "acme", roles: ["auditor"] };
  await kit.run({ input: "Audit.", session: "auditor", agent: "treasurer", principal });
}

async function writeHandoff(log: EventLog): Promise<void> {
  const handoff = { reason: "It is about money.", summary: "A transfer is wanted." };
  const calls = [{ name: "transfer_to_treasurer", arguments: handoff, id: "h_1" }];
  const kit = office(log, [{ calls }, { text: "How much?" }, { text: "I see." }]);
  await kit.run({ input: "Help me with my account.", session: "handed-off", agent: "front-desk" });
  await kit.run({ input: "Never mind.", session: "handed-off" });
}

async function writeSubRun(log: EventLog): Promise<void> {
  const ask: ScriptedAnswer = { calls: [{ name: "ask_treasurer", arguments: { question: "Transfer 5." }, id: "q_1" }] };
  const kit = office(log, [ask, callTransfer, { text: "Transferred." }, { text: "It is done." }]);
  await kit.run({ input: "Have 5 transferred.", session: "above", agent: "front-desk" });
  await kit.decide({ ticket: await ticketOf(kit, "above"), outcome: "approve", approver: manager });
}

async function writeRetry(log: EventLog): Promise<void> {
  const clock = fixedClock();
  const busyOnce: Tool = {
    ...lookUp,
    execute: async (_input, { attempt }) => {
      if (attempt === 1) throw new AgentKitError("tool_busy", "Busy.", { retryable: true });
      return "found";
    },
  };
  const clerks = [{ ...librarian, tools: [busyOnce] }];
  // Only the wait before the second attempt is over at once.
  const impatient: Clock = { ...clock, sleep: async (ms, signal) => (ms < 100 ? undefined : clock.sleep(ms, signal)) };
  const calls = [{ name: "look_up", arguments: {}, id: "l_1" }];
  const model = scriptedModel([{ calls }, { text: "Found." }]);
  await testKit({ log, model, agents: clerks, clock: impatient }).run({ input: "Look it up.", session: "retried" });
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
  approvals: { agents: [frontDesk, treasurer], write: writeApprovals },
  roles: { agents: [frontDesk, treasurer], write: writeRoles },
  handoff: { agents: [frontDesk, treasurer], write: writeHandoff },
  retry: { agents: [librarian], write: writeRetry },
  "sub-run": { agents: [frontDesk, treasurer], write: writeSubRun },
};
