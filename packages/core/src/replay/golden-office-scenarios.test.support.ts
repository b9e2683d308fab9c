import { createHmac } from "node:crypto";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import type { Tool } from "../agent/tool.ts";
import { defineHandoff } from "../agent/handoff.ts";
import type { ApprovalAuthority } from "../approvals/approval-authority.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { AgentKit } from "../kit/create-agent-kit.ts";
import { readEvents, testKit } from "../kit/session-harness.test.support.ts";
import type { Clock } from "../runtime/clock.ts";
import { fixedClock } from "../testing/fixed-clock.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";
import type { GoldenScenario } from "./golden-scenario.test.support.ts";

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

/** Stories of agents that work together, with approvals and roles. */
export const officeScenarios: Readonly<Record<string, GoldenScenario>> = {
  approvals: { agents: [frontDesk, treasurer], write: writeApprovals },
  roles: { agents: [frontDesk, treasurer], write: writeRoles },
  handoff: { agents: [frontDesk, treasurer], write: writeHandoff },
  retry: { agents: [librarian], write: writeRetry },
  "sub-run": { agents: [frontDesk, treasurer], write: writeSubRun },
};
