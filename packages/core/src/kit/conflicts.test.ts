import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import { checkSession, faultyLog, readEvents, readTypes, testKit } from "./session-harness.test.support.ts";

const assistant = defineAgent({ name: "assistant", model: "scripted" });
const agents = [assistant];

/** An agent with a tool that waits to be let go, and how often it was started. */
function withGate(sideEffects: "none" | "idempotent" | "unsafe" = "unsafe") {
  const gate = Promise.withResolvers<string>();
  const started: string[] = [];
  const pay = defineTool({
    name: "pay",
    description: "Pays.",
    input: z.object({}),
    sideEffects,
    run: (_input, { idempotencyKey }) => {
      started.push(idempotencyKey);
      return gate.promise;
    },
  });
  return { gate, started, agent: defineAgent({ name: "assistant", model: "scripted", tools: [pay] }) };
}

/** Lets a process break down in the middle of its second append: the tool was asked for, and may have run. */
const downAtOutcome = (log: Parameters<typeof faultyLog>[0]) =>
  faultyLog(
    log,
    (number) => (number >= 3 ? "before" : "none"),
    () => new AgentKitError("log_unavailable", "down"),
  );

describe("two workers on one session", () => {
  it("lets one of two runs that start at once win, and writes nothing of the other", async () => {
    const log = createInMemoryEventLog();
    const kits = ["a", "b"].map((seed) => testKit({ log, agents, model: scriptedModel([{ text: seed }]) }, seed));
    const results = await Promise.allSettled(kits.map(async (kit) => kit.run({ input: "Hi", session: "s" })));
    expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(results.find((result) => result.status === "rejected")?.reason).toMatchObject({
      code: "concurrency_conflict",
    });
    const [kit] = kits;
    if (kit === undefined) throw new Error("no kit");
    expect(await checkSession(kit, { log, agents }, "s")).toMatchObject({ runs: 1, modelCalls: 1 });
  });

  it("stops a worker whose run was taken up by another, and starts no tool twice for one start event", async () => {
    const log = createInMemoryEventLog();
    const { agent, gate, started } = withGate("idempotent");
    const script = [{ calls: [{ name: "pay", arguments: {} }] }, { text: "Paid." }];
    const first = testKit({ log, agents: [agent], model: scriptedModel(script) }, "a");
    const second = testKit({ log, agents: [agent], model: scriptedModel(script.slice(1)) }, "b");
    const stalled = first.run({ input: "Pay", session: "s" });
    await expect.poll(() => started.length).toBe(1);
    const taken = second.resume("s");
    await expect.poll(() => started.length).toBe(2);
    gate.resolve("ok");
    await expect(stalled).rejects.toMatchObject({ code: "concurrency_conflict" });
    await expect(taken).resolves.toMatchObject({ outcome: "completed", text: "Paid." });
    const starts = (await readEvents(log, "s")).filter((event) => event.type === "ToolCallStarted");
    expect(starts.map((event) => event.data.attempt)).toEqual([1, 2]);
    expect(new Set(started).size).toBe(1);
    await checkSession(second, { log, agents: [agent] }, "s");
  });

  it.each(["of one process", "of two processes"])("lets one of two resumes win, %s", async (processes) => {
    const log = createInMemoryEventLog();
    const { agent, gate, started } = withGate("idempotent");
    const script = [{ calls: [{ name: "pay", arguments: {} }] }];
    const crashed = testKit({ log: downAtOutcome(log), agents: [agent], model: scriptedModel(script) }, "a");
    gate.resolve("ok");
    await expect(crashed.run({ input: "Pay", session: "s" })).rejects.toMatchObject({ code: "log_unavailable" });
    const kit = testKit({ log, agents: [agent], model: scriptedModel(() => ({ text: "Paid." })) }, "b");
    const other =
      processes === "of one process"
        ? kit
        : testKit({ log, agents: [agent], model: scriptedModel(() => ({ text: "Paid twice." })) }, "c");
    const results = await Promise.allSettled([kit.resume("s"), other.resume("s")]);
    expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(results.find((result) => result.status === "rejected")?.reason).toMatchObject({
      code: "concurrency_conflict",
    });
    expect(started).toHaveLength(2);
    await checkSession(kit, { log, agents: [agent] }, "s");
  });

  it("lets one of two decisions win, within one process too", async () => {
    const log = createInMemoryEventLog();
    const { agent, gate } = withGate("unsafe");
    const script = [{ calls: [{ name: "pay", arguments: {}, id: "c1" }] }];
    const crashed = testKit({ log: downAtOutcome(log), agents: [agent], model: scriptedModel(script) }, "a");
    gate.resolve("ok");
    await expect(crashed.run({ input: "Pay", session: "s" })).rejects.toMatchObject({ code: "log_unavailable" });
    const kit = testKit({ log, agents: [agent], model: scriptedModel(() => ({ text: "Done." })) }, "b");
    expect(await kit.resume("s")).toMatchObject({ outcome: "suspended" });
    const results = await Promise.allSettled([
      kit.resume("s", { decisions: [{ callId: "c1", outcome: "succeeded", output: "paid" }] }),
      kit.resume("s", { decisions: [{ callId: "c1", outcome: "failed", message: "not paid" }] }),
    ]);
    expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const decided = (await readTypes(log, "s")).filter((type) => /^ToolCall(Succeeded|Failed)$/.test(type));
    expect(decided).toHaveLength(1);
    await checkSession(kit, { log, agents: [agent] }, "s");
  });

  it("records the contents that both need once, whoever comes first", async () => {
    const log = createInMemoryEventLog();
    const instructed = [defineAgent({ name: "assistant", model: "scripted", instructions: "Be kind." })];
    const kits = ["a", "b"].map((seed) => {
      return testKit({ log, agents: instructed, model: scriptedModel([{ text: seed }]) }, seed);
    });
    await Promise.all(kits.map(async (kit, index) => kit.run({ input: "Hi", session: `s${index}` })));
    const contents: unknown[] = [];
    for await (const event of log.readAll({ filter: { types: ["ContentRecorded"] } })) contents.push(event.data);
    expect(contents).toMatchObject([{ kind: "instructions", content: "Be kind." }]);
    for (const [index, kit] of kits.entries()) await checkSession(kit, { log, agents: instructed }, `s${index}`);
  });

  it("refuses a session id that is taken, within one process too", async () => {
    const log = createInMemoryEventLog();
    const kit = testKit({ log, agents, model: scriptedModel([]) });
    await kit.createSession({ session: "s" });
    await kit.createSession({ session: "t" });
    const conflict = { code: "concurrency_conflict" };
    await expect(kit.createSession({ session: "s" })).rejects.toMatchObject(conflict);
    await expect(kit.fork("t", { session: "s" })).rejects.toMatchObject(conflict);
    await expect(kit.fork("s", { session: "s" })).rejects.toMatchObject(conflict);
    expect(await readTypes(log, "s")).toEqual(["SessionStarted"]);
  });
});
