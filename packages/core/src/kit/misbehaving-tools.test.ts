import { describe, expect, it } from "vitest";
import { defineAgent } from "../agent/define-agent.ts";
import type { Reconciliation, Tool } from "../agent/tool.ts";
import type { ToolContext } from "../agent/tool-context.ts";
import { createInMemoryBlobStore } from "../blobs/in-memory-blob-store.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";
import type { AgentKitOptions } from "./create-agent-kit.ts";
import { checkSession, readEvents, testKit, watchedClock } from "./session-harness.test.support.ts";

type Execute = (input: unknown, context: ToolContext) => unknown;

const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;

function throwing(): never {
  throw new TypeError("looked at");
}

const withMessageGetter = Object.defineProperty(new Error("x"), "message", { get: throwing });
const branded = { [Symbol.for("agentkit.error")]: true, code: 7, message: { toString: throwing }, retryAfterMs: -1 };
const suspicious = new Proxy(new Error("x"), { getPrototypeOf: throwing, get: throwing, has: throwing });

/** A tool that skips what `defineTool` does for others. */
function bareTool(execute: Execute, change: Partial<Tool> = {}): Tool {
  return {
    name: "odd",
    description: "Misbehaves.",
    parameters: { type: "object", properties: {} },
    strict: false,
    sideEffects: "none",
    onUnknownOutcome: "retry",
    timeoutMs: 1_000,
    parse: (value) => ({ ok: true, value }),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the types forbid is what is tested
    execute: execute as Tool["execute"],
    ...change,
  };
}

const call: ScriptedAnswer = { calls: [{ name: "odd", arguments: {}, id: "c1" }] };
const script: readonly ScriptedAnswer[] = [call, { text: "Understood." }];

function setUp(tool: Tool, options: Partial<AgentKitOptions> = {}) {
  const log = createInMemoryEventLog();
  const specialist = defineAgent({ name: "specialist", model: "scripted" });
  const agents = [defineAgent({ name: "assistant", model: "scripted", tools: [tool] }), specialist];
  const kit = testKit({ log, model: scriptedModel(script), agents, ...options });
  const run = async () => kit.run({ input: "Go", session: "s", agent: "assistant" });
  return { log, agents, kit, run };
}

async function outcomeOf(world: ReturnType<typeof setUp>) {
  const events = await readEvents(world.log, "s");
  const outcome = events.find(({ type }) => /^ToolCall(Succeeded|Failed|Suspended|OutcomeUnknown)$/.test(type));
  return { type: outcome?.type, data: outcome?.data };
}

const failures: readonly (readonly [string, Execute, object])[] = [
  ["throws undefined", () => Promise.reject(undefined), { code: "tool_failed" }],
  ["throws at once", throwing, { code: "tool_failed", message: "looked at" }],
  ["throws a promise", () => Promise.reject(new Promise(() => undefined)), { code: "tool_failed" }],
  ["throws an object whose toString throws", () => Promise.reject({ toString: throwing }), { code: "tool_failed" }],
  ["throws an error whose message throws", () => Promise.reject(withMessageGetter), { code: "tool_failed" }],
  ["throws a proxy that throws", () => Promise.reject(suspicious), { code: "tool_failed" }],
  ["throws what passes for an AgentKitError", () => Promise.reject(branded), { code: "tool_failed" }],
  ["throws half a surrogate pair", () => Promise.reject(new Error("\ud800")), { message: "\ufffd" }],
  ["throws an endless message", () => Promise.reject(new Error("x".repeat(1_000_000))), { code: "tool_failed" }],
  ["throws no message", () => Promise.reject(new Error("")), { message: "The tool failed without saying why." }],
  [
    "asks to be retried never again",
    () => Promise.reject(new AgentKitError("tool_busy", "Busy.", { retryable: true, retryAfterMs: Number.NaN })),
    { code: "tool_busy" },
  ],
  ["returns nothing", () => undefined, { code: "tool_result_invalid" }],
  ["returns null", () => null, { code: "tool_result_invalid" }],
  ["returns a number", () => 7, { code: "tool_result_invalid" }],
  ["returns a cyclic object", () => cyclic, { code: "tool_result_invalid" }],
  [
    "returns an object whose getters throw",
    () => Object.defineProperty({}, "type", { get: throwing, enumerable: true }),
    {},
  ],
  // oxlint-disable-next-line unicorn/no-thenable -- a tool may return one
  ["returns a thenable that throws", () => ({ then: throwing }), { code: "tool_failed" }],
  ["waits for nothing", () => ({ type: "suspended" }), { code: "tool_result_invalid" }],
  [
    "waits for no time",
    () => ({ type: "suspended", waitsFor: { type: "time", until: "soon" } }),
    { code: "tool_result_invalid" },
  ],
  [
    "waits for no session",
    () => ({ type: "suspended", waitsFor: { type: "sub_run", session: "" } }),
    { code: "tool_result_invalid" },
  ],
];

describe("a tool that misbehaves", () => {
  it.each(failures)("and %s has failed, and the run goes on", async (_name, execute, expected) => {
    const world = setUp(bareTool(execute));
    expect(await world.run()).toMatchObject({ outcome: "completed", text: "Understood." });
    expect(await outcomeOf(world)).toMatchObject({ type: "ToolCallFailed", data: expected });
    expect(JSON.stringify(await outcomeOf(world)).length).toBeLessThan(10_000);
    await checkSession(world.kit, world, "s");
  });

  it("and says that nobody knows has an outcome that is unknown, for its policy to decide", async () => {
    const lost = new AgentKitError("tool_outcome_unknown", "The connection broke.");
    const world = setUp(bareTool(() => Promise.reject(lost), { sideEffects: "unsafe", onUnknownOutcome: "ask" }));
    expect(await world.run()).toMatchObject({ outcome: "suspended", waiting: [{ reason: "outcome_unknown" }] });
    expect(await outcomeOf(world)).toMatchObject({ data: { reason: "The connection broke.", policy: "ask" } });
    await checkSession(world.kit, world, "s");
  });

  it("and floods its output gives the model a part, and the whole to the blob store", async () => {
    const blobs = createInMemoryBlobStore();
    const flood = 100_000_000;
    const world = setUp(
      bareTool(async () => "x".repeat(flood)),
      { blobs },
    );
    expect((await world.run()).outcome).toBe("completed");
    const [outcome] = (await readEvents(world.log, "s")).filter((event) => event.type === "ToolCallSucceeded");
    expect(outcome?.data.blob?.bytes).toBe(flood);
    expect(outcome?.data.output.length).toBeLessThan(70_000);
  });

  it.each([
    ["none", "ToolCallFailed"],
    ["unsafe", "ToolCallOutcomeUnknown"],
  ] as const)("and hangs, with side effects '%s', is given up after its time", async (sideEffects, type) => {
    const clock = watchedClock();
    const tool = bareTool(() => hang(), { sideEffects, onUnknownOutcome: "fail" });
    const world = setUp(tool, { clock });
    const running = world.run();
    await clock.untilAsleep(1_000);
    clock.advance(1_000);
    await clock.untilAsleep(2_000);
    clock.advance(2_000);
    expect((await running).outcome).toBe("completed");
    expect((await outcomeOf(world)).type).toBe(type);
    await checkSession(world.kit, world, "s");
  });

  it("and was stopped before it began has failed, whatever it does to the world", async () => {
    const clock = watchedClock();
    const world = setUp(bareTool(waitInQueue, { sideEffects: "unsafe", onUnknownOutcome: "ask" }), { clock });
    const running = world.run();
    await clock.untilAsleep(1_000);
    clock.advance(1_000);
    expect((await running).outcome).toBe("completed");
    expect(await outcomeOf(world)).toMatchObject({ type: "ToolCallFailed", data: { code: "tool_busy" } });
  });

  it("and returns after it was given up changes nothing any more", async () => {
    const clock = watchedClock();
    const { promise, resolve: finish } = Promise.withResolvers<string>();
    const tool = bareTool(() => promise);
    const world = setUp(tool, { clock });
    const running = world.run();
    await clock.untilAsleep(1_000);
    clock.advance(1_000);
    await clock.untilAsleep(2_000);
    clock.advance(2_000);
    await running;
    const before = await readEvents(world.log, "s");
    finish("late");
    await Promise.resolve();
    expect(await readEvents(world.log, "s")).toEqual(before);
    expect(await outcomeOf(world)).toMatchObject({ type: "ToolCallFailed", data: { code: "timed_out" } });
  });

  it("and takes what nobody could record as arguments refuses it, and the run goes on", async () => {
    const refusal = { ok: false, message: "\ud800" } as const;
    const world = setUp(bareTool(() => "ran", { parse: () => refusal }));
    expect((await world.run()).outcome).toBe("completed");
    const broken = setUp(bareTool(() => "ran", { parse: throwing }));
    expect((await broken.run()).outcome).toBe("completed");
    for (const each of [world, broken]) await checkSession(each.kit, each, "s");
  });
});

describe("a run of another agent that a tool", () => {
  it("begins after its call is over is refused", async () => {
    let kept: ToolContext["runAgent"] | undefined;
    const world = setUp(
      bareTool((_input, { runAgent }) => {
        kept = runAgent;
        return "done";
      }),
    );
    await world.run();
    await expect(kept?.({ agent: "specialist", input: "Late" })).rejects.toMatchObject({ code: "aborted" });
  });

  it("leaves behind is cancelled with its call, and nothing of it goes on", async () => {
    const stalled = scriptedModel(({ input }) =>
      JSON.stringify(input).includes("Forgotten")
        ? { stall: true }
        : input.length === 1
          ? call
          : { text: "Understood." },
    );
    const tool = bareTool(async (_input, { runAgent }) => {
      void runAgent({ agent: "specialist", input: "Forgotten" });
      await new Promise((resolve) => setImmediate(resolve));
      return "done";
    });
    const world = setUp(tool, { model: stalled });
    expect((await world.run()).outcome).toBe("completed");
    const events = await readEvents(world.log, "s");
    const started = events.find((event) => event.type === "SubRunStarted");
    const completed = events.find((event) => event.type === "SubRunCompleted");
    expect(completed?.data).toMatchObject({ session: started?.data.session, status: "cancelled" });
    expect((await world.kit.load(started?.data.session ?? "")).active).toBeUndefined();
    await checkSession(world.kit, world, "s");
  });

  it("begins twice under one key is begun once, and under one key for two things is refused", async () => {
    const texts: unknown[] = [];
    const model = scriptedModel(({ input }) => {
      const text = JSON.stringify(input);
      if (text.includes("Which?")) return { text: "This." };
      return text.includes("function_call_output") ? { text: "Understood." } : call;
    });
    const tool = bareTool(async (_input, { runAgent }) => {
      const ask = { agent: "specialist", input: "Which?" };
      const twice = await Promise.all([runAgent(ask), runAgent(ask)]);
      const again = await runAgent(ask);
      const other = await runAgent({ ...ask, input: "Else?" }).catch((error: unknown) => error);
      texts.push(...twice, again, other);
      return "done";
    });
    const world = setUp(tool, { model });
    await world.run();
    expect(texts).toMatchObject([{ text: "This." }, { text: "This." }, { text: "This." }, { code: "input_invalid" }]);
    const types = (await readEvents(world.log, "s")).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith("SubRun"))).toEqual(["SubRunStarted", "SubRunCompleted"]);
    await checkSession(world.kit, world, "s");
  });
});

async function waitInQueue(...[, { signal }]: Parameters<Execute>): Promise<string> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  throw new AgentKitError("tool_busy", "It waited for its turn.", { retryable: true });
}

async function hang(): Promise<never> {
  return new Promise(() => undefined);
}

async function findMuch(): Promise<Reconciliation> {
  return { status: "succeeded", output: "x".repeat(100_000) };
}

describe("a tool that finds out what became of a call", () => {
  const lost = new AgentKitError("tool_outcome_unknown", "Lost.");
  const lose = () => Promise.reject(lost);

  it("and hangs leaves it to a person after its time", async () => {
    const clock = watchedClock();
    const world = setUp(bareTool(lose, { sideEffects: "unsafe", onUnknownOutcome: "reconcile", reconcile: hang }), {
      clock,
    });
    const running = world.run();
    await clock.untilAsleep(1_000);
    // The call's own deadline is asleep first; the second is that of finding out.
    while (clock.sleeps.filter((time) => time === 1_000).length < 2)
      await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000);
    expect(await running).toMatchObject({ outcome: "suspended", waiting: [{ reason: "outcome_unknown" }] });
  });

  it.each([undefined, null, 7, { status: "succeeded", output: 7 }, { status: "maybe" }])(
    "and answers %j leaves it to a person",
    async (answer) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the types forbid is what is tested
      const reconcile = (async () => answer) as unknown as NonNullable<Tool["reconcile"]>;
      const world = setUp(bareTool(lose, { sideEffects: "unsafe", onUnknownOutcome: "reconcile", reconcile }));
      expect(await world.run()).toMatchObject({ outcome: "suspended", waiting: [{ reason: "outcome_unknown" }] });
    },
  );

  it("and gives a long output gives the model a part of it", async () => {
    const tool = bareTool(lose, { sideEffects: "unsafe", onUnknownOutcome: "reconcile", reconcile: findMuch });
    const world = setUp(tool);
    expect((await world.run()).outcome).toBe("completed");
    const [outcome] = (await readEvents(world.log, "s")).filter((event) => event.type === "ToolCallSucceeded");
    expect(outcome?.data.output.length).toBeLessThan(70_000);
  });
});
