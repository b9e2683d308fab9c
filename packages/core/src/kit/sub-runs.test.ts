import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import type { Agent, RunLimits } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { AgentEvent, EventType } from "../events/catalogue.ts";
import { sessionOfStream } from "../session/session-stream.ts";
import type { RunResult } from "../run/run-result.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { AgentKit } from "./create-agent-kit.ts";
import type { AppendFault } from "./session-harness.test.support.ts";
import { checkSession, faultyLog, readEvents, readTypes, testKit } from "./session-harness.test.support.ts";

const topics = ["code", "billing"] as const;

interface World {
  readonly tree?: RunLimits["tree"];
  /** Which specialists never answer. */
  readonly stalled?: readonly string[];
  readonly lookUps?: string[];
}

/** A coordinator whose tool asks two specialists side by side; each of them uses a tool first. */
function office({ tree, stalled = [], lookUps = [] }: World = {}) {
  const panel = defineTool({
    name: "panel",
    description: "Asks the specialists.",
    input: z.object({}),
    sideEffects: "idempotent",
    run: async (_input, { runAgent }) => {
      const asked = topics.map(async (topic) => runAgent({ agent: topic, input: `About ${topic}?`, key: topic }));
      const answers = await Promise.all(asked);
      const waiting = answers.find((answer) => answer.type === "suspended");
      return waiting ?? answers.map((answer) => (answer.type === "finished" ? answer.text : "")).join(" ");
    },
  });
  const lookUp = defineTool({
    name: "look_up",
    description: "Looks up.",
    input: z.object({}),
    sideEffects: "none",
    run: (_input, { agent }) => {
      lookUps.push(agent);
      return "found";
    },
  });
  const specialists = topics.map((name) =>
    defineAgent({ name, model: "scripted", instructions: name, tools: [lookUp] }),
  );
  const coordinator = defineAgent({
    name: "coordinator",
    model: "scripted",
    instructions: "coordinator",
    tools: [panel],
    ...(tree && { limits: { tree } }),
  });
  const model = scriptedModel(({ instructions = "", input }) => {
    if (stalled.includes(instructions)) return { stall: true };
    const answered = input.some(({ type }) => type === "function_call_output");
    if (answered) return { text: `${instructions} done.` };
    return { calls: [{ name: instructions === "coordinator" ? "panel" : "look_up", arguments: {}, id: "c1" }] };
  });
  const agents: readonly Agent[] = [coordinator, ...specialists];
  return { agents, model };
}

async function sessionsOf(log: EventLog): Promise<readonly string[]> {
  const sessions = new Set<string>();
  for await (const { stream } of log.readAll()) sessions.add(sessionOfStream(stream) ?? "");
  sessions.delete("");
  return [...sessions];
}

type Typed<Type extends EventType> = Extract<AgentEvent, { readonly type: Type }>;

async function eventsOf<Type extends EventType>(
  log: EventLog,
  session: string,
  type: Type,
): Promise<readonly Typed<Type>[]> {
  const events = await readEvents(log, session);
  return events.filter((event): event is Typed<Type> => event.type === type);
}

function diesAt(append: number): (number: number) => AppendFault {
  return (number) => (number < append ? "none" : "before");
}

function gone(): AgentKitError {
  return new AgentKitError("log_closed", "The process is gone.");
}

async function toTheEnd(kit: AgentKit, log: EventLog): Promise<RunResult> {
  const begun = (await log.head("session-s")) !== undefined;
  let result = begun ? await kit.resume("s") : await kit.run({ input: "Go", session: "s", agent: "coordinator" });
  for (let tries = 0; result.outcome === "running" && tries < 5; tries += 1) result = await kit.resume("s");
  return result;
}

/** How many appends the whole tree takes, and what each test does at each of them. */
const appends = 14;
const crashes = Array.from({ length: appends }, (_value, index) => index + 1).flatMap((at) => [
  { at, how: "before" as const },
  { at, how: "after" as const },
]);

describe("a crash in a tree of runs", () => {
  it("is tried at every append", async () => {
    const log = createInMemoryEventLog();
    let count = 0;
    const counting = faultyLog(log, (number) => ((count = number), "none"), gone);
    const { agents, model } = office();
    const kit = testKit({ log: counting, model, agents });
    expect(await toTheEnd(kit, log)).toMatchObject({ text: "coordinator done." });
    expect(count).toBe(appends);
  });

  it.each(crashes)(
    "at append $at ($how it is durable) leaves one run of each, and computes nothing twice",
    async ({ at, how }) => {
      const log = createInMemoryEventLog();
      const fault = (number: number): AppendFault => (number < at ? "none" : number === at ? how : "before");
      const first = office();
      const dead = testKit({ log: faultyLog(log, fault, gone), ...first }, "a");
      await Promise.allSettled([dead.run({ input: "Go", session: "s", agent: "coordinator" })]);
      const { agents, model } = office();
      const kit = testKit({ log, agents, model }, "b");
      expect(await toTheEnd(kit, log)).toMatchObject({ outcome: "completed", text: "coordinator done." });
      const sessions = await sessionsOf(log);
      expect(sessions).toHaveLength(3);
      const started = await eventsOf(log, "s", "SubRunStarted");
      const completed = await eventsOf(log, "s", "SubRunCompleted");
      const children = sessions.filter((session) => session !== "s").toSorted();
      expect(started.map(({ data }) => data.session).toSorted()).toEqual(children);
      expect(completed.map(({ data }) => data.session).toSorted()).toEqual(children);
      for (const session of sessions) {
        expect(await eventsOf(log, session, "ModelCallCompleted")).toHaveLength(2);
        expect(await eventsOf(log, session, "ToolCallSucceeded")).toHaveLength(1);
        expect(await eventsOf(log, session, "RunCompleted")).toHaveLength(1);
        await checkSession(kit, { log, agents }, session);
      }
      // What the whole tree used up is what the parent's log says of it, whoever did it.
      const turn = (await kit.load("s")).turns.at(0);
      expect(turn?.spent).toEqual({ modelCalls: 6, toolCalls: 3, tokens: 90, costMicroUsd: 0 });
    },
  );

  it("is recovered from as a whole, by whoever starts next", async () => {
    const log = createInMemoryEventLog();
    const first = office();
    const fault = diesAt(6);
    const dead = testKit({ log: faultyLog(log, fault, gone), ...first }, "a");
    await Promise.allSettled([dead.run({ input: "Go", session: "s", agent: "coordinator" })]);
    const kit = testKit({ log, ...office() }, "b");
    await kit.recover({ concurrency: 3 });
    await kit.recover({ concurrency: 3 });
    expect(await kit.resume("s")).toMatchObject({ outcome: "completed", text: "coordinator done." });
    expect(await sessionsOf(log)).toHaveLength(3);
  });
});

describe("a tree of runs", () => {
  it("is cancelled in every branch, and each says so", async () => {
    const log = createInMemoryEventLog();
    const { agents, model } = office({ stalled: topics });
    const kit = testKit({ log, agents, model });
    const controller = new AbortController();
    const running = kit.run({ input: "Go", session: "s", agent: "coordinator", signal: controller.signal });
    while (model.requests.length < 3) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect((await running).outcome).toBe("cancelled");
    const sessions = await sessionsOf(log);
    expect(sessions).toHaveLength(3);
    for (const session of sessions) expect((await readTypes(log, session)).at(-1)).toBe("RunCancelled");
    expect((await eventsOf(log, "s", "SubRunCompleted")).map(({ data }) => data.status)).toEqual([
      "cancelled",
      "cancelled",
    ]);
    for (const session of sessions) await checkSession(kit, { log, agents }, session);
  });

  it("is left as a whole, and goes on where it stood", async () => {
    const log = createInMemoryEventLog();
    const fault = diesAt(4);
    await Promise.allSettled([
      testKit({ log: faultyLog(log, fault, gone), ...office() }, "a").run({
        input: "Go",
        session: "s",
        agent: "coordinator",
      }),
    ]);
    const leaving = new AbortController();
    const stalled = office({ stalled: topics });
    const second = testKit({ log, ...stalled }, "b");
    const recovering = second.recover({ signal: leaving.signal });
    while (stalled.model.requests.length < 1) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort();
    await recovering;
    for (const session of await sessionsOf(log)) expect(await readTypes(log, session)).not.toContain("RunCancelled");
    const third = testKit({ log, ...office() }, "c");
    expect(await third.resume("s")).toMatchObject({ outcome: "completed", text: "coordinator done." });
    expect(await sessionsOf(log)).toHaveLength(3);
  });

  it.each([
    [{ modelCalls: 5 }, "modelCalls"],
    [{ toolCalls: 2 }, "toolCalls"],
    [{ tokens: 70 }, "tokens"],
  ])("keeps to the common limit %o exactly", async (tree, name) => {
    const log = createInMemoryEventLog();
    const { agents, model } = office({ tree });
    const kit = testKit({ log, agents, model });
    const result = await kit.run({ input: "Go", session: "s", agent: "coordinator" });
    expect(result).toMatchObject({ outcome: "failed", reason: { code: "run_tree_limit_exceeded" } });
    expect(result.reason?.message).toContain(`limits.tree.${name}`);
    expect(model.requests.length).toBeLessThanOrEqual(5);
  });

  it("stops agents that ask each other without end by a default, and only by that of the run above all", async () => {
    const ask = defineTool({
      name: "ask",
      description: "Asks another.",
      input: z.object({}),
      sideEffects: "idempotent",
      run: async (_input, { runAgent }) => {
        const asked = ["a", "b", "c"].map(async (key) => runAgent({ agent: "deep", input: "Go", key }));
        const answers = await Promise.all(asked);
        return answers.map(({ type }) => type).join(" ");
      },
    });
    const world = (limits: Partial<RunLimits>) => {
      const top = defineAgent({ name: "top", model: "scripted", tools: [ask], limits });
      const deep = defineAgent({ name: "deep", model: "scripted", tools: [ask], limits: { depth: 3 } });
      const model = scriptedModel(({ input }) => {
        const answered = input.filter(({ type }) => type === "function_call_output").length;
        return answered < 2 ? { calls: [{ name: "ask", arguments: {}, id: `c${answered}` }] } : { text: "Done." };
      });
      return { kit: testKit({ log: createInMemoryEventLog(), agents: [top, deep], model }), model };
    };
    const limited = world({ depth: 3 });
    const result = await limited.kit.run({ agent: "top", input: "Go" });
    expect(result).toMatchObject({ outcome: "failed", reason: { code: "run_tree_limit_exceeded" } });
    expect(result.reason?.message).toContain("limit is 64 (limits.tree.modelCalls)");
    expect(limited.model.requests.length).toBeLessThanOrEqual(64);
    const lifted = world({ depth: 3, tree: { modelCalls: Infinity, toolCalls: Infinity } });
    expect(await lifted.kit.run({ agent: "top", input: "Go" })).toMatchObject({ outcome: "completed" });
    expect(lifted.model.requests.length).toBeGreaterThan(6 * 64);
  }, 30_000);

  it("may use up exactly its limit", async () => {
    const tree = { modelCalls: 6, toolCalls: 3, tokens: 90 };
    const kit = testKit({ log: createInMemoryEventLog(), ...office({ tree }) });
    expect(await kit.run({ input: "Go", agent: "coordinator" })).toMatchObject({ outcome: "completed" });
  });

  it("counts what was used up before a crash, and only that", async () => {
    for (let at = 2; at <= appends; at += 1) {
      const log = createInMemoryEventLog();
      const fault = (number: number): AppendFault => (number < at ? "none" : "before");
      const tree = { modelCalls: 6, toolCalls: 3, tokens: 90 };
      const dead = testKit({ log: faultyLog(log, fault, gone), ...office({ tree }) }, "a");
      await Promise.allSettled([dead.run({ input: "Go", session: "s", agent: "coordinator" })]);
      const enough = testKit({ log, ...office({ tree }) }, "b");
      expect(await toTheEnd(enough, log), `after a crash at append ${at}`).toMatchObject({ outcome: "completed" });
    }
    const log = createInMemoryEventLog();
    const dead = testKit({ log: faultyLog(log, (number) => (number < 9 ? "none" : "before"), gone), ...office() }, "a");
    await Promise.allSettled([dead.run({ input: "Go", session: "s", agent: "coordinator" })]);
    const short = testKit({ log, ...office({ tree: { modelCalls: 5 } }) }, "b");
    expect(await toTheEnd(short, log)).toMatchObject({ reason: { code: "run_tree_limit_exceeded" } });
  });

  it("does not take a session for its own that somebody else began under the id of a sub-run", async () => {
    const log = createInMemoryEventLog();
    const fault = diesAt(3);
    const first = office();
    const probe = createInMemoryEventLog();
    await testKit({ log: probe, ...first }, "a").run({ input: "Go", session: "s", agent: "coordinator" });
    const [foreign = ""] = (await eventsOf(probe, "s", "SubRunStarted")).map(({ data }) => data.session);
    const dead = testKit({ log: faultyLog(log, fault, gone), ...office() }, "a");
    await Promise.allSettled([dead.run({ input: "Go", session: "s", agent: "coordinator" })]);
    const kit = testKit({ log, ...office() }, "b");
    await kit.createSession({ session: foreign });
    await kit.resume("s");
    expect(await readTypes(log, foreign)).toEqual(["SessionStarted"]);
  });
});

async function recorded() {
  const log = createInMemoryEventLog();
  const { agents, model } = office();
  await testKit({ log, agents, model }).run({ input: "Go", session: "s", agent: "coordinator" });
  const children = (await eventsOf(log, "s", "SubRunStarted")).map(({ data }) => data.session);
  return { log, agents, model, children };
}

describe("the record of a tree of runs", () => {
  it("replays as a whole", async () => {
    const { log, agents, model, children } = await recorded();
    const report = await testKit({ log, agents, model }).replay("s");
    expect(report).toMatchObject({ status: "identical", runs: 1, modelCalls: 2 });
    expect(report.children).toMatchObject(children.map((session) => ({ session, status: "identical", modelCalls: 2 })));
  });

  it("diverges where one of its runs does, and says which", async () => {
    const { log, agents, model, children } = await recorded();
    const changed = agents.map((agent) =>
      agent.name === "billing" ? { ...agent, instructions: "Bill more." } : agent,
    );
    const report = await testKit({ log, agents: changed, model }).replay("s");
    expect(report).toMatchObject({ session: "s", status: "diverged" });
    expect(report.divergence).toBeUndefined();
    const [diverged, ...others] = report.children.filter(({ status }) => status === "diverged");
    expect(others).toEqual([]);
    expect(children).toContain(diverged?.session);
    expect(diverged?.divergence).toMatchObject({ kind: "code", path: "instructions" });
  });

  it("is forked in the middle of a sub-run, whose fork has runs of its own", async () => {
    const { log, agents, model, children } = await recorded();
    const kit = testKit({ log, agents, model }, "b");
    const [started] = await eventsOf(log, "s", "SubRunStarted");
    await kit.fork("s", { at: started?.revision ?? 0, session: "f" });
    expect(await kit.resume("f")).toMatchObject({ outcome: "completed", text: "coordinator done." });
    const own = (await eventsOf(log, "f", "SubRunStarted")).map(({ data }) => data.session);
    expect(own).toHaveLength(2);
    expect(own.filter((session) => children.includes(session))).toEqual([]);
    expect(await kit.replay("f")).toMatchObject({ status: "identical", children: [{ runs: 1 }, { runs: 1 }] });
    const [child = ""] = children;
    const before = await eventsOf(log, child, "ToolCallRequested");
    await kit.fork(child, { at: (before[0]?.revision ?? 0) - 1, session: "g", instructions: "code" });
    expect(await kit.resume("g")).toMatchObject({ outcome: "completed" });
    expect((await kit.load("g")).parent).toBeUndefined();
    expect(await kit.diff(child, "g")).toMatchObject({
      samePrompt: true,
      left: { session: child },
      right: { session: "g" },
    });
    expect(await kit.replay("g")).toMatchObject({ status: "identical", children: [] });
  });
});
