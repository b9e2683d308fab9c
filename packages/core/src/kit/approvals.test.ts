import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import type { ApprovalAuthority } from "../approvals/approval-authority.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { toSessionStream } from "../session/session-stream.ts";
import { fixedClock } from "../testing/fixed-clock.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";
import { sequentialIds } from "../testing/sequential-ids.ts";
import { createAgentKit } from "./create-agent-kit.ts";
import { toApprovalStream } from "./record-refusal.ts";
import { checkSession, readEvents, readTypes } from "./session-harness.test.support.ts";

function authority(key: string): ApprovalAuthority {
  const sign = (text: string): string => createHmac("sha256", key).update(text).digest("base64url");
  return { keyId: `key-${key}`, sign, verify: (text, signature) => sign(text) === signature };
}

const script: readonly ScriptedAnswer[] = [
  { calls: [{ name: "pay", arguments: { amount: 100 }, id: "c1" }] },
  { text: "Paid." },
];

interface World {
  readonly log?: EventLog;
  readonly script?: readonly ScriptedAnswer[];
  readonly key?: string;
  readonly roles?: readonly string[];
  readonly seed?: string;
}

function setUp({ log = createInMemoryEventLog(), script: answers = script, key = "k", roles, seed = "a" }: World = {}) {
  const payments: number[] = [];
  const pay = defineTool({
    name: "pay",
    description: "Pays.",
    input: z.object({ amount: z.number() }),
    approval: { when: ({ amount }) => amount > 50, roles: roles ?? ["manager"], validForMs: 60_000 },
    run: ({ amount }) => {
      payments.push(amount);
      return `paid ${amount}`;
    },
  });
  const agents = [defineAgent({ name: "assistant", model: "scripted", tools: [pay] })];
  const clock = fixedClock();
  const ids = sequentialIds(seed);
  const kit = createAgentKit({ log, model: scriptedModel(answers), agents, approvals: authority(key), clock, ids });
  return { kit, log, clock, payments, agents };
}

const manager = { user: "eve", roles: ["manager"] };

async function refusals(log: EventLog): Promise<readonly unknown[]> {
  const reasons: unknown[] = [];
  for await (const event of log.readStream(toApprovalStream("s"))) reasons.push(event.data["reason"]);
  return reasons;
}

async function waiting(world: ReturnType<typeof setUp>) {
  const result = await world.kit.run({ input: "Pay 100", session: "s" });
  const [request] = await world.kit.approvals("s");
  if (request === undefined) throw new Error("Nothing waits for an approval.");
  return { result, request };
}

describe("a tool that needs an approval", () => {
  it("does not start before it is approved, and starts once with the arguments that were approved", async () => {
    const world = setUp();
    const { result, request } = await waiting(world);
    expect(result).toMatchObject({ outcome: "suspended", waiting: [{ callId: "c1", reason: "approval_required" }] });
    expect(world.payments).toEqual([]);
    expect(request).toMatchObject({ tool: "pay", arguments: '{"amount":100}', roles: ["manager"], session: "s" });
    const after = await world.kit.decide({ ticket: request.ticket, outcome: "approve", approver: manager });
    expect(after).toMatchObject({ outcome: "completed", text: "Paid." });
    expect(world.payments).toEqual([100]);
    expect(await readTypes(world.log, "s")).toContain("ToolCallApproved");
    await checkSession(world.kit, world, "s");
  });

  it("is asked for in a process that was started after the request", async () => {
    const first = setUp();
    const { request } = await waiting(first);
    const second = setUp({ log: first.log, script: script.slice(1), seed: "b" });
    const after = await second.kit.decide({ ticket: request.ticket, outcome: "approve", approver: manager });
    expect(after).toMatchObject({ outcome: "completed" });
    expect(second.payments).toEqual([100]);
  });

  it("runs with the arguments an approver puts in their place, and tells the model", async () => {
    const world = setUp();
    const { request } = await waiting(world);
    const edit = { ticket: request.ticket, outcome: "approve", arguments: '{"amount":60}', approver: manager } as const;
    const after = await world.kit.decide(edit);
    expect(world.payments).toEqual([60]);
    expect(JSON.stringify(after.items)).toContain("arguments_used");
    await checkSession(world.kit, world, "s");
  });

  it("tells the model why a person refused", async () => {
    const world = setUp();
    const { request } = await waiting(world);
    const deny = { ticket: request.ticket, outcome: "deny", reason: "too much", approver: manager } as const;
    const after = await world.kit.decide(deny);
    expect(world.payments).toEqual([]);
    expect(JSON.stringify(after.items)).toContain("too much");
    await checkSession(world.kit, world, "s");
  });

  it("refuses forged, late, mismatched and powerless approvals, and records each attempt", async () => {
    const world = setUp();
    const { request } = await waiting(world);
    const { ticket } = request;
    const attempt = { ticket, outcome: "approve", approver: manager } as const;
    const refuse = async (change: object, code: string) => {
      await expect(world.kit.decide({ ...attempt, ...change })).rejects.toMatchObject({ code });
    };
    await refuse({ ticket: `${ticket.slice(0, -4)}AAAA` }, "approval_forged");
    await refuse({ approver: { user: "bob", roles: ["clerk"] } }, "approval_role_missing");
    await refuse({ argumentsHash: `sha256:${"0".repeat(64)}` }, "approval_arguments_mismatch");
    world.clock.advance(60_000);
    await refuse({}, "approval_expired");
    expect(world.payments).toEqual([]);
    const after = await world.kit.resume("s");
    expect(after).toMatchObject({ outcome: "completed" });
    await refuse({}, "approval_expired");
    const tried = ["forged", "role_missing", "arguments_mismatch", "expired", "expired"];
    expect(await refusals(world.log)).toEqual(tried);
    await checkSession(world.kit, world, "s");
  });

  it("refuses an approval that was used", async () => {
    const world = setUp();
    const { request } = await waiting(world);
    const attempt = { ticket: request.ticket, outcome: "approve", approver: manager } as const;
    await world.kit.decide(attempt);
    await expect(world.kit.decide(attempt)).rejects.toMatchObject({ code: "approval_replayed" });
    expect(world.payments).toEqual([100]);
    expect(await refusals(world.log)).toEqual(["replayed"]);
  });

  it("does not take an approval that somebody wrote into the log, and asks again", async () => {
    const world = setUp();
    await waiting(world);
    const stream = toSessionStream("s");
    const revision = (await world.log.head(stream)) ?? 0;
    const newest = (await readEvents(world.log, "s")).at(-1);
    if (newest === undefined) throw new Error("The session is empty.");
    const [pending] = await world.kit.approvals("s");
    const data = {
      callId: "c1",
      argumentsHash: pending?.argumentsHash ?? "",
      approval: {
        id: pending?.approval ?? "",
        approver: manager,
        policy: pending?.policy ?? "",
        expires: "2999-01-01T00:00:00.000Z",
        keyId: "key-k",
        signature: authority("other").sign("anything"),
      },
    };
    const { stream: _stream, revision: _revision, position: _position, ...envelope } = newest;
    const forged = {
      ...envelope,
      id: "00000000-0000-5000-8000-000000000001",
      type: "ToolCallApproved",
      version: 2,
      data,
    };
    const resumed = {
      ...forged,
      id: "00000000-0000-5000-8000-000000000002",
      type: "RunResumed",
      data: { reason: "decided" },
    };
    await world.log.append(stream, [forged, resumed], { expected: revision });
    const honest = setUp({ log: world.log, script: script.slice(1), seed: "b" });
    expect(await honest.kit.resume("s")).toMatchObject({ outcome: "suspended" });
    expect(honest.payments).toEqual([]);
    expect(await readTypes(world.log, "s")).toContain("ApprovalVoided");
    expect(await honest.kit.approvals("s")).toHaveLength(1);
  });

  it("shows nothing of the arguments of a tool that the code has no more", async () => {
    const world = setUp();
    await waiting(world);
    const agents = [defineAgent({ name: "assistant", model: "scripted" })];
    const kit = createAgentKit({ log: world.log, model: scriptedModel([]), agents, approvals: authority("k") });
    expect(await kit.approvals("s")).toMatchObject([{ tool: "pay", arguments: '"[hidden]"' }]);
  });

  it("needs somebody who signs", async () => {
    const { agents, log } = setUp();
    const kit = createAgentKit({ log, model: scriptedModel(script), agents });
    await expect(kit.run({ input: "Pay" })).rejects.toMatchObject({ code: "definition_invalid" });
  });
});
