import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import type { Agent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { AgentKit } from "../kit/create-agent-kit.ts";
import { checkSession, faultyLog, readEvents, readTypes, testKit } from "../kit/session-harness.test.support.ts";
import type { Item } from "../model/items.ts";
import type { FunctionTool, ModelRequest } from "../model/model.ts";
import { recentTurns } from "../session/context-window.ts";
import { acceptPrompt } from "../session/accept-prompt.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer, ScriptedModel } from "../testing/scripted-model.ts";

const theirs: FunctionTool = { type: "function", name: "theirs", description: null, parameters: null, strict: null };

const look = defineTool({
  name: "look",
  description: "Looks.",
  input: z.object({}),
  sideEffects: "idempotent",
  run: (_input, { session }) => `seen in ${session}`,
});

const script: readonly ScriptedAnswer[] = [
  {
    calls: [
      { name: "look", arguments: {}, id: "c1" },
      { name: "look", arguments: {}, id: "c2" },
    ],
  },
  { text: "I have looked." },
  { calls: [{ name: "theirs", arguments: {}, id: "c3" }] },
  { text: "Thank you." },
  { error: "model_overloaded", retryable: true },
  { text: "Better." },
];

/** A session with everything: own and client calls, a failure that is retried, four turns. */
async function recordParent(log: EventLog, agents: readonly Agent[]): Promise<AgentKit> {
  const kit = testKit({ log, model: scriptedModel(script), agents }, "a");
  await kit.run({ input: "Look", session: "p" });
  await kit.run({ input: "Do it yourself", session: "p", tools: [theirs] });
  await kit.run({ input: [{ type: "function_call_output", call_id: "c3", output: "done" }], session: "p" });
  await kit.run({ input: "Again", session: "p" });
  return kit;
}

const parentLength = 37;
const revisions = Array.from({ length: parentLength }, (_value, revision) => revision);

/** Answers anything in one sentence. */
function fluentModel(): ScriptedModel {
  return scriptedModel((_request: ModelRequest, index) => ({ text: `Answer ${index}.` }));
}

function agentsWith(window = recentTurns()): readonly Agent[] {
  return [
    defineAgent({
      name: "assistant",
      model: "scripted",
      instructions: "Be kind.",
      tools: [look],
      limits: { retryDelayMs: 0 },
      window,
    }),
  ];
}

describe("a fork", () => {
  let log: EventLog;
  const agents = agentsWith();

  beforeEach(async () => {
    log = createInMemoryEventLog();
    await recordParent(log, agents);
  });

  it("is taken at every revision of the parent that these tests have", async () => {
    expect(await log.head("session-p")).toBe(parentLength - 1);
    expect(new Set(await readTypes(log, "p"))).toEqual(
      new Set([
        "SessionStarted",
        "RunStarted",
        "PromptReceived",
        "ContextAssembled",
        "ModelCallStarted",
        "ModelCallCompleted",
        "ModelCallFailed",
        "ToolCallRequested",
        "ToolCallStarted",
        "ToolCallSucceeded",
        "RunCompleted",
      ]),
    );
  });

  it.each(revisions)("at revision %i goes on by resuming, and leaves the parent as it was", async (at) => {
    const before = await readEvents(log, "p");
    const kit = testKit({ log, model: fluentModel(), agents }, "b");
    const { session } = await kit.fork("p", { at });
    expect(await readTypes(log, session)).toEqual(["SessionForked"]);
    await checkSession(kit, { log, agents }, session);
    const [resumed] = await Promise.allSettled([kit.resume(session)]);
    expect(["fulfilled", "response_not_found"]).toContain(
      resumed.status === "rejected" && AgentKitError.is(resumed.reason) ? resumed.reason.code : resumed.status,
    );
    await checkSession(kit, { log, agents }, session);
    expect(await readEvents(log, "p")).toEqual(before);
    const state = await kit.load(session);
    // A run is over now, unless the fork was taken before its prompt.
    expect(state.active?.turn.items.length ?? 0).toBe(0);
    expect([...state.turns].every((turn) => turn.status === "completed")).toBe(true);
  });

  it.each(revisions)("at revision %i goes on with another prompt, whose request is whole", async (at) => {
    const model = fluentModel();
    const kit = testKit({ log, model, agents: agentsWith(recentTurns({ maxTurns: 1 })) }, "b");
    const { session } = await kit.fork("p", { at });
    const pending = [...(await kit.load(session)).pendingClientCalls];
    const outputs: Item[] = pending.map((callId) => ({
      type: "function_call_output",
      call_id: callId,
      output: "done",
    }));
    const message: Item = { type: "message", role: "user", content: "Other" };
    const result = await kit.run({ input: [...outputs, message], session });
    expect(result).toMatchObject({ outcome: "completed", text: "Answer 0." });
    const input = model.requests[0]?.input ?? [];
    expect(input.at(-1)).toEqual(message);
    expect(() => acceptPrompt(input, new Set())).not.toThrow();
    await checkSession(kit, { log, agents: agentsWith(recentTurns({ maxTurns: 1 })) }, session);
  });

  it("shares the parent's history by reference: only its own events are written", async () => {
    const kit = testKit({ log, model: fluentModel(), agents }, "b");
    const { session } = await kit.fork("p");
    expect(await log.head(`session-${session}`)).toBe(0);
    const state = await kit.load(session);
    expect(state).toMatchObject({ session, revision: 0, base: parentLength });
    expect([...state.turns]).toEqual([...(await kit.load("p")).turns]);
    await kit.run({ input: "More", session });
    const [forked] = await readEvents(log, session);
    expect(forked).toMatchObject({
      type: "SessionForked",
      data: { parent: { session: "p", revision: parentLength - 1 } },
    });
    const bytes = JSON.stringify(await readEvents(log, session));
    expect(bytes).not.toContain("I have looked");
  });

  it("does again under a key of its own what the parent's tools did", async () => {
    const kit = testKit({ log, model: fluentModel(), agents }, "b");
    const events = await readEvents(log, "p");
    const started = events.findLast((event) => event.type === "ToolCallStarted");
    const { session } = await kit.fork("p", { at: started?.revision ?? 0 });
    await kit.resume(session);
    const again = (await readEvents(log, session)).filter((event) => event.type === "ToolCallStarted");
    expect(again).toHaveLength(2);
    expect(again.map(({ data }) => data.idempotencyKey)).not.toContain(started?.data.idempotencyKey);
    expect((await kit.load(session)).turns.at(0)?.items.toArray()).toContainEqual({
      type: "function_call_output",
      call_id: "c1",
      output: `seen in ${session}`,
    });
  });

  it("of a fork of a fork carries on all that led to it", async () => {
    const model = fluentModel();
    const kit = testKit({ log, model, agents }, "b");
    const { session: first } = await kit.fork("p", { at: 15 });
    await kit.run({ input: "One", session: first });
    const { session: second } = await kit.fork(first);
    await kit.run({ input: "Two", session: second });
    const { session: third } = await kit.fork(second, { at: 3 });
    await kit.resume(third);
    const texts = model.requests[1]?.input.filter((item) => item["role"] === "user").map((item) => item["content"]);
    expect(texts).toEqual(["Look", "One", "Two"]);
    for (const session of [first, second, third]) await checkSession(kit, { log, agents }, session);
    expect((await kit.load(second)).base).toBe(16 + 7);
  });

  it("lays another agent, model and instructions over the runs that follow, and over one that it takes up", async () => {
    const model = fluentModel();
    const other = defineAgent({ name: "other", model: "other-model", instructions: "Be curt." });
    const kit = testKit({ log, model, agents: [...agents, other] }, "b");
    const { session: changed } = await kit.fork("p", { model: "larger", instructions: "Be brief." });
    await kit.run({ input: "Go", session: changed });
    const { session: taken } = await kit.fork("p", { at: 4, agent: "other" });
    await kit.resume(taken);
    const { session: emptied } = await kit.fork("p", { instructions: "" });
    await kit.run({ input: "Go", session: emptied });
    const { session: again } = await kit.fork(changed, { model: "largest" });
    await kit.run({ input: "Go", session: again });
    expect(model.requests).toMatchObject([
      { model: "larger", instructions: "Be brief." },
      { model: "other-model", instructions: "Be curt." },
      { model: "scripted" },
      { model: "largest", instructions: "Be brief." },
    ]);
    expect(model.requests[2]).not.toHaveProperty("instructions");
    for (const session of [changed, taken, emptied, again]) {
      await checkSession(kit, { log, agents: [...agents, other] }, session);
    }
  });

  it("answers a prompt with the agent of the run that was under way, where there are several", async () => {
    const other = defineAgent({ name: "other", model: "scripted" });
    const kit = testKit({ log, model: fluentModel(), agents: [other, ...agents] }, "b");
    const { session } = await kit.fork("p", { at: 4 });
    await kit.run({ session, input: "Hello" });
    expect((await kit.load(session)).turns.last()).toMatchObject({ agent: "assistant", status: "completed" });
  });

  it("refuses a revision, an agent and an id that cannot be, and writes nothing", async () => {
    const kit = testKit({ log, model: fluentModel(), agents }, "b");
    const before = await countEvents(log);
    for (const at of [-1, parentLength, 0.5, Number.NaN]) {
      await expect(kit.fork("p", { at })).rejects.toMatchObject({ code: "revision_not_found", param: "at" });
    }
    await expect(kit.fork("p", { agent: "nobody" })).rejects.toMatchObject({ code: "agent_not_found" });
    await expect(kit.fork("p", { session: "a/b" })).rejects.toMatchObject({ code: "input_invalid" });
    expect(await countEvents(log)).toBe(before);
  });

  it("names the session that a fork names when its parent is gone", async () => {
    const kit = testKit({ log, model: fluentModel(), agents }, "b");
    const { session } = await kit.fork("p");
    const orphaned: EventLog = {
      ...faultyLog(
        log,
        () => "none",
        () => new Error("never"),
      ),
      async *readStream(stream, options) {
        if (stream !== "session-p") yield* log.readStream(stream, options);
      },
    };
    const other = testKit({ log: orphaned, model: fluentModel(), agents }, "c");
    await expect(other.load(session)).rejects.toMatchObject({ code: "session_not_found" });
  });
});

describe("diff", () => {
  let log: EventLog;
  let kit: AgentKit;
  const agents = agentsWith();

  beforeEach(async () => {
    log = createInMemoryEventLog();
    await recordParent(log, agents);
    kit = testKit({ log, model: fluentModel(), agents }, "b");
  });

  it("shows where two forks of a session part, and what each did after", async () => {
    const { session: left } = await kit.fork("p", { at: 15, instructions: "Be brief." });
    const { session: right } = await kit.fork("p", { at: 15 });
    await kit.run({ input: "Go", session: left });
    await kit.run({ input: "Go", session: right });
    const usage = {
      uncachedInputTokens: 10,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 5,
      reasoningTokens: 0,
    };
    const turn = { agent: "assistant", status: "completed", prompt: "Go", calls: [], usage };
    expect(await kit.diff(left, right)).toMatchObject({
      common: { session: "p", revision: 15 },
      samePrompt: true,
      left: { session: left, agent: "assistant", instructions: "Be brief.", turns: [{ ...turn, answer: "Answer 0." }] },
      right: { session: right, instructions: undefined, turns: [{ ...turn, answer: "Answer 1." }] },
    });
  });

  it("compares a fork with the session it was taken from", async () => {
    const { session } = await kit.fork("p", { at: 15 });
    await kit.run({ input: "Something else", session });
    const diff = await kit.diff("p", session);
    expect(diff).toMatchObject({ common: { session: "p", revision: 15 }, samePrompt: false });
    expect(diff.left.turns.map(({ prompt, calls }) => ({ prompt, calls }))).toEqual([
      { prompt: "Do it yourself", calls: ["theirs"] },
      { prompt: "", calls: [] },
      { prompt: "Again", calls: [] },
    ]);
    expect(diff.right.turns).toHaveLength(1);
    expect(await kit.diff(session, "p")).toEqual({ ...diff, left: diff.right, right: diff.left });
  });

  it("shows a run that both branches have the beginning of, each with its own end", async () => {
    const { session } = await kit.fork("p", { at: 5 });
    await kit.resume(session);
    const diff = await kit.diff("p", session);
    expect(diff.left.turns[0]).toMatchObject({ prompt: "Look", answer: "I have looked.", calls: ["look", "look"] });
    expect(diff.right.turns).toMatchObject([{ prompt: "Look", answer: "Answer 0.", calls: ["look", "look"] }]);
    expect(diff.right.turns[0]?.run).toBe(diff.left.turns[0]?.run);
  });

  it("finds the nearest history that cousins share", async () => {
    const { session: child } = await kit.fork("p", { at: 15 });
    await kit.run({ input: "One", session: child });
    const { session: left } = await kit.fork(child, { at: 2 });
    const { session: right } = await kit.fork(child);
    expect(await kit.diff(left, right)).toMatchObject({ common: { session: child, revision: 2 } });
    const { session: uncle } = await kit.fork("p", { at: 24 });
    expect(await kit.diff(left, uncle)).toMatchObject({ common: { session: "p", revision: 15 } });
  });

  it("says that unrelated sessions have nothing in common, and a session everything with itself", async () => {
    await kit.run({ input: "Hi", session: "q" });
    expect(await kit.diff("p", "q")).toMatchObject({ common: undefined, left: { turns: { length: 4 } } });
    expect(await kit.diff("p", "p")).toMatchObject({
      common: { session: "p", revision: parentLength - 1 },
      left: { turns: [] },
      right: { turns: [] },
    });
  });
});

async function countEvents(log: EventLog): Promise<number> {
  let count = 0;
  for await (const _event of log.readAll()) count += 1;
  return count;
}
