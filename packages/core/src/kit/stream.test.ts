import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import type { AgentDefinition } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { Model } from "../model/model.ts";
import type { RunStreamPart } from "../run/run-stream.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";
import { checkSession, readEvents, readTypes, testKit, watchedClock } from "./session-harness.test.support.ts";

function setUp(model: Model, definition: Partial<AgentDefinition> = {}) {
  const log = createInMemoryEventLog();
  const clock = watchedClock();
  const agents = [defineAgent({ name: "assistant", model: "scripted", ...definition })];
  const kit = testKit({ log, model, agents, clock });
  return { log, agents, kit, clock, check: async (session: string) => checkSession(kit, { log, agents }, session) };
}

async function collect(parts: AsyncIterable<RunStreamPart>): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const part of parts) names.push(part.type === "event" ? part.event.type : part.delta.type);
  return names;
}

/** A tool that ends only when it is aborted, or not even then. */
function waitingTool(options: { readonly sideEffects: "none" | "idempotent" | "unsafe"; readonly stops: boolean }) {
  const started = Promise.withResolvers<AbortSignal>();
  const tool = defineTool({
    name: "wait",
    description: "Waits.",
    input: z.object({}),
    sideEffects: options.sideEffects,
    timeoutMs: 1_000,
    run: (_input, { signal }) => {
      started.resolve(signal);
      return new Promise((_resolve, reject) => {
        if (options.stops) signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
      });
    },
  });
  return { tool, started: started.promise };
}

const callWait: ScriptedAnswer = { calls: [{ name: "wait", arguments: {}, id: "c1" }] };

describe("stream", () => {
  it("gives events and deltas in the order in which they happen", async () => {
    const { kit, check } = setUp(scriptedModel([{ text: "Hello, Ada." }]));
    const stream = await kit.stream({ input: "Hi", session: "s" });
    expect(await collect(stream)).toEqual([
      "SessionStarted",
      "RunStarted",
      "PromptReceived",
      "ContextAssembled",
      "ModelCallStarted",
      "item.added",
      "text.delta",
      "text.delta",
      "item.done",
      "ModelCallCompleted",
      "RunCompleted",
    ]);
    expect(await kit.result("s", stream.run)).toMatchObject({ outcome: "completed", text: "Hello, Ada." });
    await check("s");
  });

  it("has the prompt in the log before it is read, and gives only what is in the log", async () => {
    const { kit, log } = setUp(scriptedModel([{ text: "Hello." }]));
    const stream = await kit.stream({ input: "Hi", session: "s" });
    expect(await readTypes(log, "s")).toContain("PromptReceived");
    for await (const part of stream) {
      if (part.type === "delta") continue;
      const { position: _position, ...recorded } = (await readEvents(log, "s"))[part.event.revision] ?? {};
      expect(recorded).toEqual(part.event);
    }
  });

  it("cancels the run when the reader leaves in the middle", async () => {
    const { kit, log, check } = setUp(scriptedModel([{ text: "Hello, dear Ada." }]));
    for await (const part of await kit.stream({ input: "Hi", session: "s" })) {
      if (part.type === "delta" && part.delta.type === "text.delta") break;
    }
    expect((await readEvents(log, "s")).slice(-2)).toMatchObject([
      { type: "ModelCallFailed", data: { code: "aborted" } },
      { type: "RunCancelled", data: { reason: "The reader of the run's stream has left." } },
    ]);
    await check("s");
  });

  it("cancels the run when the reader leaves after the first part, or before it", async () => {
    const { kit, check } = setUp(scriptedModel([{ stall: true }, { stall: true }]));
    for await (const part of await kit.stream({ input: "Hi", session: "s" })) {
      expect(part).toMatchObject({ type: "event" });
      break;
    }
    expect((await kit.load("s")).turns.last()?.ending).toMatchObject({ outcome: "cancelled" });
    const iterator = (await kit.stream({ input: "Hi", session: "s" }))[Symbol.asyncIterator]();
    await iterator.return?.();
    expect((await kit.load("s")).turns.last()?.ending).toMatchObject({ outcome: "cancelled" });
    expect(await check("s")).toMatchObject({ runs: 2 });
  });

  it("cancels the run when the reader leaves while it waits for a part", async () => {
    const { kit, check } = setUp(scriptedModel([{ stall: true }]));
    const iterator = (await kit.stream({ input: "Hi", session: "s" }))[Symbol.asyncIterator]();
    for (let part = 0; part < 5; part += 1) await iterator.next();
    const waiting = iterator.next();
    await iterator.return?.();
    expect(await waiting).toMatchObject({ value: { event: { type: "ModelCallFailed" } } });
    expect((await kit.load("s")).turns.last()?.ending).toMatchObject({ outcome: "cancelled" });
    await check("s");
  });

  it("leaves a run as it ended when the reader leaves at its last event, or aborts after it", async () => {
    const { kit, log, check } = setUp(scriptedModel([{ text: "One." }, { text: "Two." }]));
    const controller = new AbortController();
    for await (const part of await kit.stream({ input: "Hi", session: "s" })) {
      if (part.type === "event" && part.event.type === "RunCompleted") break;
    }
    for await (const part of await kit.stream({ input: "Hi", session: "s", signal: controller.signal })) {
      if (part.type === "event" && part.event.type === "RunCompleted") controller.abort();
    }
    const endings = (await readTypes(log, "s")).filter((type) => /^Run(Completed|Cancelled)$/.test(type));
    expect(endings).toEqual(["RunCompleted", "RunCompleted"]);
    await check("s");
  });
});

describe("a cancelled run", () => {
  it("is recorded as cancelled when the signal was aborted before", async () => {
    const { kit, check } = setUp(scriptedModel([{ text: "Hello." }]));
    const result = await kit.run({ input: "Hi", session: "s", signal: AbortSignal.abort() });
    expect(result).toMatchObject({ outcome: "cancelled", text: "", reason: { code: "aborted" } });
    await check("s");
  });

  it("stops the model, and the session goes on", async () => {
    const model = scriptedModel([{ stall: true }, { text: "Hello." }]);
    const { kit, log, check } = setUp(model);
    const controller = new AbortController();
    const running = kit.run({ input: "Hi", session: "s", signal: controller.signal });
    await expect.poll(() => model.requests.length).toBe(1);
    controller.abort();
    expect(await running).toMatchObject({ outcome: "cancelled" });
    expect((await readEvents(log, "s")).at(-1)).toMatchObject({ type: "RunCancelled", meta: { actor: "user" } });
    expect(await kit.run({ input: "Still there?", session: "s" })).toMatchObject({ outcome: "completed" });
    expect(model.requests[1]?.input).toHaveLength(2);
    await check("s");
  });

  it("does not wait for ever for a model that ignores the abort", async () => {
    const never: Model = {
      description: "deaf",
      async *stream() {
        await new Promise(() => undefined);
        yield { type: "completed", response: { status: "completed", output: [] } };
      },
    };
    const { kit, clock, check } = setUp(never);
    const controller = new AbortController();
    const running = kit.run({ input: "Hi", session: "s", signal: controller.signal });
    controller.abort();
    await clock.untilAsleep(5_000);
    clock.advance(5_000);
    expect(await running).toMatchObject({ outcome: "cancelled" });
    await check("s");
  });

  it.each([
    { sideEffects: "none", stops: true, types: ["ToolCallFailed"], told: /cancelled/ },
    { sideEffects: "unsafe", stops: true, types: ["ToolCallOutcomeUnknown"], told: /not known whether it took effect/ },
    { sideEffects: "unsafe", stops: false, types: ["ToolCallOutcomeUnknown"], told: /not known whether/ },
    { sideEffects: "idempotent", stops: true, types: ["ToolCallOutcomeUnknown"], told: /not known whether/ },
  ] as const)("stops a tool ($sideEffects, stops: $stops) and says honestly what became of it", async (given) => {
    const { tool, started } = waitingTool(given);
    const model = scriptedModel([callWait, { text: "Go on." }]);
    const { kit, log, clock, check } = setUp(model, { tools: [tool] });
    const controller = new AbortController();
    const running = kit.run({ input: "Wait", session: "s", signal: controller.signal });
    const signal = await started;
    controller.abort();
    expect(signal.aborted).toBe(true);
    if (!given.stops) {
      await clock.untilAsleep(2_000);
      clock.advance(2_000);
    }
    expect(await running).toMatchObject({ outcome: "cancelled" });
    expect((await readTypes(log, "s")).slice(-2)).toEqual([...given.types, "RunCancelled"]);
    await kit.run({ input: "And now?", session: "s" });
    expect(model.requests[1]?.input.map((item) => item.type)).toEqual([
      "message",
      "function_call",
      "function_call_output",
      "message",
    ]);
    expect(model.requests[1]?.input[2]?.["output"]).toMatch(given.told);
    await check("s");
  });

  it("keeps the result of a tool that finished all the same", async () => {
    const started = Promise.withResolvers<void>();
    const slow = defineTool({
      name: "wait",
      description: "Waits.",
      input: z.object({}),
      run: (_input, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve("paid"), { once: true });
          started.resolve();
        }),
    });
    const { kit, log, check } = setUp(scriptedModel([callWait]), { tools: [slow] });
    const controller = new AbortController();
    const running = kit.run({ input: "Wait", session: "s", signal: controller.signal });
    await started.promise;
    controller.abort(new AgentKitError("aborted", "The client hung up."));
    expect(await running).toMatchObject({ outcome: "cancelled", reason: { message: "The client hung up." } });
    expect((await readEvents(log, "s")).at(-2)).toMatchObject({ type: "ToolCallSucceeded", data: { output: "paid" } });
    await check("s");
  });

  it("stops while it waits for the next attempt", async () => {
    const model = scriptedModel([{ error: "model_overloaded", retryable: true }]);
    const { kit, clock, check } = setUp(model);
    const controller = new AbortController();
    const running = kit.run({ input: "Hi", session: "s", signal: controller.signal });
    await clock.untilAsleep(500);
    controller.abort();
    expect(await running).toMatchObject({ outcome: "cancelled" });
    expect(model.requests).toHaveLength(1);
    await check("s");
  });
});

describe("a tool that takes too long", () => {
  it.each([
    { sideEffects: "none", stops: true, types: ["ToolCallFailed"], outcome: "completed" },
    { sideEffects: "none", stops: false, types: ["ToolCallFailed"], outcome: "completed" },
    { sideEffects: "unsafe", stops: true, types: ["ToolCallOutcomeUnknown"], outcome: "suspended" },
    { sideEffects: "unsafe", stops: false, types: ["ToolCallOutcomeUnknown"], outcome: "suspended" },
  ] as const)("($sideEffects, stops: $stops) ends as $types, and the run as $outcome", async (given) => {
    const { tool, started } = waitingTool(given);
    const { kit, log, clock, check } = setUp(scriptedModel([callWait, { text: "Too slow." }]), { tools: [tool] });
    const running = kit.run({ input: "Wait", session: "s" });
    const signal = await started;
    await clock.untilAsleep(1_000);
    clock.advance(1_000);
    if (!given.stops) {
      await clock.untilAsleep(2_000);
      clock.advance(2_000);
    }
    expect(await running).toMatchObject({ outcome: given.outcome });
    expect(signal.aborted).toBe(true);
    expect(await readTypes(log, "s")).toEqual(expect.arrayContaining([...given.types]));
    await check("s");
  });

  it("is tried again under the same key while it may be, and then waits for a person", async () => {
    const keys: string[] = [];
    const slow = defineTool({
      name: "wait",
      description: "Waits.",
      input: z.object({}),
      sideEffects: "idempotent",
      timeoutMs: 1_000,
      run: (_input, { idempotencyKey, signal }) => {
        keys.push(idempotencyKey);
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
        });
      },
    });
    const { kit, clock, check } = setUp(scriptedModel([callWait]), { tools: [slow] });
    const running = kit.run({ input: "Wait", session: "s" });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await expect.poll(() => clock.sleeps.filter((time) => time === 1_000).length).toBe(attempt);
      clock.advance(1_000);
    }
    expect(await running).toMatchObject({ outcome: "suspended", waiting: [{ callId: "c1", attempts: 3 }] });
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    await check("s");
  });
});

describe("a model that fails", () => {
  const overloaded: ScriptedAnswer = { error: "model_overloaded", retryable: true };

  it("is asked again after growing delays, and then no more", async () => {
    const model = scriptedModel([overloaded, overloaded, overloaded]);
    const { kit, log, clock, check } = setUp(model);
    const running = kit.run({ input: "Hi", session: "s" });
    for (const delay of [500, 1_000]) {
      await clock.untilAsleep(delay);
      clock.advance(delay);
    }
    expect(await running).toMatchObject({ outcome: "failed", reason: { code: "model_overloaded" } });
    const starts = (await readEvents(log, "s")).filter((event) => event.type === "ModelCallStarted");
    expect(starts.map((event) => event.data.attempt)).toEqual([1, 2, 3]);
    expect(new Set(starts.map((event) => event.data.requestHash)).size).toBe(1);
    await check("s");
  });

  it("is asked again when it said it would answer", async () => {
    let asked = 0;
    const model: Model = {
      description: "a busy server",
      async *stream() {
        asked += 1;
        if (asked === 1)
          throw new AgentKitError("model_rate_limited", "Slow.", { retryable: true, retryAfterMs: 7_000 });
        yield { type: "completed", response: { status: "completed", output: [] } };
      },
    };
    const { kit, clock, check } = setUp(model);
    const running = kit.run({ input: "Hi", session: "s" });
    await clock.untilAsleep(7_000);
    clock.advance(7_000);
    expect(await running).toMatchObject({ outcome: "completed" });
    await check("s");
  });

  it("is not asked again when the failure is final", async () => {
    const model = scriptedModel([{ error: "model_authentication_failed" }, { text: "Hi." }]);
    const { kit, check } = setUp(model);
    expect(await kit.run({ input: "Hi", session: "s" })).toMatchObject({
      outcome: "failed",
      reason: { code: "model_authentication_failed" },
    });
    expect(model.requests).toHaveLength(1);
    await check("s");
  });

  it("is not asked again once a part of its answer was delivered, but is when nobody read along", async () => {
    const broken: ScriptedAnswer = { error: "model_stream_interrupted", retryable: true, after: "Hello" };
    const streaming = setUp(scriptedModel([broken, { text: "Hello again." }]));
    expect(await collect(await streaming.kit.stream({ input: "Hi", session: "s" }))).toContain("ModelCallFailed");
    expect((await streaming.kit.load("s")).turns.last()?.ending).toMatchObject({ code: "model_stream_interrupted" });
    await streaming.check("s");
    const plain = setUp(scriptedModel([broken, { text: "Hello again." }]));
    const running = plain.kit.run({ input: "Hi", session: "s" });
    await plain.clock.untilAsleep(500);
    plain.clock.advance(500);
    expect(await running).toMatchObject({ outcome: "completed", text: "Hello again." });
    await plain.check("s");
  });

  it("is never taken at half its word: a stream that ends early is a failure", async () => {
    const half: Model = {
      description: "half",
      async *stream() {
        yield { type: "text.delta", index: 0, contentIndex: 0, delta: "He" };
      },
    };
    const { kit, check } = setUp(half, { limits: { modelRetries: 0 } });
    expect(await kit.run({ input: "Hi", session: "s" })).toMatchObject({
      outcome: "failed",
      text: "",
      reason: { code: "model_stream_interrupted" },
    });
    await check("s");
  });

  it("tells of an adapter's own fault without its words, which may hold anything", async () => {
    const faulty: Model = {
      description: "faulty",
      stream() {
        throw new TypeError("the prompt was: secret");
      },
    };
    const { kit, check } = setUp(faulty);
    const result = await kit.run({ input: "Hi", session: "s" });
    expect(result.reason).toEqual({
      code: "internal",
      message: "The model adapter failed with an unexpected TypeError.",
    });
    await check("s");
  });

  it("leaves out of later turns a prompt that its server refused as invalid", async () => {
    const model = scriptedModel([{ error: "model_request_rejected" }, { text: "Hi." }]);
    const { kit, check } = setUp(model);
    expect(await kit.run({ input: "Poison", session: "s" })).toMatchObject({ outcome: "failed" });
    await kit.run({ input: "Hi", session: "s" });
    expect(model.requests[1]?.input).toMatchObject([{ content: "Hi" }]);
    await check("s");
  });
});

describe("a limit", () => {
  it("of model calls ends a run that goes in circles", async () => {
    const look = defineTool({ name: "look", description: "Looks.", input: z.object({}), run: () => "nothing" });
    const model = scriptedModel(() => ({ calls: [{ name: "look", arguments: {} }] }));
    const { kit, check } = setUp(model, { tools: [look], limits: { modelCalls: 3 } });
    expect(await kit.run({ input: "Look", session: "s" })).toMatchObject({
      outcome: "failed",
      reason: { code: "run_call_limit_exceeded" },
    });
    expect(model.requests).toHaveLength(3);
    await check("s");
  });

  it("of time stops the model and the tools, and fails the run", async () => {
    const { tool, started } = waitingTool({ sideEffects: "none", stops: true });
    const { kit, clock, check } = setUp(scriptedModel([callWait]), { tools: [tool], limits: { durationMs: 900 } });
    const running = kit.run({ input: "Wait", session: "s" });
    const signal = await started;
    clock.advance(900);
    expect(await running).toMatchObject({ outcome: "failed", reason: { code: "run_time_limit_exceeded" } });
    expect(signal.aborted).toBe(true);
    await check("s");
  });
});

describe("a session that is taken", () => {
  it("refuses a second run while one is under way, and a new prompt while a person has to decide", async () => {
    const { tool, started } = waitingTool({ sideEffects: "unsafe", stops: true });
    const { kit, clock, check } = setUp(scriptedModel([callWait]), { tools: [tool] });
    const running = kit.run({ input: "Wait", session: "s" });
    await started;
    await expect(kit.run({ input: "Hi", session: "s" })).rejects.toMatchObject({
      code: "session_busy",
      retryable: true,
    });
    await clock.untilAsleep(1_000);
    clock.advance(1_000);
    expect(await running).toMatchObject({ outcome: "suspended" });
    await expect(kit.run({ input: "Hi", session: "s" })).rejects.toMatchObject({ code: "session_suspended" });
    await check("s");
  });
});
