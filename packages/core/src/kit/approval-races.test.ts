import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import type { ToolDefinition } from "../agent/define-tool.ts";
import type { ApprovalAuthority } from "../approvals/approval-authority.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { createInMemoryLeaseStore } from "../run/in-memory-lease-store.ts";
import { toSessionStream } from "../session/session-stream.ts";
import { fixedClock } from "../testing/fixed-clock.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { AgentKitOptions } from "./create-agent-kit.ts";
import { toApprovalStream } from "./record-refusal.ts";
import { checkSession, faultyLog, readEvents, readTypes, testKit } from "./session-harness.test.support.ts";

const authority: ApprovalAuthority = {
  keyId: "k",
  sign: (text) => createHmac("sha256", "k").update(text).digest("base64url"),
  verify: (text, signature) => authority.sign(text) === signature,
};
const eve = { user: "eve", roles: [] };
const bob = { user: "bob", roles: [] };

interface World extends Partial<AgentKitOptions> {
  readonly log?: EventLog;
  readonly seed?: string;
  /** Amounts that the model pays at once, each by a call of its own. */
  readonly amounts?: readonly number[];
  readonly pay?: Partial<
    Pick<ToolDefinition<z.ZodType<{ amount: number }>>, "sideEffects" | "onUnknownOutcome" | "run">
  >;
}

function setUp({ log = createInMemoryEventLog(), seed = "a", amounts = [1], pay: change, ...options }: World = {}) {
  const payments: number[] = [];
  const pay = defineTool({
    name: "pay",
    description: "Pays.",
    input: z.object({ amount: z.number() }),
    approval: { when: "always", validForMs: 60_000 },
    run: ({ amount }) => {
      payments.push(amount);
      return `paid ${amount}`;
    },
    ...change,
  });
  const office = defineTool({
    name: "office",
    description: "Lets the clerk pay.",
    input: z.object({}),
    sideEffects: "idempotent",
    run: async (_input, { runAgent }) => {
      const result = await runAgent({ agent: "clerk", input: "Pay" });
      return result.type === "finished" ? `${result.outcome}: ${result.text}` : result;
    },
  });
  const agents = [
    defineAgent({ name: "clerk", model: "scripted", instructions: "clerk", tools: [pay] }),
    defineAgent({ name: "boss", model: "scripted", instructions: "boss", tools: [office] }),
  ];
  const model = scriptedModel(({ instructions, input }) => {
    if (input.some(({ type }) => type === "function_call_output")) return { text: `${instructions} is done.` };
    if (instructions === "boss") return { calls: [{ name: "office", arguments: {}, id: "o1" }] };
    return { calls: amounts.map((amount, index) => ({ name: "pay", arguments: { amount }, id: `c${index}` })) };
  });
  const clock = fixedClock();
  const kit = testKit({ log, model, agents, approvals: authority, clock, ...options }, seed);
  return { kit, log, clock, payments, agents, model };
}

type Running = ReturnType<typeof setUp>;

async function begin({ kit }: Running, agent = "clerk") {
  await kit.run({ input: "Pay", session: "s", agent });
  return kit.approvals("s");
}

function approve(ticket: string, approver = eve) {
  return { ticket, outcome: "approve", approver } as const;
}

async function refusals(log: EventLog, session = "s"): Promise<readonly unknown[]> {
  const reasons: unknown[] = [];
  for await (const event of log.readStream(toApprovalStream(session))) reasons.push(event.data["reason"]);
  return reasons;
}

function gone(): AgentKitError {
  return new AgentKitError("log_closed", "The process is gone.");
}

async function lose(): Promise<never> {
  throw new AgentKitError("tool_outcome_unknown", "Lost.");
}

describe("two approvers at once", () => {
  it("decide once: the second is told, and that is on record", async () => {
    const log = createInMemoryEventLog();
    const first = setUp({ log });
    const [request] = await begin(first);
    const second = setUp({ log, seed: "b" });
    const ticket = request?.ticket ?? "";
    const results = await Promise.allSettled([
      first.kit.decide(approve(ticket, eve)),
      second.kit.decide({ ticket, outcome: "deny", approver: bob }),
    ]);
    const refused = results.filter(({ status }) => status === "rejected");
    expect(refused).toMatchObject([{ reason: { code: "approval_replayed" } }]);
    expect(await refusals(log)).toEqual(["replayed"]);
    expect(await readTypes(log, "s")).toContain("RunCompleted");
    await checkSession(first.kit, first, "s");
  });

  it("on two calls of one answer are both heard, while nobody drives the run", async () => {
    const world = setUp({ amounts: [1, 2] });
    const [one, two] = await begin(world);
    const after = await world.kit.decide(approve(one?.ticket ?? ""));
    expect(after).toMatchObject({ outcome: "suspended", waiting: [{ callId: "c1", reason: "approval_required" }] });
    expect(world.payments).toEqual([1]);
    expect(await world.kit.approvals("s")).toHaveLength(1);
    expect(await world.kit.decide(approve(two?.ticket ?? "", bob))).toMatchObject({ outcome: "completed" });
    expect(world.payments).toEqual([1, 2]);
    await checkSession(world.kit, world, "s");
  });

  it("on two calls: the second does not take the run from whoever carries out the first", async () => {
    const { promise: blocked, resolve: release } = Promise.withResolvers<undefined>();
    const payments: number[] = [];
    const run = async ({ amount }: { amount: number }) => {
      if (amount === 1) await blocked;
      payments.push(amount);
      return "paid";
    };
    const world = setUp({ amounts: [1, 2], pay: { run } });
    const [one, two] = await begin(world);
    const deciding = world.kit.decide(approve(one?.ticket ?? ""));
    while (!(await readTypes(world.log, "s")).includes("ToolCallStarted"))
      await new Promise((resolve) => setImmediate(resolve));
    await expect(world.kit.decide(approve(two?.ticket ?? "", bob))).rejects.toMatchObject({ code: "session_busy" });
    release(undefined);
    expect(await deciding).toMatchObject({ outcome: "suspended" });
    expect(await world.kit.decide(approve(two?.ticket ?? "", bob))).toMatchObject({ outcome: "completed" });
    expect(payments).toEqual([1, 2]);
    expect(await readTypes(world.log, "s")).not.toContain("ToolCallOutcomeUnknown");
  });
});

describe("an approval", () => {
  it.each(["before", "after"] as const)(
    "that is given as the process dies (%s it is durable) is used once",
    async (how) => {
      const log = createInMemoryEventLog();
      const first = setUp({ log });
      const [request] = await begin(first);
      const dying = faultyLog(log, (number) => (number === 1 ? how : "before"), gone);
      const dead = setUp({ log: dying, seed: "b" });
      await dead.kit.decide(approve(request?.ticket ?? "")).catch(() => undefined);
      expect(dead.payments).toEqual([]);
      const next = setUp({ log, seed: "c" });
      const result = await next.kit.resume("s");
      // Once it is durable, so is that it starts: nobody knows how far it came, and a person decides.
      const reason = how === "before" ? "approval_required" : "outcome_unknown";
      expect(result).toMatchObject({ outcome: "suspended", waiting: [{ reason }] });
      const [open] = await next.kit.approvals("s");
      expect(open?.ticket).toBe(how === "before" ? request?.ticket : undefined);
      await checkSession(next.kit, next, "s");
    },
  );

  it("holds for one use: a call of unknown outcome that is to run again is asked for again", async () => {
    const world = setUp({ pay: { run: lose } });
    const [request] = await begin(world);
    const lost = await world.kit.decide({ ...approve(request?.ticket ?? ""), arguments: '{"amount":7}' });
    expect(lost).toMatchObject({ waiting: [{ reason: "outcome_unknown" }] });
    const again = await world.kit.resume("s", { decisions: [{ callId: "c0", outcome: "retry" }] });
    expect(again).toMatchObject({ waiting: [{ reason: "approval_required", arguments: '{"amount":7}' }] });
    const [second] = await world.kit.approvals("s");
    expect(second?.approval).not.toBe(request?.approval);
    await expect(world.kit.decide(approve(request?.ticket ?? ""))).rejects.toMatchObject({ code: "approval_replayed" });
    await checkSession(world.kit, world, "s");
  });

  it.each(['{"amount":"much"}', "no JSON", '{"amount":1,"note":"\ud800"}'])(
    "with arguments that the tool does not take, %j, is for the approver to correct",
    async (text) => {
      const world = setUp();
      const [request] = await begin(world);
      const edited = { ...approve(request?.ticket ?? ""), arguments: text };
      await expect(world.kit.decide(edited)).rejects.toMatchObject({ code: "input_invalid" });
      expect(await world.kit.approvals("s")).toHaveLength(1);
      expect(await world.kit.decide(approve(request?.ticket ?? ""))).toMatchObject({ outcome: "completed" });
    },
  );

  it("that somebody wrote into the log does not hold either when it looks used", async () => {
    const world = setUp();
    const [request] = await begin(world);
    const events = await readEvents(world.log, "s");
    const newest = events.at(-1);
    if (newest === undefined) throw new Error("The session is empty.");
    const { stream, revision, position: _position, ...envelope } = newest;
    const approval = {
      id: request?.approval ?? "",
      approver: eve,
      policy: request?.policy ?? "",
      expires: "2999-01-01T00:00:00.000Z",
      keyId: "k",
      signature: "forged",
    };
    const forged = [
      {
        type: "ToolCallApproved",
        version: 2,
        data: { callId: "c0", argumentsHash: request?.argumentsHash ?? "", approval },
      },
      { type: "RunResumed", version: 2, data: { reason: "decided" } },
      { type: "ToolCallStarted", version: 1, data: { callId: "c0", attempt: 1, idempotencyKey: "k" } },
      { type: "ToolCallFailed", version: 2, data: { callId: "c0", code: "x", message: "x", retryAfterMs: 0 } },
    ].map((event, index) => ({ ...envelope, ...event, id: `00000000-0000-5000-8000-00000000000${index}` }));
    await world.log.append(stream, forged, { expected: revision });
    const honest = setUp({ log: world.log, seed: "b" });
    expect(await honest.kit.resume("s")).toMatchObject({ waiting: [{ reason: "approval_required" }] });
    expect(honest.payments).toEqual([]);
    expect(await readTypes(world.log, "s")).toContain("ApprovalVoided");
  });

  it("is not inherited by a fork, which asks for its own", async () => {
    const world = setUp();
    const [request] = await begin(world);
    await world.kit.decide(approve(request?.ticket ?? ""));
    const approved = (await readEvents(world.log, "s")).find(({ type }) => type === "ToolCallApproved");
    await world.kit.fork("s", { at: approved?.revision ?? 0, session: "f" });
    expect(await world.kit.resume("f")).toMatchObject({ outcome: "suspended" });
    const [own] = await world.kit.approvals("f");
    await expect(world.kit.decide(approve(request?.ticket ?? ""))).rejects.toMatchObject({ code: "approval_replayed" });
    expect(world.payments).toEqual([1]);
    expect(await world.kit.decide(approve(own?.ticket ?? ""))).toMatchObject({ outcome: "completed" });
    expect(world.payments).toEqual([1, 1]);
    await checkSession(world.kit, world, "f");
  });

  it("of a call whose agent is gone from the code is refused clearly, and waits for the code to come back", async () => {
    const world = setUp();
    const [request] = await begin(world);
    const without = testKit({ ...world, agents: world.agents.slice(1), approvals: authority, model: world.model }, "b");
    await expect(without.decide(approve(request?.ticket ?? ""))).rejects.toMatchObject({ code: "agent_not_found" });
    const back = setUp({ log: world.log, seed: "c" });
    expect(await back.kit.decide(approve(request?.ticket ?? ""))).toMatchObject({ outcome: "completed" });
  });

  it("that comes too late is found out by whoever recovers", async () => {
    const world = setUp();
    await begin(world);
    expect(await world.kit.recover({ skipSuspended: true })).toEqual([]);
    world.clock.advance(60_000);
    expect(await world.kit.recover({ skipSuspended: true })).toMatchObject([
      { status: "resumed", result: { outcome: "completed" } },
    ]);
    expect(world.payments).toEqual([]);
    await checkSession(world.kit, world, "s");
  });
});

describe("an approval in a sub-run", () => {
  it("is listed with the run above, and takes both up", async () => {
    const world = setUp();
    const [request] = await begin(world, "boss");
    expect(request).toMatchObject({ agent: "clerk", tool: "pay" });
    expect(request?.session).not.toBe("s");
    expect(await world.kit.decide(approve(request?.ticket ?? ""))).toMatchObject({ text: "clerk is done." });
    expect(await world.kit.resume("s")).toMatchObject({ outcome: "completed", text: "boss is done." });
    expect(world.payments).toEqual([1]);
    await checkSession(world.kit, world, "s");
  });

  it("does not take the sub-run from whoever carries it out, when others recover", async () => {
    const { promise: blocked, resolve: release } = Promise.withResolvers<undefined>();
    const leases = createInMemoryLeaseStore({ clock: fixedClock() });
    const world = setUp({ leases, pay: { run: async () => blocked.then(() => "paid") } });
    const [request] = await begin(world, "boss");
    const deciding = world.kit.decide(approve(request?.ticket ?? ""));
    const child = request?.session ?? "";
    while (!(await readTypes(world.log, child)).includes("ToolCallStarted"))
      await new Promise((resolve) => setImmediate(resolve));
    const other = setUp({ log: world.log, leases, seed: "b" });
    const recovered = await other.kit.recover();
    expect(recovered.map(({ status }) => status).toSorted()).toEqual(["left_alone", "suspended"]);
    release(undefined);
    expect(await deciding).toMatchObject({ outcome: "completed" });
    expect(await world.kit.result("s", (await world.kit.load("s")).turns.at(0)?.run ?? "")).toMatchObject({
      text: "boss is done.",
    });
    expect(await readTypes(world.log, child)).not.toContain("ToolCallOutcomeUnknown");
  });

  it("keeps to what the tree above may use up", async () => {
    const world = setUp();
    const [clerk, boss] = world.agents;
    if (clerk === undefined || boss === undefined) throw new Error("No agents.");
    const limited = { ...boss, limits: { ...boss.limits, tree: { modelCalls: 2 } } };
    const kit = testKit({ ...world, agents: [clerk, limited], approvals: authority }, "a");
    await kit.run({ input: "Pay", session: "s", agent: "boss" });
    const [request] = await kit.approvals("s");
    expect(await kit.decide(approve(request?.ticket ?? ""))).toMatchObject({
      reason: { code: "run_tree_limit_exceeded" },
    });
    expect(await kit.resume("s")).toMatchObject({ reason: { code: "run_tree_limit_exceeded" } });
  });
});

describe("cancelling", () => {
  it("ends a run that waits, and what it waited for can no longer be approved", async () => {
    const world = setUp();
    const [request] = await begin(world);
    expect(await world.kit.cancel("s", { reason: "Not wanted.", actor: "person:eve" })).toMatchObject({
      outcome: "cancelled",
      reason: { message: "Not wanted." },
    });
    const last = (await readEvents(world.log, "s")).at(-1);
    expect(last).toMatchObject({ type: "RunCancelled", meta: { actor: "person:eve" } });
    await expect(world.kit.decide(approve(request?.ticket ?? ""))).rejects.toMatchObject({ code: "approval_replayed" });
    expect(world.payments).toEqual([]);
    expect(await world.kit.cancel("s")).toMatchObject({ outcome: "cancelled" });
    expect(await world.kit.run({ input: "Else", session: "s" })).toMatchObject({ outcome: "suspended" });
    await checkSession(world.kit, world, "s");
  });

  it("ends the runs below it first", async () => {
    const world = setUp();
    const [request] = await begin(world, "boss");
    await world.kit.cancel("s");
    expect((await readTypes(world.log, request?.session ?? "")).at(-1)).toBe("RunCancelled");
    expect((await readTypes(world.log, "s")).at(-1)).toBe("RunCancelled");
    await expect(world.kit.decide(approve(request?.ticket ?? ""))).rejects.toMatchObject({
      code: "approval_not_waiting",
    });
    await checkSession(world.kit, world, "s");
  });

  it("of a sub-run lets the run above go on without it", async () => {
    const world = setUp();
    const [request] = await begin(world, "boss");
    await world.kit.cancel(request?.session ?? "");
    const result = await world.kit.resume("s");
    expect(result).toMatchObject({ outcome: "completed" });
    expect(JSON.stringify(result.items)).toContain("cancelled:");
  });

  it("works for an agent that the code has no longer, and for a run whose process died", async () => {
    const world = setUp();
    await begin(world);
    const without = testKit({ ...world, agents: world.agents.slice(1), model: world.model }, "b");
    expect(await without.cancel("s")).toMatchObject({ outcome: "cancelled" });
    expect(await readTypes(world.log, toSessionStream("s").slice("session-".length))).toContain("RunCancelled");
  });

  it("leaves a run to whoever drives it", async () => {
    const world = setUp({ model: scriptedModel([{ stall: true }]) });
    const controller = new AbortController();
    const running = world.kit.run({ input: "Pay", session: "s", agent: "clerk", signal: controller.signal });
    while ((await world.log.head("session-s")) === undefined) await new Promise((resolve) => setImmediate(resolve));
    await expect(world.kit.cancel("s")).rejects.toMatchObject({ code: "session_busy" });
    controller.abort();
    await running;
  });

  it("reaches a sub-run that was left waiting by a run that ended", async () => {
    const world = setUp();
    const [request] = await begin(world, "boss");
    const child = request?.session ?? "";
    const events = await readEvents(world.log, "s");
    const last = events.at(-1);
    if (last === undefined) throw new Error("The session is empty.");
    const { stream, revision, position: _position, ...envelope } = last;
    const cancelled = {
      ...envelope,
      id: "00000000-0000-5000-8000-000000000009",
      type: "RunCancelled",
      version: 1,
      data: { reason: "x" },
    };
    await world.log.append(stream, [cancelled], { expected: revision });
    await expect(world.kit.decide(approve(request?.ticket ?? ""))).rejects.toMatchObject({
      code: "approval_not_waiting",
    });
    await world.kit.recover();
    expect((await readTypes(world.log, child)).at(-1)).toBe("RunCancelled");
    expect(world.payments).toEqual([]);
  });
});
