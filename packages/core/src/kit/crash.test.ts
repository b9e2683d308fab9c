import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import type { Agent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import type { ToolDefinition } from "../agent/define-tool.ts";
import type { Reconciliation } from "../agent/tool.ts";
import type { ToolContext } from "../agent/tool-context.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { Item } from "../model/items.ts";
import type { ModelRequest } from "../model/model.ts";
import type { RunResult } from "../run/run-result.ts";
import type { Clock } from "../runtime/clock.ts";
import { fixedClock } from "../testing/fixed-clock.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";
import type { AppendFault } from "./session-harness.test.support.ts";
import { checkSession, faultyLog, readEvents, readTypes, testKit, toPlain } from "./session-harness.test.support.ts";
import type { CallDecision } from "./run-options.ts";

const question = "What is the weather in Graz and in Linz?";

/** A model that is a function of its request, as one behind a network is: it fails once, asks for two tools, then answers. */
function forecaster() {
  const asked: ModelRequest[] = [];
  let failed = false;
  const model = scriptedModel((request): ScriptedAnswer => {
    asked.push(request);
    if (!failed) {
      failed = true;
      return { error: "model_overloaded", retryable: true };
    }
    if (request.input.some((item) => item.type === "function_call_output")) return { text: "Sunny in both." };
    const cities = ["Graz", "Linz"];
    return { calls: cities.map((city) => ({ name: "weather", arguments: { city }, id: city })) };
  });
  return { model, asked };
}

/** The services behind a tool: what was done under which key. */
function weatherAgent(options: Partial<ToolDefinition<z.ZodType<{ city: string }>>> = {}) {
  const effects: { readonly city: string; readonly key: string }[] = [];
  const weather = defineTool({
    name: "weather",
    description: "Tells the weather.",
    input: z.object({ city: z.string() }),
    sideEffects: "idempotent",
    run: ({ city }, { idempotencyKey }: ToolContext) => {
      effects.push({ city, key: idempotencyKey });
      return `sunny in ${city}`;
    },
    ...options,
  });
  const agent = defineAgent({
    name: "forecaster",
    model: "scripted",
    tools: [weather],
    limits: { retryDelayMs: 0 },
  });
  return { effects, agent };
}

/** A process that stops dead at its n-th append: what comes after it does not happen. */
function crashingLog(log: EventLog, at: number, how: AppendFault): EventLog {
  return faultyLog(log, (number) => (number < at ? "none" : number === at ? how : "before"), gone);
}

function gone(): AgentKitError {
  return new AgentKitError("log_closed", "The process is gone.");
}

function unavailable(): AgentKitError {
  return new AgentKitError("log_unavailable", "No answer.", { retryable: true });
}

function succeeded(callId: string): CallDecision {
  return { callId, outcome: "succeeded", output: "" };
}

/** A clock on which some times pass at once and all others never. */
function skippingClock(times: readonly number[]): Clock {
  const clock = fixedClock();
  return { ...clock, sleep: async (time, signal) => (times.includes(time) ? undefined : clock.sleep(time, signal)) };
}

/** Items without the ids that the scripted model counts up with each request. */
function withoutIds(items: readonly Item[]): readonly object[] {
  return items.map(({ id: _id, ...item }) => item);
}

interface Outcome {
  readonly log: EventLog;
  readonly result: RunResult;
  readonly state: unknown;
  readonly resumes: number;
}

/** Runs the question with a crash at an append, and resumes it in new processes until it is over. */
async function runWithCrash(
  agent: Agent,
  {
    model,
    at,
    how,
  }: { readonly model: ReturnType<typeof forecaster>["model"]; readonly at: number; readonly how: AppendFault },
): Promise<Outcome> {
  const log = createInMemoryEventLog();
  const crashing = testKit({ log: crashingLog(log, at, how), model, agents: [agent] }, "a");
  const kit = testKit({ log, model, agents: [agent] }, "b");
  const [first] = await Promise.allSettled([crashing.run({ input: question, session: "s" })]);
  let result = first.status === "fulfilled" ? first.value : undefined;
  let resumes = 0;
  if ((await log.head("session-s")) === undefined) result = await kit.run({ input: question, session: "s" });
  while (result === undefined || result.outcome === "running") {
    resumes += 1;
    result = await kit.resume("s");
  }
  await checkSession(kit, { log, agents: [agent] }, "s");
  return { log, result, state: toPlain(await kit.load("s")), resumes };
}

const appendsOfARun = 6;
const crashes = Array.from({ length: appendsOfARun }, (_value, index) => index + 1).flatMap((at) => [
  { at, how: "before" as const },
  { at, how: "after" as const },
]);

describe("a crash at an append", () => {
  it.each(crashes)("number $at ($how it is durable) changes nothing of what the run comes to", async ({ at, how }) => {
    const undisturbed = await runWithCrash(weatherAgent().agent, { ...forecaster(), at: 99, how });
    const { agent, effects } = weatherAgent();
    const { model, asked } = forecaster();
    const crashed = await runWithCrash(agent, { model, at, how });
    expect(crashed.result).toMatchObject({ outcome: "completed", text: "Sunny in both." });
    expect(withoutIds(crashed.result.items)).toEqual(withoutIds(undisturbed.result.items));

    const events = await readEvents(crashed.log, "s");
    const answers = events.filter((event) => event.type === "ModelCallCompleted");
    expect(answers).toHaveLength(2);
    // Each question that has an answer in the log was asked until then and never after.
    const starts = events.filter((event) => event.type === "ModelCallStarted");
    expect(asked.length).toBeLessThanOrEqual(starts.length);
    // An effect may happen twice, but never under two keys.
    const keys = new Map(effects.map(({ city, key }) => [city, key]));
    expect(effects.every(({ city, key }) => keys.get(city) === key)).toBe(true);
    expect(effects.length).toBeLessThanOrEqual(4);
    expect(keys.size).toBe(2);
  });

  it("covers every append of the run", async () => {
    const log = createInMemoryEventLog();
    let appends = 0;
    const counting = faultyLog(
      log,
      (number) => {
        appends = number;
        return "none";
      },
      () => new Error("never"),
    );
    await testKit({ log: counting, model: forecaster().model, agents: [weatherAgent().agent] }).run({
      input: question,
    });
    expect(appends).toBe(appendsOfARun);
  });

  it("again and again is still one run", async () => {
    const { agent } = weatherAgent();
    const { model } = forecaster();
    const log = createInMemoryEventLog();
    for (const [seed, at] of [
      ["a", 2],
      ["b", 2],
      ["c", 1],
    ] as const) {
      const kit = testKit({ log: crashingLog(log, at, "after"), model, agents: [agent] }, seed);
      const driven = seed === "a" ? kit.run({ input: question, session: "s" }) : kit.resume("s");
      await expect(driven).rejects.toMatchObject({ code: "log_closed" });
    }
    const kit = testKit({ log, model, agents: [agent] }, "e");
    expect(await kit.resume("s")).toMatchObject({ outcome: "completed", text: "Sunny in both." });
    expect(await checkSession(kit, { log, agents: [agent] }, "s")).toMatchObject({ runs: 1 });
  });

  it("refuses a new prompt until the run is resumed", async () => {
    const { agent } = weatherAgent();
    const { model } = forecaster();
    const log = createInMemoryEventLog();
    const crashing = testKit({ log: crashingLog(log, 2, "before"), model, agents: [agent] }, "a");
    await expect(crashing.run({ input: question, session: "s" })).rejects.toMatchObject({ code: "log_closed" });
    const kit = testKit({ log, model, agents: [agent] }, "b");
    await expect(kit.run({ input: "Hello?", session: "s" })).rejects.toMatchObject({ code: "session_busy" });
    await kit.resume("s");
    expect(await kit.run({ input: "Hello?", session: "s" })).toMatchObject({ outcome: "completed" });
    await checkSession(kit, { log, agents: [agent] }, "s");
  });

  it("has nothing to resume when the run is over", async () => {
    const { agent } = weatherAgent();
    const log = createInMemoryEventLog();
    const kit = testKit({ log, model: forecaster().model, agents: [agent] });
    const finished = await kit.run({ input: question, session: "s" });
    const before = await log.head("session-s");
    expect(await kit.resume("s")).toEqual(finished);
    expect(await log.head("session-s")).toBe(before);
  });
});

/** A run that crashed after its two tools had been started and before their outcomes were durable. */
async function crashInTools(options: Partial<ToolDefinition<z.ZodType<{ city: string }>>>) {
  const { agent, effects } = weatherAgent(options);
  const { model } = forecaster();
  const log = createInMemoryEventLog();
  const crashing = testKit({ log: crashingLog(log, 4, "before"), model, agents: [agent] }, "a");
  await expect(crashing.run({ input: question, session: "s" })).rejects.toMatchObject({ code: "log_closed" });
  expect((await readTypes(log, "s")).slice(-2)).toEqual(["ToolCallStarted", "ToolCallStarted"]);
  expect(effects.length).toBeGreaterThan(0);
  effects.length = 0;
  const kit = testKit({ log, model, agents: [agent] }, "b");
  return { kit, log, effects, model, check: async () => checkSession(kit, { log, agents: [agent] }, "s") };
}

describe("a tool whose outcome is unknown", () => {
  it("is retried under the same key when it may be", async () => {
    const { kit, log, effects, check } = await crashInTools({ sideEffects: "idempotent" });
    expect(await kit.resume("s")).toMatchObject({ outcome: "completed" });
    const starts = (await readEvents(log, "s")).filter((event) => event.type === "ToolCallStarted");
    expect(starts.map(({ data }) => data.attempt)).toEqual([1, 1, 2, 2]);
    expect(effects.map(({ key }) => key)).toEqual(starts.slice(0, 2).map(({ data }) => data.idempotencyKey));
    await check();
  });

  it("is given up when its policy says so, and the model is told", async () => {
    const { kit, effects, model, check } = await crashInTools({ sideEffects: "unsafe", onUnknownOutcome: "fail" });
    expect(await kit.resume("s")).toMatchObject({ outcome: "completed" });
    expect(effects).toEqual([]);
    expect(model.requests.at(-1)?.input.at(-1)?.["output"]).toMatch(/outcome_unknown/);
    await check();
  });

  it("waits for a person by default, and goes on by each decision", async () => {
    const { kit, log, effects, model, check } = await crashInTools({ sideEffects: "unsafe" });
    const suspended = await kit.resume("s");
    expect(suspended).toMatchObject({
      outcome: "suspended",
      waiting: [
        { callId: "Graz", tool: "weather", arguments: '{"city":"Graz"}', attempts: 1 },
        { callId: "Linz", attempts: 1 },
      ],
    });
    expect(effects).toEqual([]);
    const before = await log.head("session-s");
    expect(await kit.resume("s")).toEqual(suspended);
    expect(await log.head("session-s")).toBe(before);

    const first = await kit.resume("s", {
      decisions: [{ callId: "Graz", outcome: "succeeded", output: "rain" }],
      actor: "person:ada",
    });
    expect(first).toMatchObject({ outcome: "suspended", waiting: [{ callId: "Linz" }] });
    const second = await kit.resume("s", {
      decisions: [{ callId: "Linz", outcome: "retry", reason: "nothing was done" }],
      actor: "person:ada",
    });
    expect(second).toMatchObject({ outcome: "completed" });
    expect(effects).toMatchObject([{ city: "Linz" }]);
    expect(model.requests.at(-1)?.input.slice(-2)).toMatchObject([
      { call_id: "Graz", output: "rain" },
      { call_id: "Linz", output: "sunny in Linz" },
    ]);
    const events = await readEvents(log, "s");
    expect(events.find((event) => event.type === "ToolCallApproved")).toMatchObject({ meta: { actor: "person:ada" } });
    const retried = events.filter((event) => event.type === "ToolCallStarted").at(-1);
    expect(retried).toMatchObject({ data: { attempt: 2 }, meta: { actor: "engine" } });
    expect(retried?.data.idempotencyKey).toBe(effects[0]?.key);
    await check();
  });

  it("counts as failed when a person says so", async () => {
    const { kit, model, check } = await crashInTools({ sideEffects: "unsafe" });
    await kit.resume("s");
    const decisions = ["Graz", "Linz"].map((callId): CallDecision => {
      return { callId, outcome: "failed", message: "The station was down." };
    });
    expect(await kit.resume("s", { decisions })).toMatchObject({ outcome: "completed" });
    expect(model.requests.at(-1)?.input.at(-1)?.["output"]).toMatch(/decided_failed.*The station was down/);
    await check();
  });

  it("takes no decision on a call that does not wait, nor two on one", async () => {
    const { kit, log } = await crashInTools({ sideEffects: "unsafe" });
    const refusal = { code: "tool_call_not_waiting", param: "decisions" };
    await expect(kit.resume("s", { decisions: [succeeded("Graz")] })).rejects.toMatchObject(refusal);
    await kit.resume("s");
    const before = await log.head("session-s");
    await expect(kit.resume("s", { decisions: [succeeded("Wien")] })).rejects.toMatchObject(refusal);
    const twice = [succeeded("Graz"), succeeded("Graz")];
    await expect(kit.resume("s", { decisions: twice })).rejects.toMatchObject(refusal);
    expect(await log.head("session-s")).toBe(before);
  });

  it.each<[string, () => Reconciliation, string, number]>([
    ["succeeded", () => ({ status: "succeeded", output: "fog" }), "completed", 0],
    ["failed", () => ({ status: "failed", message: "no station" }), "completed", 0],
    ["not_executed", () => ({ status: "not_executed" }), "completed", 2],
    ["unknown", () => ({ status: "unknown" }), "suspended", 0],
    [
      "an error",
      () => {
        throw new Error("no connection");
      },
      "suspended",
      0,
    ],
  ])("is reconciled: %s", async (...[, reconcile, outcome, runs]) => {
    const { kit, effects, check } = await crashInTools({
      sideEffects: "unsafe",
      onUnknownOutcome: "reconcile",
      reconcile,
    });
    expect(await kit.resume("s")).toMatchObject({ outcome });
    expect(effects).toHaveLength(runs);
    await check();
  });

  it("is reconciled once more when the attempt after a reconciliation was cut off too", async () => {
    const done = new Set<string>();
    const { agent, effects } = weatherAgent({
      sideEffects: "unsafe",
      onUnknownOutcome: "reconcile",
      run: ({ city }, { idempotencyKey, attempt }) => {
        effects.push({ city, key: idempotencyKey });
        // The first attempt was cut off before it took effect.
        if (attempt > 1) done.add(city);
        return `sunny in ${city}`;
      },
      reconcile: ({ city }) =>
        done.has(city) ? { status: "succeeded", output: `sunny in ${city}` } : { status: "not_executed" },
    });
    const { model } = forecaster();
    const log = createInMemoryEventLog();
    const first = testKit({ log: crashingLog(log, 4, "before"), model, agents: [agent] }, "a");
    await expect(first.run({ input: question, session: "s" })).rejects.toMatchObject({ code: "log_closed" });
    const second = testKit({ log: crashingLog(log, 3, "before"), model, agents: [agent] }, "b");
    await expect(second.resume("s")).rejects.toMatchObject({ code: "log_closed" });
    expect((await readTypes(log, "s")).slice(-2)).toEqual(["ToolCallStarted", "ToolCallStarted"]);
    const kit = testKit({ log, model, agents: [agent] }, "c");
    expect(await kit.resume("s")).toMatchObject({ outcome: "completed" });
    expect(effects).toHaveLength(4);
    await checkSession(kit, { log, agents: [agent] }, "s");
  });

  it("is asked about when the tool that could tell is gone from the code", async () => {
    const { log, model } = await crashInTools({
      sideEffects: "unsafe",
      onUnknownOutcome: "reconcile",
      reconcile: () => ({ status: "unknown" }),
    });
    const agents = [defineAgent({ name: "forecaster", model: "scripted" })];
    expect(await testKit({ log, model, agents }, "c").resume("s")).toMatchObject({ outcome: "suspended" });
  });
});

describe("a log that fails", () => {
  it.each(["before", "after"] as const)("for a moment (%s the append) costs nothing but time", async (how) => {
    const { agent, effects } = weatherAgent();
    const { model } = forecaster();
    const log = createInMemoryEventLog();
    // Every second attempt fails.
    const shaky = faultyLog(log, (number) => (number % 2 === 1 ? how : "none"), unavailable);
    const kit = testKit({ log: shaky, model, agents: [agent], clock: skippingClock([50]) }, "a");
    expect(await kit.run({ input: question, session: "s" })).toMatchObject({ outcome: "completed" });
    expect(effects).toHaveLength(2);
    const types = await readTypes(log, "s");
    expect(types.filter((type) => type === "ToolCallStarted")).toHaveLength(2);
    await checkSession(kit, { log, agents: [agent] }, "s");
  });

  it("for good surfaces its error, stops what is running, and leaves a session that can be resumed", async () => {
    const { agent } = weatherAgent();
    const { model } = forecaster();
    const log = createInMemoryEventLog();
    const full = faultyLog(
      log,
      (number) => (number >= 3 ? "before" : "none"),
      () => new AgentKitError("log_full", "No space."),
    );
    const kit = testKit({ log: full, model, agents: [agent] }, "a");
    await expect(kit.run({ input: question, session: "s" })).rejects.toMatchObject({ code: "log_full" });
    expect(await kit.load("s")).toMatchObject({ active: { turn: { status: "running" } } });
    const later = testKit({ log, model, agents: [agent] }, "b");
    expect(await later.resume("s")).toMatchObject({ outcome: "completed" });
    await checkSession(later, { log, agents: [agent] }, "s");
  });
});
